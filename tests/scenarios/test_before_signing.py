"""Guard G2 from outside every task: no advice to a client and no fee before the contract is signed, save under a permit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import RunOperation
from engine.errors import StateRefused
from tests.workflows.casework import TERMS, Case
from tests.workflows.signed import sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import (
    client_mail,
    confirmations,
    contracts,
    deliveries,
    documents,
    fees,
    links,
    matters,
    option_tables,
    receipts,
    service_guard,
    updates,
    urgent_permits,
)

DETAINED = {"ground": "detained", "scope": ["visit"], "reason": "其子昨日被刑事拘留，须立即会见。"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "document_delivery")
    made = Case(engine)
    made.register()
    yield made
    engine.database.dispose()


def add_paper(case, kind):
    def write(context):
        given = {"lead_id": case.lead_id, "kind": kind, "title": "法律意见书", "media_type": documents.PDF, "content": b"%PDF-1.7"}
        return documents.add_document(context, **given).id

    return case.run(write)


def mail(case, paper):
    given = {"lead_id": case.lead_id, "subject": "请查收", "body": "附后。", "attachments": [paper]}
    return case.run(lambda context: client_mail.mail_client(context, **given))


def link(case, paper):
    given = {"purpose": "confirmation", "element_id": "Task_X", "lead_id": case.lead_id, "recipient_name": "张三"}
    return case.run(lambda context: links.issue_link(context, **given, document_ids=[paper]))


def deliver(case, paper):
    given = {"lead_id": case.lead_id, "matter_id": "m" * 32, "origin": "request", "request": "", "document_ids": [paper]}
    return case.run(lambda context: deliveries.open_delivery(context, **given, traits={}))


def compare(case, paper):
    def ask(context):
        values = {"topic": "是否上诉", "clients": [{"client_name": "张三"}], "options": []}
        table = option_tables.draft_table(context, lead_id=case.lead_id, matter_id="m" * 32, values=values)
        option_tables.record_meeting(context, table.id, {})
        return option_tables.ask_clients(context, table.id, paper)

    return case.run(ask)


def confirm(case, paper):
    def send(context):
        row = confirmations.draft_confirmation(
            context, lead_id=case.lead_id, matter_id="m" * 32, values={"kind": "decision", "subject": "是否上诉", "form": "letter"}
        )
        return confirmations.send_confirmation(context, row.id, document_id=paper, due_at=context.now)

    return case.run(send)


WAYS = [mail, link, deliver, compare, confirm]


def permit(case):
    """An urgent permit that the client has signed."""
    case.run(lambda context: urgent_permits.propose(context, case.lead_id, DETAINED), "lawyer1")
    case.run(lambda context: urgent_permits.decide(context, case.lead_id, approved=True, note=""), "director")
    case.run(lambda context: urgent_permits.begin(context, case.lead_id))


@pytest.mark.parametrize("way", WAYS)
def test_no_advice_goes_to_somebody_who_signed_nothing(case, way):
    paper = add_paper(case, "legal_opinion")
    with pytest.raises(StateRefused):
        way(case, paper)
    with pytest.raises(StateRefused):  # a draft is no contract
        case.run(lambda context: contracts.draft_contract(context, lead_id=case.lead_id, terms=TERMS), "lawyer1")
        way(case, paper)


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("way", WAYS)
def test_a_permit_that_holds_lets_it_go_and_its_end_stops_it(case, way):
    paper = add_paper(case, "legal_opinion")
    permit(case)
    assert way(case, paper)
    case.move(days=20)
    with pytest.raises(StateRefused):
        way(case, paper)


@pytest.mark.parametrize("way", WAYS)
def test_a_signed_contract_lets_it_go(case, way):
    paper = add_paper(case, "legal_opinion")
    sign_contract(case)
    assert way(case, paper)


def test_the_papers_of_the_acceptance_itself_go_before(case):
    for kind in ("risk_notice", "expectation_memo", "engagement_contract", "decline_polite"):
        assert mail(case, add_paper(case, kind)) and link(case, add_paper(case, kind))


def test_an_update_written_behind_the_guard_is_not_marked_as_sent(case):
    def write(context):
        matter = matters.MatterRow(
            id="m" * 32, lead_id=case.lead_id, client_id="c" * 32, contract_id="k" * 32, matter_no="1", matter_type="civil", title="",
            state=matters.ACTIVE, lawyer_id="l", security_level="internal", plan={}, opened_at=context.now,
        )  # fmt: skip
        context.session.add(matter)
        context.session.flush()
        row = updates.MatterUpdateRow(
            id="u" * 32, matter_id="m" * 32, number=1, written_at=context.now, written_by="l", written_by_name="",
            latest="", next_plan="", risks="", needs="", late=False,
        )  # fmt: skip
        context.session.add(row)
        context.session.flush()
        updates.mark_sent(context, row.id, document_id=None)

    with pytest.raises(StateRefused):
        case.run(write)


def test_a_matter_taken_over_was_signed_elsewhere(case):
    def write(context):
        matter = matters.MatterRow(
            id="m" * 32, lead_id=case.lead_id, client_id="c" * 32, contract_id="", matter_no="1", matter_type="civil", title="",
            state=matters.ACTIVE, lawyer_id="l", security_level="internal", plan={}, opened_at=context.now,
        )  # fmt: skip
        context.session.add(matter)

    case.run(write)
    with case.firm.reading() as session:
        assert service_guard.was_engaged(session, case.lead_id)


@pytest.mark.parametrize("permitted", [False, True])
def test_no_fee_is_booked_before_the_contract_is_signed_not_even_under_a_permit(case, permitted):
    if permitted:
        permit(case)
    contract = case.run(lambda context: contracts.draft_contract(context, lead_id=case.lead_id, terms=TERMS), "lawyer1")
    given = {"lead_id": case.lead_id, "contract_id": contract.id}
    with pytest.raises(fees.ContractNotSigned):
        case.firm.run(RunOperation("fees.plan", given), case.cast["finance"])
    item = {"milestone": "签约", "amount": Decimal(1), "due_rule": "on_signing", "due_on": None, "is_due": True}
    with pytest.raises(fees.ContractNotSigned):
        case.run(lambda context: fees.add_fee_item(context, contract.id, **item))

    def behind(context):
        row = fees.FeeItemRow(
            id="f" * 32, lead_id=case.lead_id, contract_id=contract.id, position=1, milestone="签约", due_rule="on_signing",
            amount=Decimal(1), paid=Decimal(0), invoiced=Decimal(0), refunded=Decimal(0), state=fees.DUE,
        )  # fmt: skip
        context.session.add(row)
        context.session.flush()
        money = {"amount": Decimal(1), "received_on": context.now.date(), "channel": "cash", "reference": "", "payer_name": "张三"}
        receipts.register_receipt(context, row.id, **money, third_party=False, payer_relation="")

    with pytest.raises(fees.ContractNotSigned):
        case.run(behind, "finance")
