"""The panels of assessment, talks and waiver show what the records say, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web.inbox
from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm
from web.i18n import language, translate
from web.inbox.panels import assessment_facts, expectation_rounds, waiver
from workflows.records import assessments, conflicts, expectations, people, waiver_consents

TEMPLATES = Path(web.inbox.__file__).parent / "templates"
EMPTY = {"assessment": None, "expectation_rounds": [], "waiver": None}
NOTICE = {
    "disclosed_facts": "对方是本所客户。",
    "consequences": "本所负有保密义务。\n可能终止委托。",
    "wall_plan": "分别指派团队。",
}


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path)
    case = Case(engine)
    case.register()
    yield case
    engine.database.dispose()


def show(case, panel, lang="zh"):
    """The panel's text for a reader of one language."""
    name = panel.__name__.rpartition(".")[2]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals |= {"_": translate, "language": language}
    with Flask("panels").test_request_context(headers={"Cookie": f"language={lang}"}), case.firm.reading() as session:
        (g.person,) = people.list_people(session, "compliance")
        values = panel.read(session, case.lead_id, case.firm.clock.now())
        return " ".join(environment.get_template(f"inbox/panels/{name}.html").render({**EMPTY, **values}).split())


@pytest.mark.parametrize("panel", [assessment_facts, expectation_rounds, waiver])
def test_a_panel_is_empty_before_there_is_anything_to_show(case, panel):
    assert show(case, panel) == ""


def test_the_assessment_is_shown_without_what_concerns_money_laundering(case):
    subject = {"client_kind": "person", "right_holder": "yes", "aml_activities": ["real_estate"], "aml_factors": ["pep"]}
    case.run(lambda context: assessments.write_part(context, case.lead_id, assessments.SUBJECT, subject))
    case.run(lambda context: assessments.write_part(context, case.lead_id, assessments.LEGALITY, {"illegal_signs": ["other"]}))
    shown = show(case, assessment_facts)
    for said in ("评估情况", "主体资格", "自然人", "违法目的迹象", "其他违法目的"):
        assert said in shown
    assert "政治公众人物" not in shown
    assert "买卖不动产" not in shown
    assert "Another unlawful purpose" in show(case, assessment_facts, "en")


def test_talks_are_shown_round_by_round(case):
    def talk(context):
        expectations.write_meeting(context, case.lead_id, {"goal": "争取和解", "client_expectations": "<b>全部</b>收回"})
        expectations.answer(context, case.lead_id, expectations.CHANGES, refusal="请包括二审")
        expectations.write_meeting(context, case.lead_id, {"goal": "争取一审判决", "fee_low": "50000"})
        expectations.write_guidance(context, case.lead_id, {"why_not": "对方无财产", "reaction": "insists"})
        decision = {"insist_decision": "CONTINUE", "insist_reason": "已充分告知"}
        expectations.write_partner(context, case.lead_id, expectations.INSISTS, decision)

    case.run(talk, "partner1")
    shown = show(case, expectation_rounds)
    for said in ("第2轮", "50,000", "坚持原期望", "陈敬之", "继续洽谈", "以前各轮", "第1轮", "请包括二审", "&lt;b&gt;全部"):
        assert said in shown
    assert "The client wants changes" in show(case, expectation_rounds, "en")


def test_a_waiver_is_shown_with_every_word_on_it(case):
    def waive(context):
        check = conflicts.open_check(context, case.lead_id, [])
        conflicts.change_check(context, check.id, state=conflicts.REVIEW)
        conflicts.close_check(context, check.id, conflicts.WAIVABLE)
        given = {"waiver_id": "w", "check_id": check.id, "lead_id": case.lead_id, "client_name": "张三"}
        row = waiver_consents.ask(context, side=waiver_consents.NEW, **given)
        waiver_consents.draft_notice(context, row.id, {**NOTICE, "secrecy_checked": True})
        waiver_consents.add_opinion(context, row.id, opinion="APPROVED", text="", state=waiver_consents.APPROVED)
        consent = {"signer_name": "张三", "signature": "张三", "scope_note": "仅限本案"}
        statements = dict.fromkeys(waiver_consents.STATEMENTS, True)
        waiver_consents.record_consent(context, row.id, {**statements, **consent}, {"address": "192.0.2.7"})

    case.run(waive, "partner1")
    shown = show(case, waiver)
    for said in (
        "对方是本所客户。",
        "保密义务。<br>可能终止委托。",
        "陈敬之</strong> 同意发出",
        "张三于2026-11-24 09:00签署",
        "192.0.2.7",
        "仅限本案",
    ):
        assert said in shown
