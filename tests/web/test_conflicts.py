"""The pages of conflict checks: judge as the task's own form, dismiss repeats, nothing of walled cases, walls."""

from __future__ import annotations

import re

import pytest

from engine import SYSTEM, DeployProcess, RunOperation
from tests.web.conftest import text
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.conflict_check.test_recheck import open_matter
from tests.workflows.small_firm import PARTS
from workflows.records import documents, leads
from workflows.wiring import firm_bundles

NOBODY = {"opposing_parties": [{"name": "某无关", "kind": "person"}]}


def namesake(number):
    return {"name": "王伟", "id_number": "", "id_type": "passport", "document_number": f"E{number}"}


@pytest.fixture
def case(house):
    house.engine.run(DeployProcess(tuple(b for b in firm_bundles() if b.name in ("conflict_check", *PARTS["conflict_check"]))), SYSTEM)
    return ConflictCase(house.engine)


@pytest.fixture
def judging(case):
    """A check with thirty repeats of one name and one other hit."""
    for number in range(30):
        case.screen("lawyer2", client=namesake(number), **NOBODY)
        case.run(lambda context: leads.move_lead(context, case.lead_id, "LAPSED"))
    case.screen(opposing_parties=[{"name": "王伟", "kind": "person"}, {"name": "周慕青", "kind": "person"}])
    case.check()
    case.declare()
    return case


def address(case):
    return f"/conflicts/{case.record().id}"


def waiting(case):
    return [hit for hit in case.hits() if hit.needs_judgement]


def test_all_hits_are_paged_with_their_totals(judging, browse):
    browser = browse("compliance")
    first, second = text(browser.get(address(judging))), text(browser.get(address(judging) + "?page=2"))
    assert "须核实 31 条" in first and "第 1 页，共 2 页" in first and "王伟 ↔ 王伟" in first
    shown = [set(re.findall(r'id="hit-(\w+)"', page)) for page in (first, second)]
    assert (len(shown[0] | shown[1]), shown[0] & shown[1]) == (31, set())
    for page in ("0", "99", "x", "-1", "²"):
        assert browser.get(f"{address(judging)}?page={page}").status_code == 200


def test_the_repeats_of_a_name_are_dismissed_at_once_and_handed_in_with_the_task(judging, browse):
    browser = browse("compliance")
    repeats = [hit.id for hit in waiting(judging) if hit.query["name"] == "王伟"]
    refused = browser.post(address(judging), **{"dismiss": "1", "dismiss_hit:1": repeats, "dismiss_reason:1": " "})
    assert (refused.status_code == 422 and "请填写理由" in text(refused)) or "理由" in text(refused)
    saved = browser.post(address(judging), **{"dismiss": "1", "dismiss_hit:1": repeats, "dismiss_reason:1": "护照号码不同"})
    assert saved.status_code == 303
    assert len(waiting(judging)) == 31  # saved as the task's draft, not handed in
    assert "已核实 30 / 31 条" in text(browser.get(address(judging)))
    assert browser.post(address(judging), complete="1").status_code == 303
    (left,) = waiting(judging)
    assert left.query["name"] == "周慕青"
    judged = [hit for hit in judging.hits() if hit.id in repeats]
    assert {(hit.identity, hit.reason, hit.judged_by_name) for hit in judged} == {("DIFFERENT", "护照号码不同", "孙清和")}
    entries = {f"identity:{left.id}": "SAME", f"judged_class:{left.id}": "WAIVABLE", f"reason:{left.id}": "身份核对一致"}
    assert browser.post(address(judging), complete="1", **entries).status_code == 303
    assert judging.open_tasks() == {"Task_Decide"}
    assert browser.post(address(judging), complete="1").status_code == 409


def test_the_guards_of_the_form_hold_and_nothing_typed_is_lost(judging, browse):
    browser = browse("compliance")
    one = waiting(judging)[0]
    refused = browser.post(
        address(judging),
        complete="1",
        question="对方的出生年份？",
        **{f"identity:{one.id}": "SAME", f"judged_class:{one.id}": "", f"reason:{one.id}": "同一人，"},
    )
    assert refused.status_code == 422
    assert "同一人，" in text(refused) and f'id="e-{one.id}"' in text(refused) and "对方的出生年份" in text(refused)
    assert len(waiting(judging)) == 31


@pytest.mark.parametrize(("login", "status"), [("partner1", 409), ("lawyer1", 403), ("admin", 403)])
def test_nobody_else_judges_here(judging, browse, login, status):
    one = waiting(judging)[0]
    entries = {f"identity:{one.id}": "DIFFERENT", f"reason:{one.id}": "不是"}
    assert browse(login).post(address(judging), complete="1", **entries).status_code == status
    assert len(waiting(judging)) == 31


def test_the_relations_are_drawn_and_said(case, browse):
    star = {"kind": "organisation", "name": "示范星光科技有限公司", "id_number": ""}
    case.screen("lawyer2", client={**star, "shareholders": [{"name": "示范控股有限公司", "kind": "organisation"}]}, **NOBODY)
    case.screen(opposing_parties=[{"name": "示范控股有限公司", "kind": "organisation"}])
    case.check()
    case.declare()
    page = text(browse("compliance").get(address(case)))
    assert '<svg viewBox="0 0' in page and "示范控股有限公司 — 股东 — 示范星光科技有限公司" in page


