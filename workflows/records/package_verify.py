"""Verifying packages that were received, without any database: what the recipient of a transfer does, or a court."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import bagit

from engine.errors import JuanzongError
from workflows.records import bags, package_signature, package_xml
from workflows.records.packages import METADATA, PREVIOUS, read_info

SUPPLEMENTS = ".supplements"
MOST_FILES, MOST_BYTES = 200_000, 200 * 1024**3


class PackageRefused(JuanzongError):
    """This archive cannot be unpacked: {reason}"""


def verify_folder(folder: Path) -> list[dict[str, Any]]:
    """Every package in a folder (or the folder itself), the supplements after what they are chained to."""
    if (folder / "bagit.txt").is_file():
        return [_verify(folder, folder.name)]
    found = []
    for package in sorted(path.parent for path in folder.glob("*/bagit.txt")):
        found.append(_verify(package, package.name))
        seal = bags.seal_of(package)
        parts = sorted((folder / f"{package.name}{SUPPLEMENTS}").glob("[0-9][0-9][0-9]"))
        for number, part in enumerate(parts, 1):
            told = _verify(part, f"{package.name}{SUPPLEMENTS}/{part.name}")
            if read_info(part).get(PREVIOUS) != seal or part.name != f"{number:03d}":
                told["problems"].append("it is not chained to the part before")
                told["whole"] = False
            seal = bags.seal_of(part)
            found.append(told)
    return found


def unpack(source: Path, target: Path) -> None:
    """Unpack a zip archive into an empty folder; raises PackageRefused for one that would write beside it or fill the disk."""
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise PackageRefused(reason="it holds too much")
        for entry in entries:
            path = target / entry.filename
            if not path.resolve().is_relative_to(target.resolve()):
                raise PackageRefused(reason=f"{entry.filename} leads out of it")
            if not entry.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as stored, path.open("wb") as written:
                    shutil.copyfileobj(stored, written, 1 << 20)


def _verify(folder: Path, name: str) -> dict[str, Any]:
    look = bags.look_through(folder)
    problems = [f"{fault.path or 'the package'} {fault.reason}" for fault in look.faults]
    try:
        bagit.Bag(str(folder)).validate(fast=True)
    except bagit.BagError as error:
        problems.append(str(error)[:300])
    signed = package_signature.read_signature(folder)
    if signed is None:
        problems.append("it is not signed")
    elif not signed.is_intact:
        problems.append("the signature does not fit the manifest")
    problems += _judge_xml(folder)
    return {
        "name": name,
        "whole": not problems,
        "problems": problems,
        "files": look.files,
        "octets": look.octets,
        "seal": bags.seal_of(folder),
        "signer": signed.signer if signed else "",
        "certificate": signed.fingerprint if signed else "",
        "signed_at": signed.at.isoformat() if signed and signed.at else "",
        "time_source": signed.source if signed else "",
    }


def _judge_xml(folder: Path) -> list[str]:
    """What is wrong with the XML, and which of the documents it names are not there with their digest."""
    try:
        content = (folder / "data" / METADATA).read_bytes()
    except OSError:
        return [f"{METADATA} is missing"]
    errors = package_xml.find_errors(content)[:5]
    if errors:
        return [f"{METADATA} {error}" for error in errors]
    named = package_xml.read_files(content)
    listed = bags.read_manifest(folder / bags.MANIFEST)
    return [f"{path} is not what {METADATA} says" for path, digest in named.items() if listed.get(f"data/{path}") != digest]
