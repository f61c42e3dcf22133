"""The panels of contract, fee and updates show what the records say."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web.inbox
from tests.workflows.casework import RISK, Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from web.inbox.panels import acceptance_evidence, contract_clauses, contract_papers, decline, fee_caps, update_history
from workflows.records import acceptances, contracts, declines, updates

TEMPLATES = Path(web.inbox.__file__).parent / "templates"


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path)
    case = Case(engine)
    case.register()
    yield case
    engine.database.dispose()


def show(case, panel):
    """The panel's text in English."""
    name = panel.__name__.rpartition(".")[2]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals |= {"_": lambda text, **fields: text.format(**fields), "language": lambda: "en"}
    with case.firm.reading() as session:
        values = panel.read(session, case.lead_id, case.firm.clock.now())
    environment.filters.setdefault("local", str)
    defaults = {"contract": None, "fee": None, "matter": None, "fee_items": None, "papers_contract": None}
    return " ".join(environment.get_template(f"inbox/panels/{name}.html").render({**defaults, **values}).split())


@pytest.mark.parametrize("panel", [contract_clauses, fee_caps, update_history])
def test_a_panel_is_empty_before_there_is_anything_to_show(case, panel):
    assert show(case, panel) == ""


def test_the_clause_panel_lists_ten_clauses_and_what_came_back(case):
    def returned(context):
        contract = contracts.draft_contract(context, lead_id=case.lead_id, terms={**RISK, "breach": ""})
        verdicts = [{"clause_id": "breach", "title": "违约责任", "verdict": "return", "comment": "请补充<违约金>"}]
        contracts.review_contract(context, contract.id, approved=False, verdicts=verdicts, opinion="")

    case.run(returned, "partner1")
    shown = show(case, contract_clauses)
    assert shown.count("✓") == 9
    assert "✗ Breach — missing" in shown
    assert "请补充&lt;违约金&gt;" in shown


def test_the_fee_panel_shows_the_cap_with_its_steps(case):
    sign_contract(case, **RISK)
    shown = show(case, fee_caps)
    assert "¥480,000.00 人民币肆拾捌万元整" in shown
    assert "<td>¥2,000,000.00</td><td>15%</td><td>¥300,000.00</td>" in shown
    assert "87号" in shown


def test_the_update_panel_counts_the_days(case):
    made = open_case(case, sign_contract(case))
    assert "The client has had no update yet." in show(case, update_history)
    texts = {"latest": "已立案", "next_plan": "举证", "risks": "无", "needs": ""}
    case.run(lambda context: updates.write_update(context, made["matter_id"], late=True, **texts), "lawyer1")
    case.move(days=3)
    shown = show(case, update_history)
    assert "3 days since the last update" in shown
    assert "已立案" in shown


def test_the_acceptance_panel_shows_what_must_come_first(case):
    shown = show(case, acceptance_evidence)
    assert "未评估" in shown
    assert "客户未确认" in shown
    form = {"lead_lawyer": case.cast["lawyer1"].id, "fee_mode": "fixed", "fee_estimate": "60000", "hours_budget": "60"}
    case.run(lambda context: acceptances.apply(context, case.lead_id, form, [form["lead_lawyer"]]), "lawyer1")
    assert "李明轩（主办）" in show(case, acceptance_evidence)


def test_the_decline_panel_keeps_the_reason_inside(case):
    assert "What each text says" in show(case, decline)
    case.run(lambda context: declines.write_letter(context, case.lead_id, kind="polite", reason="conflict", letter={}), "lawyer1")
    assert "利益冲突" in show(case, decline)


def test_the_papers_panel_is_empty_without_a_contract_and_names_who_signed(case):
    assert show(case, contract_papers) == ""
    sign_contract(case)
    assert "张三" in show(case, contract_papers)
