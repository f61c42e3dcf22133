"""The yearly patrol on 10,000 stored documents: MB/s and peak memory, beside ``sha256sum -c`` and bagit's own validation."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from workflows.records import bags, package_repair
from workflows.records.package_places import Places
from workflows.records.packages import copy_package

PACKAGES, EACH, SIZE = 100, 100, 60_000
LIMIT_MB = 150


def measure(packages: int = PACKAGES, each: int = EACH, size: int = SIZE) -> dict[str, Any]:
    """Make the packages, patrol them in a process of its own, and let the peers read the same."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        seals = make(root, packages, each, size)
        found = json.loads(_run([sys.executable, "-m", "web.bench.archive_patrol", "--patrol", folder, json.dumps(seals)]))
        octets = found["octets"]
        peers = {
            "sha256sum": f"cd {root}/main && for each in */; do (cd $each && sha256sum -c --quiet manifest-sha256.txt); done",
            "bagit": f"{sys.executable} -m bagit --quiet --validate {root}/main/*",
        }
        speeds = {}
        for name, command in peers.items():
            begin = time.perf_counter()
            subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602 - the command is made here
            speeds[f"{name}_mb_per_second"] = round(octets / 1e6 / (time.perf_counter() - begin), 1)
        for name in seals:
            for place in ("main", "second"):
                bags.remove(root / place / name)
    return {
        "documents": packages * each,
        "megabytes": round(octets / 1e6, 1),
        **{key: found[key] for key in ("seconds", "mb_per_second", "peak_mb", "opened", "outcomes")},
        **speeds,
        "within_memory": found["peak_mb"] <= LIMIT_MB,
    }


def make(root: Path, packages: int, each: int, size: int) -> dict[str, str]:
    """Packages of documents that all differ, in both places; their seals by name."""
    places, seals = Places(root / "main", root / "second", True), {}
    body = bytes(range(256)) * (size // 256)
    for number in range(packages):
        name = f"B-{number:04d}"
        payload = ((f"documents/{line:03d}.txt", f"{number}-{line}".encode() + body) for line in range(each))
        bags.write_bag(places.main / name, payload, {})
        copy_package(places, name)
        seals[name] = bags.seal_of(places.main / name)
    return seals


def patrol(root: Path, seals: dict[str, str]) -> dict[str, Any]:
    """Look after every package; both places are read, so each document counts twice for the speed."""
    places, begin = Places(root / "main", root / "second", True), time.perf_counter()
    octets, opened, outcomes = 0, 0, {"whole": 0, "repaired": 0, "lost": 0}
    for name, seal in seals.items():
        found = package_repair.look_after(places, name, seal, sample="bench", share=10)
        octets, opened = octets + found.octets, opened + found.opened
        outcomes[found.outcome] += 1
    seconds = time.perf_counter() - begin
    return {
        "octets": octets,
        "opened": opened,
        "outcomes": outcomes,
        "seconds": round(seconds, 1),
        "mb_per_second": round(2 * octets / 1e6 / seconds, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - made here


if __name__ == "__main__":
    if sys.argv[1:2] == ["--patrol"]:
        sys.stdout.write(json.dumps(patrol(Path(sys.argv[2]), json.loads(sys.argv[3]))) + "\n")
    else:
        sys.stdout.write(json.dumps(measure()) + "\n")
