"""Legal aid is free: the contract says so, the fee list says so, and nothing that would be paid gets in by any other way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine import RunOperation
from engine.errors import FormInvalid
from tests.workflows.casework import TERMS, Case
from tests.workflows.engagement_contract.test_paths import approve
from tests.workflows.pdf_text import read_text
from tests.workflows.signed import sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import client_costs, contracts, documents, fee_guards, fees, invoices, leads, receipts, refusals

DIAGRAMS = ("engagement_contract", "contract_signing", "contract_conflicts", "fees", "fee_receipt", "fee_arrears")
FREE = {key: value for key, value in TERMS.items() if key not in ("fee_amount", "schedule")} | {"fee_mode": "aid"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    made = Case(engine)
    made.register()
    made.run(lambda context: set_source(context, made.lead_id))
    yield made
    engine.database.dispose()


def set_source(context, lead_id, source="legal_aid"):
    lead = leads.get_lead(context.session, lead_id)
    lead.reception = {**lead.reception, "source": source}


def paper(case, kind):
    with case.firm.reading() as session:
        return read_text(documents.read_content(session, documents.find_latest(session, case.lead_id, kind).id))


def charge(case, contract_id, amount="1"):
    """A fee item made behind every guard, as a migration or a repair by hand might leave it."""

    def write(context):
        item = fees.add_fee_item(
            context, contract_id, milestone="签约", amount=Decimal(0), due_rule="on_signing", due_on=None, is_due=True
        )
        context.session.get_one(fees.FeeItemRow, item.id).amount = Decimal(amount)
        return item.id

    return case.run(write)


@pytest.mark.requirement("R20")
def test_the_contract_and_the_fee_list_of_legal_aid_charge_nothing(case):
    case.start("engagement_contract")
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_DraftContract", TERMS)
    assert caught.value.errors["fee_mode"][0].code == refusals.LEGAL_AID_FREE
    case.do("lawyer1", "Task_DraftContract", FREE)
    approve(case)
    text = paper(case, "engagement_contract")
    assert "不向甲方收取任何费用" in text and "付款计划" not in text
    with case.firm.reading() as session:
        contract = contracts.find_contract(session, case.lead_id)
    assert (contract.fee_total, contract.state) == (Decimal(0), contracts.APPROVED)


def test_fees_are_planned_as_none_and_the_work_begins(case):
    contract_id = sign_contract(case, **{"fee_mode": "aid", "fee_amount": None, "schedule": []})
    case.start("fees", contract_id=contract_id)
    assert (case.incidents(), case.state()) == ([], "completed")
    assert "没有应收的律师服务费" in paper(case, "fee_list")


def test_nobody_claims_legal_aid_for_a_lead_that_was_not_assigned(case):
    case.run(lambda context: set_source(context, case.lead_id, "walkin"))
    case.start("engagement_contract")
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_DraftContract", FREE)
    assert caught.value.errors["fee_mode"][0].code == refusals.NOT_LEGAL_AID


def test_records_and_operations_refuse_every_charge(case):
    free = {"fee_mode": "aid", "fee_amount": None, "schedule": []}
    with pytest.raises(fee_guards.LegalAidIsFree):
        sign_contract(case)
    contract_id = sign_contract(case, **free)
    with pytest.raises(fee_guards.LegalAidIsFree):
        case.run(lambda context: contracts.amend_contract(context, contract_id, terms=TERMS, document_id="0" * 32))
    with pytest.raises(fee_guards.LegalAidIsFree):
        item = {"milestone": "签约", "amount": Decimal(1), "due_rule": "on_signing", "due_on": None, "is_due": True}
        case.run(lambda context: fees.add_fee_item(context, contract_id, **item))
    with pytest.raises(fee_guards.LegalAidIsFree):
        lines = [{"cost_what": "差旅费", "cost_amount": "100"}]
        case.run(lambda context: client_costs.estimate_costs(context, lead_id=case.lead_id, title="差旅费", lines=lines))


def test_terms_changed_behind_the_guard_are_neither_planned_nor_collected_nor_invoiced(case):
    contract_id = sign_contract(case, **{"fee_mode": "aid", "fee_amount": None, "schedule": []})
    item_id = charge(case, contract_id)
    money = {"amount": Decimal(1), "received_on": date(2026, 11, 24), "channel": "cash", "reference": "", "payer_name": "张三"}
    with pytest.raises(fee_guards.LegalAidIsFree):
        case.run(
            lambda context: receipts.register_receipt(context, item_id, **money, third_party=False, payer_relation=""), "finance"
        )
    with pytest.raises(fee_guards.LegalAidIsFree):
        case.run(lambda context: fees.add_paid(context, item_id, Decimal(1)))
    bill = {"code": "", "number": "1" * 20, "title": "张三", "tax_id": "", "item": "法律服务费", "tax_rate": "1"}
    with pytest.raises(fee_guards.LegalAidIsFree):
        case.run(
            lambda context: invoices.issue_invoice(
                context, item_id, **bill, amount=Decimal(1), issued_on=date(2026, 11, 24), in_advance=True
            )
        )

    def change(context):
        context.session.get_one(contracts.ContractRow, contract_id).terms = TERMS
        context.session.delete(context.session.get_one(fees.FeeItemRow, item_id))

    case.run(change)
    with pytest.raises(fee_guards.LegalAidIsFree):
        case.firm.run(RunOperation("fees.plan", {"lead_id": case.lead_id, "contract_id": contract_id}), case.cast["finance"])
