"""The decision record: decided once, refused by the database afterwards, sealed in the audit chain."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from engine.errors import StateRefused
from tests.workflows.conflict_check.test_paths import SPOUSE_OF_LAWYER_2
from workflows.records import conflict_seals, conflicts, waiver_consents, waivers


@pytest.fixture
def waivable(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    case.judge("SAME", "WAIVABLE")
    case.vote("WAIVABLE", conditions="王若谷不得接触本案")
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
    with (
        pytest.raises(DatabaseError, match="a decided conflict check is not changed"),
        waivable.firm.database.begin() as connection,
    ):
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
    def waive(context):
        check = waivable.record()
        found = waivers.open_waiver(context, check.id)
        given = {"waiver_id": found.id, "check_id": check.id, "lead_id": check.lead_id, "client_name": "张三"}
        asked = waiver_consents.ask(context, side=waiver_consents.NEW, **given)
        waiver_consents.draft_notice(context, asked.id, {"disclosed_facts": "x", "secrecy_checked": True})
        waiver_consents.add_opinion(context, asked.id, opinion="APPROVED", text="", state=waiver_consents.APPROVED)
        with pytest.raises(StateRefused):  # the consent is missing
            waivers.gather_consents(context, found.id)
        signed = {**dict.fromkeys(waiver_consents.STATEMENTS, True), "signer_name": "张三", "signature": "张三"}
        waiver_consents.record_consent(context, asked.id, signed, {"document_sha256": "0"})
        waivers.gather_consents(context, found.id)
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
