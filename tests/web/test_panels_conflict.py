"""The panels of intake and conflict check show what the records say, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, g
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web.inbox
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.small_firm import open_small_firm
from web.i18n import language, translate
from web.inbox.panels import conflict_declarations, conflict_hits, conflict_parties, duplicates, lead_facts
from workflows.records import leads, people

TEMPLATES = Path(web.inbox.__file__).parent / "templates"
EMPTY = {
    "conflict": None, "declaring_check": None, "named": [], "lead": None, "earlier_leads": [], "known_clients": [],
}  # fmt: skip
SPOUSE = {"opposing_parties": [{"name": "周慕青", "kind": "person"}]}


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    engine = open_small_firm(sqlite_url, clock, tmp_path, "conflict_check")
    yield ConflictCase(engine)
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


@pytest.mark.parametrize("panel", [conflict_hits, conflict_declarations, duplicates])
def test_a_panel_is_empty_before_there_is_anything_to_show(case, panel):
    case.screen()
    assert show(case, panel) == ""


def test_hits_are_shown_with_reason_class_article_and_judgement(case):
    case.screen(**SPOUSE)
    case.check()
    assert "王若谷" not in show(case, conflict_declarations) and "李明轩</strong> 尚未申报" in show(case, conflict_declarations)
    case.declare()
    shown = show(case, conflict_hits)
    for said in ("周慕青", "名称完全相同", "可豁免冲突", "王若谷的配偶", "第五十二条第（一）项", "须核实1条", "失信被执行人"):
        assert said in shown
    case.judge("SAME", "WAIVABLE")
    assert "同一主体，可豁免冲突" in show(case, conflict_hits) and "孙清和" in show(case, conflict_hits)
    english = show(case, conflict_hits, "en")
    for said in ("exactly the same name", "waivable conflict", "the same, waivable conflict", "王若谷 (配偶)"):
        assert said in english
    assert "nothing to declare" in show(case, conflict_declarations, "en")
    for panel in (conflict_hits, conflict_declarations):
        assert "WAIVABLE" not in show(case, panel) and case.record().id not in show(case, panel)


def test_the_matter_is_shown_without_whole_identity_numbers(case):
    case.screen(**SPOUSE, key_dates=[{"event": "上诉期届满", "date": "2026-11-30"}, {"event": "签约", "date": "2024-01-05"}])
    shown = show(case, lead_facts)
    for said in ("张三", "1101**********002X", "买卖合同纠纷", "周慕青", "2026-11-30 <strong", "李明轩"):
        assert said in shown
    assert "11010519491231002X" not in shown and shown.count("不足十日") == 1
    assert "周慕青" in show(case, conflict_parties)


def test_a_forgotten_lead_shows_nothing(case):
    case.screen()
    case.run(lambda context: leads.purge_lead(context, case.lead_id))
    assert show(case, lead_facts) == show(case, conflict_parties) == show(case, duplicates) == ""


def test_somebody_known_is_shown_to_the_desk(case):
    case.screen()
    case.screen()
    shown = show(case, duplicates)
    assert "XS-2026-000001" in shown and "买卖合同纠纷" in shown
