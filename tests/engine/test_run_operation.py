"""Operations that pages and the command line run."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import RunOperation
from engine.audit import digest_of
from engine.errors import NotFound
from engine.tables import AuditLine, Effect
from tests.people import DESK


def test_it_changes_records_and_is_audited_with_a_digest(house):
    result = house.run(RunOperation("notes.add", {"text": "hello"}), DESK)
    assert (house.notes(), len(result["note_id"])) == (["hello"], 32)
    lines = {line.event: line for line in house.rows(select(AuditLine))}
    assert lines["note_added"].actor == lines["operation_run"].actor == DESK.id
    assert lines["operation_run"].subject == "operation:notes.add"
    assert (lines["operation_run"].data, lines["operation_run"].digest) == (
        {"parameters": ["text"]},
        digest_of({"text": "hello"}),
    )


def test_one_that_fails_leaves_nothing(house):
    house.world.broken.add("notes.add")
    with pytest.raises(RuntimeError):
        house.run(RunOperation("notes.add", {"text": "hello"}), DESK)
    assert (house.notes(), house.count(AuditLine)) == ([], 0)


def test_what_it_owes_goes_out_afterwards(house):
    house.run(RunOperation("mails.emit"), DESK)
    assert (house.world.sent, house.count(Effect)) == ([], 1)
    house.sweep()
    assert [mail["to"] for mail in house.world.sent] == ["emitted@example.org"]


@pytest.mark.parametrize("name", ["nothing", "mail.send", "draft.complete"])
def test_only_operations_can_be_run(house, name):
    with pytest.raises(NotFound):
        house.run(RunOperation(name), DESK)
