"""The firm with the diagrams of the waiver, and a lead whose conflict check ended in a conflict that may be waived."""

from __future__ import annotations

import pytest

from tests.workflows.client_case import ClientCase
from tests.workflows.signed import open_unchecked
from tests.workflows.small_firm import open_small_firm
from workflows.records import conflict_hits, conflicts, leads, matters
from workflows.records.conflict_hits import Found

EXISTING = {
    "kind": "person",
    "name": "赵六",
    "id_number": "440524188001010014",
    "address": "示范市示范区二号",
    "service_address": "示范市示范区二号",
}
SITUATION = {
    "candidate": "opposing",
    "history": "client",
    "status": "current",
    "same_case": "no",
    "recent": "no",
    "field": "civil",
    "adviser": "no",
    "same_lawyer": "no",
    "identity": "open",
}


def existing_matter(case, login="lawyer2"):
    """A matter of another client; the id of its lead."""

    def write(context):
        lead = leads.register_lead(context, {"email": "zhao@example.invalid", "preferred_channel": "email"})
        leads.write_client(context, lead.id, EXISTING)
        leads.write_outline(context, lead.id, {"matter_type": "civil", "cause": "离婚纠纷", "summary": "x" * 60})
        lead.lawyer_id = case.cast[login].id
        given = {"contract_id": "c" * 32, "matter_type": "civil", "title": "赵六离婚纠纷", "lawyer_id": case.cast[login].id}
        matter = open_unchecked(context, lead_id=lead.id, client_id=lead.client_id, **given)
        matters.set_team(context, matter.id, {case.cast[login].id: "lead"})
        return lead.id

    return case.run(write)


def check_conflicts(case, result=conflicts.WAIVABLE, *, touched="", judged="WAIVABLE"):
    """A closed conflict check with one hit; its id."""

    def check(context):
        opened = conflicts.open_check(context, case.lead_id, [case.cast["lawyer1"].id])
        conflicts.change_check(context, opened.id, state=conflicts.REVIEW, round=1)
        subject = {"name": "赵六", "kind": "person", "role": "client", "status": "current", "team_ids": [case.cast["lawyer2"].id]}
        subject |= {"lead_id": touched} if touched else {"staff": "王若谷"}
        hit = Found({"name": "赵六", "role": "opposing", "kind": "person"}, subject, "party:1", [], 100, SITUATION)
        conflict_hits.write_hits(context, opened.id, 1, [hit])
        conflict_hits.classify(context, opened.id, {conflict_hits.situation_key(SITUATION): "WAIVABLE CN-W3"})
        (row,) = conflict_hits.list_hits(context.session, opened.id)
        conflict_hits.judge(context, row.id, identity="SAME", judged_class=judged, reason="证件一致")
        return conflicts.close_check(context, opened.id, result).id

    return case.run(check)


@pytest.fixture
def bare(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_waiver", "wall_review", "consent_withdrawal")
    case = ClientCase(engine)
    case.register(state="CONFLICT")
    yield case
    engine.database.dispose()


def start(case, check_id):
    excluded = [case.cast["lawyer1"].id, case.cast["partner2"].id, case.cast["lawyer2"].id]
    case.start("conflict_waiver", conflict_check_id=check_id, conflict_excluded=excluded)


@pytest.fixture
def case(bare):
    """Only the new client is asked: the hit is a relative of somebody of the firm."""
    start(bare, check_conflicts(bare))
    return bare


@pytest.fixture
def both(bare):
    """The new client and the client of an existing matter are asked."""
    bare.touched = existing_matter(bare)
    start(bare, check_conflicts(bare, touched=bare.touched))
    return bare
