"""Where archive packages stand: the first place under ``DATA_DIR`` and a second copy on another path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import JuanzongError

MAIN, SECOND = "main", "second"


class PackageMissing(JuanzongError):
    """The package {file_no} is not on this machine's disk."""


@dataclass(frozen=True)
class Places:
    """The two folders; ``is_set`` says whether the firm chose the second one (``ARCHIVE_COPY_DIR``)."""

    main: Path
    second: Path
    is_set: bool

    @property
    def on_one_disk(self) -> bool:
        """Whether both stand on the same file system, so that one broken disk takes both."""
        return _device(self.main) == _device(self.second)

    def both(self) -> dict[str, Path]:
        """Each folder by the name of its place."""
        return {MAIN: self.main, SECOND: self.second}


def read_places(tools: Mapping[str, Any]) -> Places:
    """Where this deployment keeps its packages."""
    data_dir, chosen = Path(tools["data_dir"]), tools.get("archive_copy_dir")
    return Places(data_dir / "archive", Path(chosen) if chosen else data_dir / "archive-copy", bool(chosen))


def package_name(file_no: str, part: int = 0) -> str:
    """The folder of a package below its place, or of one of its supplements; raises PackageMissing for no file number."""
    if not file_no or "/" in file_no or "\\" in file_no or file_no.startswith("."):
        raise PackageMissing(file_no=file_no)
    return f"{file_no}.supplements/{part:03d}" if part else file_no


def package_folder(data_dir: Path, file_no: str) -> Path:
    """Where the package of a file number stands first."""
    return data_dir / "archive" / package_name(file_no)


def _device(folder: Path) -> int:
    there = folder
    while not there.exists():
        there = there.parent
    return there.stat().st_dev
