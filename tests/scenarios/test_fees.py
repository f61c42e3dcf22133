"""Scenario 7 (risk agency in a wage claim, cap of a 3 million claim) and the first half of 8 (“full authority” blocked)."""

from __future__ import annotations

from decimal import Decimal

import pytest

import engine.queries as queries
from engine import RunOperation
from engine.errors import FormInvalid, StateRefused
from tests.workflows.casework import RISK, TERMS, Case
from tests.workflows.signed import sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import contract_clauses, contracts, fee_caps, fee_guards, fees, receipts, refusals

DIAGRAMS = ("engagement_contract", "contract_signing", "contract_conflicts", "fees", "fee_receipt", "fee_arrears")
FLAT = {**RISK, "risk_basis": "amount"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    case = Case(engine)
    case.register()
    yield case
    engine.database.dispose()


def risk(total):
    """Terms of a risk agency over 3,000,000 yuan that charges so much in all, 30,000 of it on signing."""
    rest = str(int(total) - 30000)
    return {**FLAT, "risk_amount": rest, "schedule": [FLAT["schedule"][0], {**FLAT["schedule"][1], "amount": rest}]}


def draft(case, terms):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", terms)


@pytest.mark.requirement("R20")
@pytest.mark.requirement("R22")
def test_a_three_million_claim_is_charged_480000_and_not_a_fen_more(case):
    with pytest.raises(FormInvalid) as caught:
        draft(case, risk(500000))
    assert caught.value.errors["risk_amount"][0].code == refusals.RISK_FEE_OVER_CAP
    with pytest.raises(FormInvalid):
        draft(case, risk(480001))
    draft(case, risk(480000))
    assert case.open_tasks() == {"Task_ReviewContract"}


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("cause", ["追索劳动报酬纠纷", "工伤保险待遇纠纷", "抚养费纠纷", "离婚纠纷", "遗产继承纠纷", "国家赔偿"])
def test_a_risk_agency_in_a_banned_matter_is_blocked(case, cause):
    case.register(cause=cause)
    with pytest.raises(FormInvalid) as caught:
        draft(case, risk(480000))
    assert caught.value.errors["fee_mode"][0].code == refusals.RISK_FEE_BANNED


@pytest.mark.requirement("R18")
@pytest.mark.requirement("R19")
@pytest.mark.parametrize("words", ["全权代理", "全权委托", "全权处理"])
def test_full_authority_is_blocked(case, words):
    with pytest.raises(FormInvalid) as caught:
        draft(case, {**TERMS, "matter_description": f"张三与示例贸易有限公司一案由律师{words}"})
    assert caught.value.errors["matter_description"][0].code == refusals.BANNED_WORD


# -- guard G3: going round the form --------------------------------------------------------------------------------------


def test_the_record_refuses_a_fee_that_the_table_blocks(case):
    with pytest.raises(fee_guards.RiskFeeAboveCap):
        sign_contract(case, **risk(500000))
    case.register(cause="追索劳动报酬纠纷")
    with pytest.raises(fee_guards.RiskFeeForbidden):
        sign_contract(case, **risk(480000))


def test_terms_changed_behind_the_form_are_not_planned(case):
    contract_id = sign_contract(case, **risk(480000))

    def change(context):
        context.session.get(contracts.ContractRow, contract_id).terms = risk(500000)

    case.run(change)
    given = {"lead_id": case.lead_id, "contract_id": contract_id}
    with pytest.raises(fee_guards.RiskFeeAboveCap):
        case.firm.run(RunOperation("fees.plan", given), case.cast["finance"])
    case.start("fees", contract_id=contract_id)
    with case.firm.reading() as session:
        (incident,) = queries.list_incidents(session)
        assert "480,000.00" in incident.message
        assert fees.list_lead_items(session, case.lead_id) == []


def test_an_amendment_does_not_bring_a_blocked_fee_in(case):
    contract_id = sign_contract(case, **risk(480000))
    with pytest.raises(fee_guards.RiskFeeAboveCap):
        case.run(lambda context: contracts.amend_contract(context, contract_id, terms=risk(500000), document_id="0" * 32))


@pytest.mark.parametrize(
    ("terms", "matter_type", "reasons"),
    [
        (risk(500000), "civil", ["风险代理收费合计超过分段上限"]),
        ({**TERMS, "fee_mode": "percent", "fee_percent": "5", "dispute_amount": "1000"}, "criminal", ["该案件不得按标的额比例收费"]),
    ],
)
def test_the_table_sends_a_fee_back_even_when_the_form_and_the_record_are_blind(case, monkeypatch, terms, matter_type, reasons):
    case.register(matter_type=matter_type)
    monkeypatch.setattr(contract_clauses, "check_terms", lambda *_, **__: {})
    monkeypatch.setattr(contracts, "refuse_forbidden_fee", lambda *_, **__: None)
    draft(case, terms)
    assert case.open_tasks() == {"Task_DraftContract"}
    assert "Service_SendBack" in case.steps()
    with case.firm.reading() as session:
        assert contracts.find_contract(session, case.lead_id).state == contracts.DRAFT
    assert set(reasons) <= set(case.data()["fee_reasons"])


@pytest.mark.parametrize(
    ("terms", "lacking", "reason"),
    [
        ({**TERMS, "fee_mode": "hourly", "hourly_rate": "1000"}, "hours_budget", "计时收费没有工时计划"),
        (risk(480000), "risk_terms", "缺少风险代理告知的内容"),
    ],
)
def test_a_fee_without_its_plan_or_notice_is_sent_back(case, monkeypatch, terms, lacking, reason):
    on = case.firm.clock.now().date()
    told = fee_caps.fee_variables({**terms, lacking: ""}, matter_type="civil", cause="", on=on)
    monkeypatch.setattr(fee_caps, "fee_variables", lambda *_, **__: told)
    draft(case, terms)
    assert case.open_tasks() == {"Task_DraftContract"}
    assert reason in case.data()["fee_reasons"]


@pytest.mark.requirement("R22")
def test_a_fee_that_does_not_fit_the_work_needs_the_reviewers_reason(case):
    draft(case, {**TERMS, "hours_budget": "20"})
    rows = [{**row, "verdict": "ok"} for row in case.first_values("Task_ReviewContract", "partner1")["clauses"]]
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_ReviewContract", {"clauses": rows})
    assert caught.value.errors["opinion"][0].code == refusals.OPINION_NEEDED
    case.do("partner1", "Task_ReviewContract", {"clauses": rows, "opinion": "涉外取证，工作量大"})
    assert case.open_tasks() == {"Task_ClientSigns"}


# -- guard G2 ------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("R16")
def test_no_fee_is_booked_before_the_contract_is_signed(case):
    contract = case.run(lambda context: contracts.draft_contract(context, lead_id=case.lead_id, terms=TERMS), "lawyer1")
    with pytest.raises(fees.ContractNotSigned):
        case.run(lambda context: fees.plan_fees(context, contract.id))
    with pytest.raises(fees.ContractNotSigned):
        case.firm.run(RunOperation("fees.plan", {"lead_id": case.lead_id, "contract_id": contract.id}), case.cast["finance"])
    due = {"milestone": "x", "amount": Decimal(1), "due_rule": "on_signing", "due_on": None, "is_due": True}
    with pytest.raises(fees.ContractNotSigned):
        case.run(lambda context: fees.add_fee_item(context, contract.id, **due))


def test_a_payment_moves_only_along_its_states(case):
    contract_id = sign_contract(case)
    (item,) = case.run(lambda context: fees.plan_fees(context, contract_id))
    for change in (
        lambda context: fees.add_refunded(context, item.id, Decimal(1)),
        lambda context: fees.change_amount(context, item.id, amount=Decimal(1)),
    ):
        with pytest.raises(StateRefused):
            case.run(change)
    case.run(lambda context: fees.write_off(context, item.id, reason="坏账"))
    for change in (
        lambda context: fees.add_paid(context, item.id, Decimal(1)),
        lambda context: fees.defer_payment(context, item.id, until=item.due_on, reason=""),
        lambda context: fees.write_off(context, item.id, reason=""),
        lambda context: fees.add_invoiced(context, item.id, Decimal(1)),
    ):
        with pytest.raises(StateRefused):
            case.run(change)
    with pytest.raises(StateRefused):
        receipt = case.run(lambda context: receipts.register_receipt(
            context, item.id, amount=Decimal(1), received_on=item.due_on, channel="bank", reference="", payer_name="",
            third_party=False, payer_relation="",
        ), "finance")  # fmt: skip
        case.run(lambda context: receipts.check_receipt(context, receipt.id, accepted=True, comment=""), "finance2")


# -- the check values of rules.md 4.3 ------------------------------------------------------------------------------------


@pytest.mark.requirement("R20")
@pytest.mark.parametrize(
    ("amount", "cap"),
    [
        (500_000, 90_000), (1_000_000, 180_000), (3_000_000, 480_000), (5_000_000, 780_000), (10_000_000, 1_380_000),
        (50_000_000, 4_980_000), (100_000_000, 7_980_000),
    ],
)  # fmt: skip
def test_the_cap_is_the_sum_of_its_bands(clock, amount, cap):
    found = fee_caps.risk_fee_cap(Decimal(amount), clock.now().date())
    assert found.total == cap
    assert sum(step.fee for step in found.steps) == cap
    assert sum(step.part for step in found.steps) == amount
    assert "87号" in found.legal_basis
