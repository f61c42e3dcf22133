"""Six months after a refusal nothing of the case is left but names in the conflict index."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, select

import engine.queries as queries
from engine import CompleteTask, Context
from engine.db import Base
from engine.errors import StateRefused
from tests.workflows.decline.test_paths import SEND, write
from workflows.records import (
    acceptances,
    assessments,
    clients,
    communications,
    conflict_index,
    expectations,
    lead_purges,
    leads,
)

SECRETS = (
    "三百万元",
    "多次催要无果",
    "11010519491231002X",
    "zhang@example.invalid",
    "示范市示范区一号",
    "上诉须在月底前",
    "收回货款",
)
# what the law or the firm's rule keeps: the hash chain of what was done, and the definitions of the firm
KEPT = frozenset({"audit_log", "definitions", "people"})


def refuse(case):
    """A lead with facts in every record, declined."""
    case.begin("not_accepted", goal="收回货款")

    def fill(context: Context) -> None:
        leads.get_lead(context.session, case.lead_id).instance_id = case.instance_id  # in life, the whole way of the client
        assessments.write_part(context, case.lead_id, assessments.MERITS, {"facts_summary": "欠款三百万元"})
        expectations.write_meeting(context, case.lead_id, {"client_expectations": "收回货款三百万元"})
        acceptances.apply(context, case.lead_id, {"grounds": "三百万元证据充分"}, [case.cast["lawyer1"].id])
        communications.log_communication(
            context, lead_id=case.lead_id, channel="phone", direction="in", summary="多次催要无果", persons=["张三"]
        )

    case.run(fill)
    write(case, extra="上诉须在月底前自行提出。")
    case.do("partner1", "Task_Approve", SEND)
    assert (case.state(), case.incidents()) == ("completed", [])


def everything(case) -> dict[str, str]:
    """Every row of every table as text."""

    def read(context: Context) -> dict[str, str]:
        found = {}
        for table in Base.metadata.sorted_tables:
            if isinstance(table, Table) and table.name not in KEPT:
                found[table.name] = "\n".join(map(str, context.session.execute(select(table)).all()))
        return found

    return case.run(read)


def where(case, secret):
    return sorted(name for name, text in everything(case).items() if secret in text)


@pytest.mark.requirement("R8", "R12")
def test_after_six_months_the_facts_are_gone_and_the_index_entry_stays(case):
    refuse(case)
    assert where(case, "三百万元") != []
    with case.firm.reading() as session:
        client_id = leads.get_lead(session, case.lead_id).client_id
        letters = len([row for row in session.execute(select(Base.metadata.tables["documents"])).all()])
    assert letters > 0
    case.move(days=180)
    assert where(case, "三百万元") != []  # 24 May 2027 is the day
    case.move(days=2)
    assert case.incidents() == []
    for secret in SECRETS:
        assert where(case, secret) == [], secret
    for table in ("documents", "blobs", "document_texts", "communications", "mails", "links", "assessments", "acceptances"):
        assert everything(case)[table] == "", table
    with case.firm.reading() as session:
        lead = leads.get_lead(session, case.lead_id)
        client = clients.get_client(session, client_id)
        hits = conflict_index.search(session, [conflict_index.Query("k", "organisation", {"示例贸易有限公司": "name"})])
    assert (lead.state, lead.client_name, lead.client, lead.outline, lead.reception) == ("DECLINED", "张三", {}, {}, {})
    assert (client.name, client.facts) == ("张三", {})
    assert [(hit.lead_id, hit.name) for hit in hits] == [(case.lead_id, "示例贸易有限公司")]


def test_a_client_with_another_lead_keeps_the_facts_that_it_needs(case):
    refuse(case)
    first = case.lead_id
    case.register()
    case.move(days=182)
    with case.firm.reading() as session:
        lead = leads.get_lead(session, first)
        assert (lead.client, clients.get_client(session, lead.client_id).facts["name"]) == ({}, "张三")


def test_what_may_not_be_deleted_yet_is_looked_at_by_compliance_and_tried_again(case):
    refuse(case)
    case.run(lambda context: setattr(leads.get_lead(context.session, case.lead_id), "state", "NEGOTIATE"))
    case.move(days=182)
    with case.firm.reading() as session:
        (task,) = [
            row for each in queries.list_instances(session, state="running") for row in queries.list_open_tasks(session, each.id)
        ]
    assert task.element_id == "Task_Obstacle"
    case.firm.run(CompleteTask(task.id, {"obstacle_note": "客户重新委托，尚在洽谈。"}), case.cast["compliance"])
    case.run(lambda context: setattr(leads.get_lead(context.session, case.lead_id), "state", "DECLINED"))
    assert where(case, "三百万元") != []
    case.move(days=31)
    assert where(case, "三百万元") == []


def test_an_open_lead_cannot_be_purged_from_anywhere(case):
    case.register(state="NEGOTIATE")
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: lead_purges.purge_facts(context, case.lead_id))
    assert caught.value.fields["reason"] == "the lead is still open"
