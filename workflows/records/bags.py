"""BagIt bags (RFC 8493) on disk: written whole and read-only, and looked through file by file without holding any."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

TAG_MANIFEST = "tagmanifest-sha256.txt"
MANIFEST = "manifest-sha256.txt"
#: the signature over the tag manifest cannot stand in it; it is checked by what it signs
SIGNATURES = "signature"
FILE_MODE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
FOLDER_MODE = FILE_MODE | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
MISSING, CHANGED, FOREIGN, UNREADABLE = "missing", "changed", "foreign", "unreadable"


@dataclass(frozen=True)
class Fault:
    """One file of a bag that is not as its manifests say."""

    path: str
    reason: str


@dataclass(frozen=True)
class Look:
    """What looking through a bag found: its faults, and how many payload files and bytes were read."""

    faults: tuple[Fault, ...]
    files: int
    octets: int


def write_bag(
    draft: Path,
    payload: Iterable[tuple[str, bytes]],
    info: Mapping[str, str],
    sign: Callable[[bytes], Mapping[str, bytes]] | None = None,
) -> None:
    """Write a bag into an empty place; every file but the folders is read-only and on the disk when this returns.

    (``bagit.make_bag`` would change the directory of the whole process.)
    """
    written = {f"data/{path}": _write(draft / "data" / path, content) for path, content in payload}
    octets = sum(size for _, size in written.values())
    label = {**info, "Payload-Oxum": f"{octets}.{len(written)}"}
    texts = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in label.items()),
        MANIFEST: write_manifest({path: digest for path, (digest, _) in written.items()}),
    }
    tags = {name: _write(draft / name, text.encode())[0] for name, text in texts.items()}
    manifest = write_manifest(tags).encode()
    _write(draft / TAG_MANIFEST, manifest)
    for name, content in (sign(manifest) if sign else {}).items():
        _write(draft / SIGNATURES / name, content)


def close(folder: Path) -> None:
    """Take the right to write from everything in a bag, and last from its own folder."""
    for path in folder.rglob("*"):
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
    folder.chmod(FOLDER_MODE)


def write_manifest(digests: Mapping[str, str]) -> str:
    """The lines of a manifest."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def read_manifest(path: Path) -> dict[str, str]:
    """The digests of a manifest by path; what cannot be read as one is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.split(None, 1) for line in lines if line.strip())
    return {pair[1].strip().lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}


def expected(folder: Path) -> dict[str, str]:
    """Every file that the manifests of a bag name, with its digest."""
    return read_manifest(folder / MANIFEST) | read_manifest(folder / TAG_MANIFEST)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece; empty when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def seal_of(folder: Path) -> str:
    """The SHA-256 of the tag manifest, which stands for the whole bag."""
    return hash_file(folder / TAG_MANIFEST)


def size_of(folder: Path) -> int:
    """The bytes of a bag."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def look_through(folder: Path, seal: str = "") -> Look:
    """Read every file of a bag once and compare it with the manifests, and the tag manifest with the recorded seal."""
    faults, files, octets = [], 0, 0
    if not folder.is_dir():
        return Look((Fault("", MISSING),), 0, 0)
    if seal and seal_of(folder) != seal:
        faults.append(Fault(TAG_MANIFEST, CHANGED if (folder / TAG_MANIFEST).exists() else MISSING))
    named = expected(folder)
    for path, digest in sorted(named.items()):
        place = folder / path
        if not place.is_file():
            faults.append(Fault(path, MISSING))
            continue
        found = hash_file(place)
        if found != digest:
            faults.append(Fault(path, CHANGED if found else UNREADABLE))
        if path.startswith("data/"):
            files, octets = files + 1, octets + place.stat().st_size
    known = {*named, TAG_MANIFEST}
    for root, _folders, names in os.walk(folder):
        for name in names:
            path = Path(root, name).relative_to(folder).as_posix()
            if path not in known and not path.startswith(f"{SIGNATURES}/"):
                faults.append(Fault(path, FOREIGN))
    return Look(tuple(faults), files, octets)


def remove(folder: Path) -> None:
    """Remove a bag or what a killed process left of one; its folders may be read-only."""
    if not folder.exists():
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> tuple[str, int]:
    """Write one file and bring it to the disk; returns its SHA-256 and size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(FILE_MODE)
    return hashlib.sha256(content).hexdigest(), len(content)
