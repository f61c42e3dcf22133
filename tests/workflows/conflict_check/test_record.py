"""The decision record: decided once, refused by the database afterwards, sealed in the audit chain."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.workflows.conflict_check.test_paths import SPOUSE_OF_LAWYER_2, WAIVE
from workflows.records import conflict_seals, conflicts, waivers


@pytest.fixture
def waivable(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    case.judge("SAME", "WAIVABLE")
    case.do("partner2", "Task_Decide", WAIVE)
    assert case.outcome() == "WAIVABLE"
    return case


def verify(case):
    with case.firm.reading() as session:
        return conflict_seals.verify(session)


def drop_guards(case):
    """What somebody with the database's password could do."""
    names = ("conflict_checks_no_update", "conflict_hits_no_update")
    with case.firm.database.begin() as connection:
        for name in names:
            on = "" if connection.dialect.name == "sqlite" else f" ON {name.removesuffix('_no_update')}"
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conflict_checks SET conditions = 'x'",
        "UPDATE conflict_checks SET state = 'CLEAR'",
        "UPDATE conflict_checks SET state = 'WAIVED', conditions = 'x'",
        "DELETE FROM conflict_checks",
        "UPDATE conflict_hits SET reason = 'x'",
        "DELETE FROM conflict_hits",
    ],
)
def test_the_database_refuses_to_change_what_was_decided(waivable, statement):
    with pytest.raises(DatabaseError, match="a decided conflict check is not changed"), waivable.firm.database.begin() as connection:
        connection.execute(text(statement))
    assert verify(waivable) == (1, [])


def test_an_open_check_is_written_freely(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    with case.firm.database.begin() as connection:
        connection.execute(text("UPDATE conflict_hits SET reason = 'x'"))
        connection.execute(text("UPDATE conflict_checks SET conditions = 'x'"))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE conflict_checks SET conditions = 'x'", "changed"),
        ("UPDATE conflict_hits SET identity = 'DIFFERENT'", "changed"),
        ("UPDATE conflict_checks SET digest = 'x'", "audit log"),
    ],
)
def test_an_edit_round_the_guards_is_found(waivable, statement, said):
    drop_guards(waivable)
    with waivable.firm.database.begin() as connection:
        connection.execute(text(statement))
    count, (broken,) = verify(waivable)
    assert (count, broken.check_no) == (1, "LC-2026-00001")
    assert said in broken.reason


def test_the_outcome_of_a_waiver_is_sealed_with_the_waiver(waivable):
    notice = {"disclosed_facts": "x"}

    def waive(context):
        found = waivers.draft_notice(context, waivable.record().id, notice)
        waivers.add_opinion(context, found.id, opinion="APPROVED", text="", state=waivers.APPROVED)
        waivers.record_consent(context, found.id, {"signer_name": "张三", "signature": "张三"}, {"document_sha256": "0"})
        return waivers.close_waiver(context, found.id, waivers.WAIVED).id

    waiver_id = waivable.run(waive)
    assert waivable.record().state == conflicts.WAIVED
    assert verify(waivable) == (1, [])

    def edit(context):
        context.session.get(waivers.WaiverRow, waiver_id).consent = {"signer_name": "李四"}

    waivable.run(edit)
    assert [each.reason for each in verify(waivable)[1]] == ["the waiver was changed"]
    with pytest.raises(DatabaseError), waivable.firm.database.begin() as connection:
        connection.execute(text("UPDATE conflict_checks SET state = 'REFUSED'"))