def test_a_walled_hit_shows_nothing_else_to_a_partner(case, browse):
    theirs = case.screen("lawyer2", client=namesake(1), cause="离婚纠纷", **NOBODY)
    open_matter(case, theirs)
    given = {"lead_id": theirs, "people": [case.cast["lawyer1"].id], "reason": "另案代理对方"}
    wall_id = case.firm.run(RunOperation("walls.propose", given), case.cast["partner2"])["wall_id"]
    case.firm.run(RunOperation("walls.activate", {"wall_id": wall_id}), case.cast["compliance"])
    case.screen(opposing_parties=[{"name": "王伟", "kind": "person"}])
    case.check()
    case.declare()
    seen = text(browse("partner1").get(address(case)))
    assert "受隔离事项，请联系合规" in seen
    assert not any(said in seen for said in ("离婚纠纷", "王若谷", "名称完全相同"))
    assert "离婚纠纷" in text(browse("compliance").get(address(case)))


def test_somebody_behind_a_wall_finds_no_trace_of_the_case_on_any_page(case, browse):
    case.screen(cause="秘密纠纷", opposing_parties=[{"name": "某无关", "kind": "person"}])
    case.check()
    case.declare()
    check_id = case.record().id
    for login in ("partner1", "director", "admin", "finance", "archivist", "desk"):
        given = {"lead_id": case.lead_id, "people": [case.cast[login].id], "reason": "亲属为对方当事人"}
        wall_id = case.firm.run(RunOperation("walls.propose", given), case.cast["partner2"])["wall_id"]
        case.firm.run(RunOperation("walls.activate", {"wall_id": wall_id}), case.cast["compliance"])
    with case.firm.reading() as session:
        number = leads.get_lead(session, case.lead_id).lead_no
        papers = [f"/documents/{each.id}" for each in conflict_sheets(session, case.lead_id)]
    closed = [f"/cases/{case.lead_id}", f"/conflicts/{check_id}", *papers]
    lists = ["/inbox", "/inbox?view=started", "/inbox?view=done", "/matters?kind=all", "/matters?kind=all&q=秘密", "/matters/clients",
             "/conflicts?view=all", "/conflicts?view=all&q=张三", "/conflicts/walls", "/archive", "/operations", "/operations/mails", "/palette?q=张三"]  # fmt: skip
    for login in ("partner1", "director", "admin", "finance", "archivist", "desk"):
        browser = browse(login)
        for path in closed:
            assert browser.get(path).status_code in (403, 404), (login, path)
        for path in lists:
            shown = text(browser.get(path))
            assert not any(said in shown.replace("q=%E5", "") for said in ("秘密纠纷", number, "张三 · ")), (login, path)


def conflict_sheets(session, lead_id):
    return documents.list_documents(session, lead_id)


def test_walls_are_proposed_put_up_and_lifted_on_their_page(case, browse):
    case.screen(**NOBODY)
    with case.firm.reading() as session:
        number = leads.get_lead(session, case.lead_id).lead_no
    entries = {"lead_no": number, "people": [case.cast["finance"].id], "reason": "亲属为对方当事人"}
    partner, compliance = browse("partner2"), browse("compliance")
    assert partner.post("/conflicts/walls", **{**entries, "people": []}).status_code == 422
    assert partner.post("/conflicts/walls", **entries).status_code == 303
    wall_id = re.search(r"/conflicts/walls/(\w{32})/activate", text(compliance.get("/conflicts/walls"))).group(1)
    assert "/activate" not in text(partner.get("/conflicts/walls"))
    assert compliance.post(f"/conflicts/walls/{wall_id}/activate").status_code == 303
    assert browse("finance").get(f"/cases/{case.lead_id}").status_code == 403
    director = browse("director")
    assert "/lift" not in text(director.get("/conflicts/walls")).replace("/ask-lift", "")
    assert compliance.post(f"/conflicts/walls/{wall_id}/ask-lift", reason="").status_code == 422
    assert compliance.post(f"/conflicts/walls/{wall_id}/ask-lift", reason="另案已结").status_code == 303
    assert compliance.post(f"/conflicts/walls/{wall_id}/lift").status_code == 403  # a second person
    assert "另案已结" in text(director.get("/conflicts/walls"))
    assert director.post(f"/conflicts/walls/{wall_id}/keep").status_code == 303
    assert director.post(f"/conflicts/walls/{wall_id}/lift").status_code == 422
    assert compliance.post(f"/conflicts/walls/{wall_id}/ask-lift", reason="另案已结").status_code == 303
    assert director.post(f"/conflicts/walls/{wall_id}/lift").status_code == 303
    assert browse("finance").get(f"/cases/{case.lead_id}").status_code == 200


def test_a_decided_check_says_that_it_is_whole_and_until_when_it_holds(case, browse):
    case.screen(**NOBODY)
    case.check()
    case.declare()
    page = text(browse("partner1").get(address(case)))
    assert "已封存，未被改动" in page and "已失效" not in page
    case.move(days=31)
    assert "已失效" in text(browse("partner1").get(address(case)))
