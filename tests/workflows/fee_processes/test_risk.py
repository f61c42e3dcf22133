"""Settling a risk agency: the cap band by band, approvals, the client's signature, and the payment that follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import FormInvalid, FourEyes, StateRefused
from tests.workflows.casework import RISK
from tests.workflows.pdf_text import read_text
from workflows.records import documents, fee_guards, fees, refusals, risk_settlements

pytestmark = pytest.mark.requirement("R20", "R22", "R23")
OK = {"settlement_decision": "APPROVED"}
SIGN = {"statement_decision": "SIGNED", "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"}}


def start(case):
    case.sign(**{key: value for key, value in RISK.items() if key != "fee_amount"})
    case.start("fees", contract_id=case.contract_id)
    case.begin("risk_settlement")


def report(case, realised="2000000", **more):
    values = {"realised": realised, "realised_on": "2026-11-24", "realised_files": [case.upload(title="到账凭证")], **more}
    case.do("lawyer1", "Task_ReportResult", values)


def settlement(case):
    with case.firm.reading() as session:
        return risk_settlements.find_settlement(session, case.lead_id)


def test_a_result_is_reported_approved_signed_and_collected(case):
    start(case)
    report(case)
    found = settlement(case)
    # 15 % of 2,000,000 is agreed; the cap is 330,000, and 30,000 was charged on signing
    assert [str(each) for each in (found.agreed, found.cap, found.so_far, found.amount)] == [
        "300000.00", "330000.00", "30000.00", "300000.00",
    ]  # fmt: skip
    case.do("partner1", "Task_ApproveSettlement", OK)
    case.do("finance", "Task_AuditFigures", OK)
    with case.firm.reading() as session:
        statement = documents.find_latest(session, case.lead_id, "risk_settlement")
        text = read_text(documents.read_content(session, statement.id))
    for part in ("¥1,000,000.00", "18%", "15%", "¥330,000.00", "¥300,000.00"):
        assert part in text
    case.do("client", "Task_ClientSigns", SIGN)
    assert (case.state(), case.incidents()) == ("completed", [])
    result = case.items()[1]
    assert (str(result.amount), result.state) == ("300000.00", fees.DUE)
    with case.firm.reading() as session:
        assert documents.find_latest(session, case.lead_id, "risk_settlement").source == "signature"


@pytest.mark.parametrize("who", ["partner", "finance", "client", "silence"])
def test_whoever_disagrees_sends_it_back(case, who):
    start(case)
    report(case)
    if who == "partner":
        case.do("partner1", "Task_ApproveSettlement", {"settlement_decision": "RETURNED", "settlement_opinion": "证明不全"})
    else:
        case.do("partner1", "Task_ApproveSettlement", OK)
    if who == "finance":
        case.do("finance", "Task_AuditFigures", {"settlement_decision": "RETURNED", "settlement_opinion": "金额不符"})
    if who in ("client", "silence"):
        case.do("finance", "Task_AuditFigures", OK)
    if who == "client":
        case.do("client", "Task_ClientSigns", {"statement_decision": "OBJECTED", "statement_comment": "实际回款不足"})
    if who == "silence":
        case.move(days=15)
    assert case.open_tasks() == {"Task_ReportResult"}
    said = {"partner": "证明不全", "finance": "金额不符", "client": "实际回款不足", "silence": "客户未在期限内答复"}[who]
    assert case.first_values("Task_ReportResult", "lawyer1")["returned"] == said
    report(case, realised="1000000", risk_fee="100000")
    assert str(settlement(case).amount) == "100000.00"


def test_more_than_the_cap_is_refused_with_every_step(case):
    start(case)
    with pytest.raises(FormInvalid) as caught:
        report(case, risk_fee="300000.01")
    error = caught.value.errors["risk_fee"][0]
    assert (error.code, error.params["left"], error.params["so_far"]) == (refusals.SETTLEMENT_ABOVE, "¥300,000.00", "¥30,000.00")
    item = case.items()[1]
    given = {"realised": Decimal(2000000), "realised_on": case.firm.clock.now().date(), "document_ids": [], "note": ""}
    with pytest.raises(fee_guards.RiskFeeAboveCap):
        case.run(lambda context: risk_settlements.report(context, item.id, amount=Decimal("300000.01"), **given), "lawyer1")
    made = case.run(lambda context: risk_settlements.report(context, item.id, amount=Decimal(1), **given), "lawyer1")
    with pytest.raises(FourEyes):
        case.run(lambda context: risk_settlements.decide(context, made.id, state=risk_settlements.APPROVED), "lawyer1")
    with pytest.raises(StateRefused):
        case.run(lambda context: risk_settlements.decide(context, made.id, state=risk_settlements.SIGNED))


def test_a_contract_without_a_risk_agency_has_no_settlement(case):
    case.sign()
    case.receive()
    case.begin("risk_settlement")
    with pytest.raises(FormInvalid) as caught:
        report(case)
    assert caught.value.errors["realised"][0].code == refusals.NO_OPEN_RESULT
    with pytest.raises(StateRefused):
        case.run(lambda context: risk_settlements.compute(context.session, case.items()[0].id, Decimal(1), context.now.date()))
