"""Schema migrations of the engine's tables and the records' tables together (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def configure(url: str) -> Config:
    """An Alembic configuration for one database; nothing is read from an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision; does nothing when it is already there."""
    command.upgrade(configure(url), revision)
