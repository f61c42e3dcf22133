"""Looking after one package on disk: both places read through, what is wrong in one restored from the other."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workflows.records import bags, file_formats, package_signature, package_xml
from workflows.records.bags import TAG_MANIFEST, Fault, Look
from workflows.records.package_places import MAIN, SECOND, Places
from workflows.records.packages import METADATA

WHOLE, REPAIRED, LOST = "whole", "repaired", "lost"
QUARANTINE = ".quarantine"
BIGGEST = 64 * 1024 * 1024  # larger files are hashed and not opened


@dataclass
class Outcome:
    """What looking after one package found and did."""

    outcome: str = WHOLE
    faults: list[dict[str, str]] = field(default_factory=list)
    files: int = 0
    octets: int = 0
    opened: int = 0
    unopened: list[str] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    xml_errors: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    signature: str = "none"


def look_after(places: Places, name: str, seal: str, *, sample: str = "", share: int = 0) -> Outcome:
    """Hash both copies of a package, restore each from the other where it can be, open a share of the documents.

    Nothing is held but one file's block at a time; the documents that are opened are picked by ``sample`` and their path.
    """
    found = Outcome()
    looks = {place: bags.look_through(root / name, seal) for place, root in places.both().items()}
    for place, look in looks.items():
        found.faults += [{"place": place, "path": fault.path, "reason": fault.reason} for fault in look.faults]
    if found.faults or not _signatures_hold(places, name):
        _restore(places, name, seal, looks)
        again = [bags.look_through(root / name, seal) for root in places.both().values()]
        found.outcome = REPAIRED if not any(look.faults for look in again) else LOST
        found.faults = found.faults or [{"place": MAIN, "path": bags.SIGNATURES, "reason": bags.CHANGED}]
        looks[MAIN] = again[0]
    found.files, found.octets = looks[MAIN].files, looks[MAIN].octets
    _read_through(places.main / name, found, sample, share)
    return found


def _read_through(folder: Path, found: Outcome, sample: str, share: int) -> None:
    """Read the XML and the signature, count the formats, open a share of the documents."""
    signed = package_signature.read_signature(folder)
    found.signature = "none" if signed is None else "intact" if signed.is_intact else "broken"
    try:
        xml = (folder / "data" / METADATA).read_bytes()
        found.xml_errors = package_xml.find_errors(xml)[:5]
        found.named = package_xml.read_files(xml)
    except (OSError, ValueError) as error:
        found.xml_errors = [str(error)]
    kinds: Counter[str] = Counter()
    for path in _documents(folder):
        kinds[path.suffix.lower().lstrip(".")] += 1
        if _is_picked(f"{sample}/{folder.name}/{path.name}", share) and path.stat().st_size <= BIGGEST:
            facts = file_formats.examine(path.read_bytes())
            found.opened += 1
            if not facts.opens:
                found.unopened.append(path.relative_to(folder).as_posix())
    found.kinds = dict(kinds)


def _documents(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in (folder / "data").glob("documents/*") if path.is_file())


def _is_picked(name: str, share: int) -> bool:
    """Whether a document is among the share of a hundred that this patrol opens; the next patrol opens others."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100 < share


def _signatures_hold(places: Places, name: str) -> bool:
    """Whether no copy's signature is broken or absent where the other's is there."""
    signed = [package_signature.read_signature(root / name) for root in places.both().values()]
    return all(each is None for each in signed) or all(each is not None and each.is_intact for each in signed)


def _restore(places: Places, name: str, seal: str, looks: dict[str, Look]) -> None:
    """Bring back from the other place what is wrong in one; what no manifest names goes into quarantine."""
    roots = places.both()
    for place, look in looks.items():
        for fault in look.faults:
            if fault.reason == bags.FOREIGN:
                _set_aside(roots[place], name, fault)
    wanted = _wanted({place: root / name for place, root in roots.items()}, seal)
    for path, digest in wanted.items():
        good = next((root for root in roots.values() if bags.hash_file(root / name / path) == digest), None)
        if good is None:
            continue
        for root in roots.values():
            if root != good and bags.hash_file(root / name / path) != digest:
                _copy(good / name / path, root / name / path)
    _restore_signature(places, name)
    for root in roots.values():
        if (root / name).is_dir():
            bags.close(root / name)


def _wanted(folders: dict[str, Path], seal: str) -> dict[str, str]:
    """Every file of a package with its digest, from manifests that the recorded seal vouches for."""
    wanted = {TAG_MANIFEST: seal}
    tags = next((folder for folder in folders.values() if bags.seal_of(folder) == seal), None)
    if tags is None:
        return wanted
    wanted |= bags.read_manifest(tags / TAG_MANIFEST)
    digest = wanted.get(bags.MANIFEST)
    listed = next((folder for folder in folders.values() if bags.hash_file(folder / bags.MANIFEST) == digest), None)
    return wanted | (bags.read_manifest(listed / bags.MANIFEST) if listed else {})


def _restore_signature(places: Places, name: str) -> None:
    path = Path(bags.SIGNATURES) / package_signature.FILE
    for good, bad in ((places.main, places.second), (places.second, places.main)):
        signed, other = (package_signature.read_signature(root / name) for root in (good, bad))
        if signed and signed.is_intact and not (other and other.is_intact):
            _copy(good / name / path, bad / name / path)


def _copy(source: Path, target: Path) -> None:
    """Put one file in its place, whole or not at all, in folders that may be read-only."""
    _open_folders(target)
    draft = target.with_name(f".{target.name}.draft")
    draft.unlink(missing_ok=True)
    shutil.copyfile(source, draft)
    draft.chmod(bags.FILE_MODE)
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    draft.replace(target)


def _set_aside(root: Path, name: str, fault: Fault) -> None:
    path, target = root / name / fault.path, root / QUARANTINE / name / fault.path
    _open_folders(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _open_folders(path: Path) -> None:
    """Make the folders down to a file, and let them be written; ``bags.close`` takes that back."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.parent.chmod(folder.parent.stat().st_mode | stat.S_IRWXU)
        folder.mkdir()
    path.parent.chmod(stat.S_IRWXU)


__all__ = ["LOST", "REPAIRED", "SECOND", "WHOLE", "Outcome", "look_after"]
