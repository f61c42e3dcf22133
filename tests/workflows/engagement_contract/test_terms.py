"""What the drafting form refuses, each error at its own entry."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid
from tests.workflows.casework import RISK, TERMS
from workflows.records import refusals

ON_SIGNING = {"milestone": "签约", "amount": "0.01", "due_rule": "on_signing"}


def refused(case, terms):
    case.start("engagement_contract")
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_DraftContract", terms)
    return {path: [error.code for error in errors] for path, errors in caught.value.errors.items()}, caught.value.errors


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"matter_description": "全权代理本案诉讼事宜，办理一切"}, "matter_description", refusals.BANNED_WORD),
        ({"firm_duties": "保证胜诉"}, "firm_duties", refusals.BANNED_WORD),
        ({"schedule": [{**TERMS["schedule"][0], "milestone": "包赢后"}]}, "schedule.0.milestone", refusals.BANNED_WORD),
        ({"breach": "违约金为____元"}, "breach", refusals.BLANK),
        ({"powers": ["settle"]}, "powers", refusals.SPECIAL_POWER),
        ({"authority": "special", "powers": ["sign_documents"]}, "powers", refusals.NO_SPECIAL_POWER),
        ({"schedule": [{**TERMS["schedule"][0], "amount": "59999"}]}, "schedule", refusals.SCHEDULE_DIFFERS),
        ({"fee_mode": "hourly", "hourly_rate": "1000", "hours_budget": ""}, "hours_budget", "required"),
        ({"lawyers": [{**TERMS["lawyers"][0], "name": name} for name in "甲乙丙"]}, "lawyers", refusals.TOO_MANY_AGENTS),
        ({"lawyers": []}, "lawyers", "min_rows"),
        ({"breach": ""}, "breach", "required"),
        ({"term_start": "昨天"}, "term_start", "not_a_date"),
        ({"fee_amount": "很多"}, "fee_amount", "nan"),
    ],
)
def test_a_wrong_entry_is_said_at_the_entry(case, change, path, code):
    codes, _ = refused(case, {**TERMS, **change})
    assert code in codes[path]


def test_a_risk_fee_above_the_cap_shows_rule_basis_and_steps(case):
    schedule = [{**RISK["schedule"][0]}, {**RISK["schedule"][1], "amount": "470000"}]
    terms = {**RISK, "risk_basis": "amount", "risk_amount": "470000", "schedule": schedule}
    codes, errors = refused(case, terms)
    assert codes == {"risk_amount": [refusals.RISK_FEE_OVER_CAP]}
    params = errors["risk_amount"][0].params
    assert (params["cap"], params["total"], params["over"]) == ("¥480,000.00", "¥500,000.00", "¥20,000.00")
    assert params["steps"] == "1,000,000 × 18% + 2,000,000 × 15% = 480,000.00"
    assert "87号" in params["basis"]


@pytest.mark.parametrize("change", [{"fee_category": "wages"}, {"matter_description": "张三追索劳动报酬纠纷一案的代理"}])
def test_a_risk_fee_in_a_banned_matter_is_refused(case, change):
    codes, errors = refused(case, {**RISK, **change})
    assert codes["fee_mode"] == [refusals.RISK_FEE_BANNED]
    assert "劳动报酬" in errors["fee_mode"][0].params["categories"]


@pytest.mark.parametrize("mode", [{"fee_mode": "percent", "dispute_amount": "100", "fee_percent": "1"}, RISK])
def test_a_criminal_matter_takes_neither_percentage_nor_risk(case, mode):
    case.register(matter_type="criminal", cause="诈骗")
    codes, _ = refused(case, {**TERMS, **mode})
    assert codes["fee_mode"][0] in {refusals.PERCENTAGE_BANNED, refusals.RISK_FEE_BANNED}
