"""Archive packages: one BagIt bag a volume, read-only, in two places; what comes later is a further bag beside it.

A package is known by its seal, the SHA-256 of its tag manifest; a supplement names the seal before it, so that none can
be left out or put in between.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import bagit

from engine.errors import JuanzongError
from workflows.records import bags, package_places
from workflows.records.package_places import PackageMissing, Places, package_folder, package_name

__all__ = ["PackageMissing", "Places", "package_folder", "package_name"]

METADATA = "metadata.xml"
PREVIOUS = "Previous-Seal"
# Every entry of the zip bears the same moment, so that the same package downloads as the same bytes.
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
Sign = Callable[[bytes], Mapping[str, bytes]]


class PackageDamaged(JuanzongError):
    """The package {file_no} is damaged: {reason}"""


@dataclass(frozen=True)
class PackageFile:
    """One file of a package: its path below ``data/``, the document it comes from, and that document's SHA-256."""

    path: str
    document_id: str
    sha256: str


def write_package(
    places: Places,
    file_no: str,
    *,
    files: Iterable[PackageFile],
    metadata: Mapping[str, bytes],
    bag_info: Mapping[str, str],
    read: Callable[[str], bytes],
    sign: Sign | None = None,
    part: int = 0,
) -> tuple[str, int]:
    """Write the bag of a volume in both places and return its seal and its size in bytes; ``part`` numbers a supplement.

    Each is made beside its place and moved there whole, so a killed process leaves either nothing or all of it; written
    again, it is found and checked. Raises PackageDamaged when a document is not what the catalogue says, or when another
    package stands in the place.
    """
    name, listed = package_name(file_no, part), list(files)
    final = places.main / name
    if not final.exists():
        draft = final.with_name(f".{final.name}.draft")
        bags.remove(draft)
        bags.write_bag(draft, _payload(file_no, listed, metadata, read), bag_info, sign)
        _move(draft, final)
    bags.close(final)  # last, as a folder that nobody may write cannot be moved everywhere
    _check_same(final, file_no, listed, metadata)
    check_folder(final, file_no)
    copy_package(places, name)
    return bags.seal_of(final), bags.size_of(final)


def copy_package(places: Places, name: str) -> None:
    """Put the second copy of a bag in its place, whole or not at all; a copy that stands there is compared."""
    first, second = places.main / name, places.second / name
    if not second.exists():
        draft = second.with_name(f".{second.name}.draft")
        bags.remove(draft)
        draft.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(first, draft)
        draft.chmod(stat.S_IRWXU)
        _move(draft, second)
    bags.close(second)
    if bags.look_through(second, bags.seal_of(first)).faults:
        raise PackageDamaged(file_no=name, reason="the second copy differs from the package")


def check_package(data_dir: Path, file_no: str) -> int:
    """Check every file of a package against its manifests; returns how many documents it holds.

    Raises PackageMissing or PackageDamaged, which names the first files that are wrong.
    """
    folder = package_folder(data_dir, file_no)
    check_folder(folder, file_no)
    return sum(1 for _ in (folder / "data").glob("documents/*"))


def check_folder(folder: Path, file_no: str) -> None:
    """Check one bag against its manifests and the standard's own rules."""
    if not folder.is_dir():
        raise PackageMissing(file_no=file_no)
    try:
        bagit.Bag(str(folder)).validate()
    except bagit.BagError as error:
        raise PackageDamaged(file_no=file_no, reason=str(error)[:500]) from error
    faults = bags.look_through(folder).faults
    if faults:
        raise PackageDamaged(file_no=file_no, reason="; ".join(f"{each.path} {each.reason}" for each in faults[:5]))


def check_seal(data_dir: Path, file_no: str, sha256: str) -> None:
    """Check that the package is the one that was accepted: its tag manifest has the recorded digest."""
    check_package(data_dir, file_no)
    if bags.seal_of(package_folder(data_dir, file_no)) != sha256:
        raise PackageDamaged(file_no=file_no, reason="its manifest was written anew after the volume was filed")


def append_supplement(
    places: Places,
    file_no: str,
    number: int,
    previous: str,
    *,
    files: Iterable[PackageFile],
    metadata: Mapping[str, bytes],
    bag_info: Mapping[str, str],
    read: Callable[[str], bytes],
    sign: Sign | None = None,
) -> tuple[str, int]:
    """Add a further bag to a package that stays as it is; ``previous`` is the seal of the part before. Returns its seal and size.

    Raises PackageDamaged when the part before is not the one that the seal names: nothing is chained to a broken package.
    """
    before = places.main / package_name(file_no, number - 1)
    if bags.seal_of(before) != previous:
        raise PackageDamaged(file_no=file_no, reason="the part before is not the one that was filed")
    info = {**bag_info, PREVIOUS: previous}
    return write_package(
        places, file_no, files=files, metadata=metadata, bag_info=info, read=read, sign=sign, part=number
    )


def read_info(folder: Path) -> dict[str, str]:
    """The label of a bag."""
    try:
        lines = (folder / "bag-info.txt").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}


def list_parts(place: Path, file_no: str) -> list[Path]:
    """The package of a file number and its supplements in order, as far as they stand in a place."""
    supplements = sorted((place / f"{package_name(file_no)}.supplements").glob("[0-9][0-9][0-9]"))
    return [path for path in [place / package_name(file_no), *supplements] if path.is_dir()]


def zip_package(data_dir: Path, file_no: str, target: IO[bytes]) -> None:
    """Write a package and its supplements as a zip archive, the same bytes every time; raises PackageMissing."""
    zip_packages(data_dir, [file_no], target)


def zip_packages(data_dir: Path, file_nos: Iterable[str], target: IO[bytes]) -> None:
    """Write several packages with their supplements as one zip archive; raises PackageMissing."""
    place = data_dir / "archive"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_no in file_nos:
            parts = list_parts(place, file_no)
            if not parts:
                raise PackageMissing(file_no=file_no)
            for path in sorted(path for part in parts for path in part.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(place).as_posix(), ZIP_MOMENT)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                with path.open("rb") as source, archive.open(entry, "w") as stored:
                    shutil.copyfileobj(source, stored, 1 << 20)


def remove_package(places: Places, file_no: str) -> None:
    """Remove a package, its supplements and their copies from both places: what the destruction of a volume does."""
    name = package_name(file_no)
    for place in places.both().values():
        bags.remove(place / name)
        bags.remove(place / f"{name}.supplements")


def _payload(
    file_no: str, files: list[PackageFile], metadata: Mapping[str, bytes], read: Callable[[str], bytes]
) -> Iterable[tuple[str, bytes]]:
    yield from metadata.items()
    for file in files:
        content = read(file.document_id)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise PackageDamaged(file_no=file_no, reason=f"{file.path} is not what the catalogue says")
        yield file.path, content


def _check_same(folder: Path, file_no: str, files: list[PackageFile], metadata: Mapping[str, bytes]) -> None:
    """Raise PackageDamaged unless the bag holds exactly these files: a database set back may give a number anew."""
    wanted = {f"data/{file.path}": file.sha256 for file in files}
    wanted |= {f"data/{path}": hashlib.sha256(content).hexdigest() for path, content in metadata.items()}
    if bags.read_manifest(folder / bags.MANIFEST) != wanted:
        raise PackageDamaged(file_no=file_no, reason="another package stands in its place")


def _move(draft: Path, final: Path) -> None:
    """Move a bag to its place in one step, and bring the step to the disk."""
    draft.rename(final)
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


read_places = package_places.read_places
