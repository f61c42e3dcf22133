"""A volume in the archive: numbered, packed in two places, stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.filing.conftest import ACCEPT, SHELVE, FilingCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import packages

FILE_NO = "J001-YW·MS-2026-Y-0001"


class ArchivedCase(FilingCase):
    """A matter whose volume stands in the archive."""

    def archive(self) -> None:
        self.until_check()
        self.do("archivist", "Task_Check", ACCEPT)
        self.do("archivist", "Task_Shelve", SHELVE)
        assert self.incidents() == []

    @property
    def places(self) -> packages.Places:
        return packages.read_places(self.firm.tools)

    def folder(self, place: str = "main") -> Path:
        return self.places.both()[place] / str(self.volume().file_no)


@pytest.fixture
def firm(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path / "data", "filing", "archive_patrol", "volume_transfer")
    yield engine
    engine.database.dispose()


@pytest.fixture
def case(firm):
    made = ArchivedCase(firm)
    made.open_matter()
    return made


@pytest.fixture
def archived(case):
    case.archive()
    return case
