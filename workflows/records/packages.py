"""Archive packages: one BagIt bag (RFC 8493) a volume under ``DATA_DIR/archive``, read-only, checked before every use."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import bagit

from engine.errors import JuanzongError

TAG_MANIFEST = "tagmanifest-sha256.txt"
FILE_MODE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
FOLDER_MODE = FILE_MODE | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
# Every entry of the zip bears the same moment, so that the same package downloads as the same bytes.
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)


class PackageMissing(JuanzongError):
    """The package {file_no} is not on this machine's disk."""


class PackageDamaged(JuanzongError):
    """The package {file_no} is damaged: {reason}"""


@dataclass(frozen=True)
class PackageFile:
    """One file of a package: its path below ``data/``, the document it comes from, and that document's SHA-256."""

    path: str
    document_id: str
    sha256: str


def package_folder(data_dir: Path, file_no: str) -> Path:
    """Where the package of a file number stands."""
    if not file_no or "/" in file_no or "\\" in file_no or file_no.startswith("."):
        raise PackageMissing(file_no=file_no)
    return data_dir / "archive" / file_no


def write_package(
    data_dir: Path,
    file_no: str,
    *,
    files: Iterable[PackageFile],
    metadata: Mapping[str, Any],
    bag_info: Mapping[str, str],
    read: Callable[[str], bytes],
) -> tuple[str, int]:
    """Write the bag of a volume and return the SHA-256 of its tag manifest and its size in bytes.

    The bag is made beside its place and moved there whole, so a killed process leaves either nothing or all of it;
    written again, it is found and checked. Raises PackageDamaged when a document is not what the catalogue says.
    """
    final = package_folder(data_dir, file_no)
    if not final.exists():
        draft = final.with_name(f".{file_no}.draft")
        _remove(draft)
        text = json.dumps(metadata, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        payload = {"data/metadata.json": _write(draft / "data" / "metadata.json", text.encode())}
        for file in files:
            content = read(file.document_id)
            if hashlib.sha256(content).hexdigest() != file.sha256:
                raise PackageDamaged(file_no=file_no, reason=f"{file.path} is not what the catalogue says")
            payload[f"data/{file.path}"] = _write(draft / "data" / file.path, content)
        _write_tags(draft, payload, bag_info)
        _make_read_only(draft)
        draft.rename(final)
    final.chmod(FOLDER_MODE)  # last, as a folder that nobody may write cannot be moved everywhere
    check_package(data_dir, file_no)
    return _seal_of(final)


def check_package(data_dir: Path, file_no: str) -> int:
    """Check every file of a package against its manifests; returns how many documents it holds.

    Raises PackageMissing or PackageDamaged, which names the first files that are wrong.
    """
    folder = package_folder(data_dir, file_no)
    if not folder.is_dir():
        raise PackageMissing(file_no=file_no)
    try:
        bag = bagit.Bag(str(folder))
        bag.validate()
    except bagit.BagError as error:
        raise PackageDamaged(file_no=file_no, reason=str(error)[:500]) from error
    return sum(1 for _ in (folder / "data").glob("documents/*"))


def check_seal(data_dir: Path, file_no: str, sha256: str) -> None:
    """Check that the package is the one that was accepted: its tag manifest has the recorded digest."""
    check_package(data_dir, file_no)
    if _seal_of(package_folder(data_dir, file_no))[0] != sha256:
        raise PackageDamaged(file_no=file_no, reason="its manifest was written anew after the volume was filed")


def zip_package(data_dir: Path, file_no: str, target: IO[bytes]) -> None:
    """Write a package as a zip archive with one folder, the same bytes every time; raises PackageMissing."""
    folder = package_folder(data_dir, file_no)
    if not folder.is_dir():
        raise PackageMissing(file_no=file_no)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(f"{file_no}/{path.relative_to(folder).as_posix()}", ZIP_MOMENT)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, path.read_bytes())


def _write(path: Path, content: bytes) -> tuple[str, int]:
    """Write one file; returns its SHA-256 and size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), len(content)


def _write_tags(bag: Path, payload: Mapping[str, tuple[str, int]], bag_info: Mapping[str, str]) -> None:
    """Write what makes a folder a bag. (``bagit.make_bag`` would change the directory of the whole process.)"""
    octets = sum(size for _, size in payload.values())
    info = {**bag_info, "Payload-Oxum": f"{octets}.{len(payload)}"}
    texts = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{label}: {value}\n" for label, value in info.items()),
        "manifest-sha256.txt": _manifest({path: digest for path, (digest, _) in payload.items()}),
    }
    tags = {name: _write(bag / name, text.encode())[0] for name, text in texts.items()}
    _write(bag / TAG_MANIFEST, _manifest(tags).encode())


def _manifest(digests: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def _seal_of(folder: Path) -> tuple[str, int]:
    manifest = (folder / TAG_MANIFEST).read_bytes()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(manifest).hexdigest(), size


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)


def _remove(folder: Path) -> None:
    """Remove what a killed process left of a draft; its files may be read-only already."""
    if not folder.exists():
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)
