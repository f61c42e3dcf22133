"""The engine's small house, in processes that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import open_house
from tests.engine.house import House, World


class WatchedWorld(World):
    """A world outside that remembers in a file what reached it, whoever dies."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def perform(self, payload, tools):
        with self.path.open("a") as file:
            file.write(f"{payload['key']}\n")
        return {"message_id": payload["key"]}

    def reached(self) -> list[str]:
        """The keys of what reached the world, in order."""
        return self.path.read_text().split() if self.path.exists() else []


@pytest.fixture
def house(database_url, clock, tmp_path) -> Iterator[House]:
    """The house, once on SQLite and once on PostgreSQL."""
    opened = open_house(database_url, clock, WatchedWorld(tmp_path / "world.txt"))
    yield opened
    opened.engine.close()
