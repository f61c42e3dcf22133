"""People of a real firm are added on the command line and log in with a password."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from web.cli import main
from workflows.migrations import upgrade
from workflows.records import people
from workflows.wiring import open_firm

WORD = "correct horse battery"


@pytest.fixture
def add(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    upgrade(f"sqlite:///{tmp_path / 'juanzong.db'}")

    def run(*arguments):
        return CliRunner().invoke(main, ["people", "add", *arguments])

    return run


def test_somebody_is_added_once_with_a_password_that_is_long_enough(add, tmp_path):
    assert "at least 12" in add("wang", "王律师", "--role", "lawyer", "--password", "short").output
    assert add("wang", "王律师", "--role", "lawyer", "--role", "partner", "--password", WORD).exit_code == 0
    assert "in use" in add("wang", "王某", "--role", "desk", "--password", WORD).output
    assert add("x", "某", "--role", "client", "--password", WORD).exit_code == 2
    firm = open_firm(f"sqlite:///{tmp_path / 'juanzong.db'}", data_dir=tmp_path)
    with firm.reading() as session:
        person = people.find_person_by_login(session, "wang")
    firm.close()
    assert person is not None
    assert set(person.roles) == {"lawyer", "partner"}
    assert people.verify_password(person, WORD)
    assert not people.verify_password(person, WORD[:-1])
