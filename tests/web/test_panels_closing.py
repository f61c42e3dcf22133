"""The evidence beside closing's tasks and the survey's calls."""

from __future__ import annotations

import pytest

from tests.workflows.closing.conftest import OBJECTION, ClosingCase
from tests.workflows.small_firm import open_small_firm
from tests.workflows.survey.conftest import ANSWER, SurveyCase
from web.app import create_app
from web.inbox.evidence import draw_panel
from web.settings import Settings
from workflows.records import fees, matters


def show(case, name):
    """A panel's text as it stands beside the form, in Chinese."""
    app = create_app(Settings(data_dir=case.firm.tools["data_dir"], secret_key="test", demo=True), case.firm)
    with app.test_request_context("/"), case.firm.reading() as session:
        return draw_panel(session, name, case.lead_id, case.firm.clock.now()).strip()


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path, "closing")
    case = ClosingCase(engine)
    case.open_matter(key_dates=[{"key_date_kind": "上诉期", "key_date_on": "2026-12-05"}])

    def plan(context):
        fees.plan_fees(context, matters.get_matter(context.session, case.matter_id).contract_id)

    case.run(plan)
    yield case
    engine.database.dispose()


def test_what_is_open_stands_beside_the_application_the_summary_and_the_review(case):
    assert "上诉期 · 2026-12-05" in show(case, "open_items")
    assert show(case, "closing_summary") == ""
    case.until_review()
    shown = show(case, "open_items")
    for part in ("期限未届满", "律师费未收清", "¥60,000.00", "移交财务跟进"):
        assert part in shown
    assert "判决被告支付货款三百万元及利息" in show(case, "closing_summary")


def test_whoever_settles_and_answers_sees_the_fees_and_the_objection(case):
    case.until_receipt()
    shown = show(case, "closing_fees")
    assert "¥60,000.00" in shown and "尚有应收费用" in shown
    case.do("client", "Task_ClientReceipt", OBJECTION)
    assert "清单漏了保全裁定书" in show(case, "closing_summary")


def test_whoever_calls_sees_the_answers(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path, "survey")
    case = SurveyCase(engine)
    case.close_matter()
    case.until_asked()
    assert show(case, "survey_answers") == ""
    case.do("client", "Task_Answer", {**ANSWER, "overall": "1", "improper": "yes", "improper_note": "私自收费"})
    shown = show(case, "survey_answers")
    for part in ("总体满意度", "私自收费", "沟通及时", "李明轩"):
        assert part in shown
    engine.database.dispose()
