"""The inbox: the list with its views, one task with its form, and everything that can go wrong on the way."""

from __future__ import annotations

import html
import io
import json
from datetime import timedelta

import pytest

from engine import ClaimTask, CompleteTask, SaveDraft
from tests.web.conftest import Do, text
from workflows.records import documents

GOOD = {"subject": "货款备忘录", "day": "2026-11-25"}


def done(house, task_id, login="lawyer1"):
    """Complete the memo's first step."""
    return house.engine.run(CompleteTask(task_id, {"subject": "货款"}), house.cast[login])


# -- the list -------------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_with_counts(house, browse):
    house.begin()
    page = text(browse("lawyer1").get("/inbox"))
    for part in ("我的待办", "写备忘录", "张三 · 货款", "11月26日", "待认领 <span>1</span>", "全部 <span>1</span>"):
        assert part in page


def test_it_is_english_one_click_away(house, browse):
    house.begin()
    browser = browse("lawyer1")
    browser.client.set_cookie("language", "en")
    page = text(browser.get("/inbox"))
    assert "Write the memo" in page
    assert "My tasks" in page


@pytest.mark.parametrize(
    ("address", "login", "is_there"),
    [
        ("/inbox?view=started", "lawyer1", True),
        ("/inbox?view=started", "lawyer2", False),
        ("/inbox?view=group&role=lawyer", "lawyer2", True),
        ("/inbox?view=group&role=partner", "lawyer2", False),
        ("/inbox?view=gates", "lawyer1", False),
        ("/inbox?view=done", "lawyer1", False),
        ("/inbox?view=late", "lawyer1", False),
        ("/inbox?view=nonsense&role=nonsense&after=nonsense", "lawyer1", True),
        ("/inbox?q=备忘录", "lawyer1", True),
        ("/inbox?q=%25", "lawyer1", False),
    ],
)
def test_each_view_shows_its_tasks(house, browse, address, login, is_there):
    task_id = house.begin()
    page = browse(login).get(address)
    assert page.status_code == 200
    assert (f'id="r-{task_id}"' in text(page)) is is_there


def test_what_is_late_stands_first_and_says_how_late(house, browse, clock):
    house.begin()
    clock.advance(timedelta(days=4))
    page = text(browse("lawyer1").get("/inbox?view=late"))
    assert "逾期 2 天" in page
    assert "已逾期 <span>1</span>" in page


def test_done_tasks_stand_in_their_own_view(house, browse):
    task_id = house.begin()
    done(house, task_id)
    assert f'id="r-{task_id}"' in text(browse("lawyer1").get("/inbox?view=done"))
    assert f'id="r-{task_id}"' not in text(browse("lawyer2").get("/inbox?view=done"))


def test_a_long_list_comes_in_pages(house, browse, monkeypatch):
    monkeypatch.setattr("web.inbox.listing.PAGE", 2)
    ids = {house.begin() for _ in range(5)}
    browser, address, seen = browse("lawyer1"), "/inbox", []
    while address:
        page = text(browser.get(address))
        seen.append({task_id for task_id in ids if f'id="r-{task_id}"' in page})
        links = [part.split('"')[0] for part in page.split('href="')[1:] if "&amp;after=" in part.split('"')[0]]
        address = html.unescape(links[0]) if links else ""
    assert [len(each) for each in seen] == [2, 2, 1]
    assert set.union(*seen) == ids


def test_the_script_gets_the_list_alone(house, browse):
    house.begin()
    part = text(browse("lawyer1").get("/inbox", **{"HX-Request": "true", "HX-Target": "div#list"}))
    assert "写备忘录" in part
    assert "<html" not in part
    counts = json.loads(html.unescape(part.split('data-counts="')[1].split('"')[0]))
    assert counts["all"] == counts["group:lawyer"] == 1


def test_the_palette_finds_tasks_places_and_commands(house, browse):
    task_id = house.begin()
    assert f"/inbox/{task_id}" in text(browse("lawyer1").get("/palette?q=备忘"))
    assert "已办" in text(browse("lawyer1").get("/palette?q=已办"))
    assert "演示时钟" in text(browse("lawyer1").get("/palette?q=演示"))
    assert "没有结果" in text(browse("lawyer1").get("/palette?q=不存在的"))


# -- one task -------------------------------------------------------------------------------------------------------------


def test_a_task_shows_its_form_its_place_and_its_history(house, browse):
    page = text(browse("lawyer1").get(f"/inbox/{house.begin()}"))
    for part in ("主题", "预填主题", "协办律师", "李明轩", "王若谷", "请写清楚结论", "办理进度", "审核备忘录", "认领", "转办", "data-diagram"):
        assert part in page
    assert "紧急理由" not in page


def test_a_gate_is_marked_and_shows_its_evidence(house, browse):
    task_id = house.begin()
    following = house.open_task(done(house, task_id).instance_id)
    page = text(browse("partner1").get(f"/inbox/{following}"))
    assert "审批关口" in page
    assert "写备忘录 · 李明轩" in page


def test_completing_goes_on_to_what_waits_next(house, browse):
    first, second = house.begin(), house.begin()
    browser = browse("lawyer1")
    answer = browser.post(f"/inbox/{first}", **GOOD)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(second)
    last = browser.post(f"/inbox/{second}", **GOOD)
    assert last.headers["Location"].endswith("/inbox")
    page = text(browser.get("/inbox"))
    assert "已完成，后续已进入下一位办理人的待办。" in page
    assert "暂无待办" in page


def test_completing_from_the_script_gives_the_next_task_in_its_place(house, browse):
    first, second = house.begin(), house.begin()
    answer = browse("lawyer1").post(f"/inbox/{first}", {"HX-Request": "true", "HX-Target": "div#detail"}, **GOOD)
    assert answer.headers["HX-Push-Url"].endswith(second)
    assert json.loads(answer.headers["HX-Trigger"])["opened"]["id"] == second
    assert "<html" not in text(answer)


# -- wrong entries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "message", "kept"),
    [
        ({"subject": "", "day": "2026-11-25"}, "请填写此项。", "2026-11-25"),
        ({"subject": "长" * 21, "day": ""}, "最多 20 个字，现为 21 个字。", "长" * 21),
        ({"subject": "货款", "day": "2026-02-30"}, "日期不正确。", "2026-02-30"),
        ({"subject": "货款", "with": "somebody"}, "请选择一个选项。", "货款"),
        ({"subject": "错误"}, "格式不正确。", "错误"),
    ],
)
def test_wrong_entries_come_back_with_their_messages(house, browse, entries, message, kept):
    task_id = house.begin()
    page = browse("lawyer1").post(f"/inbox/{task_id}", **entries)
    assert page.status_code == 422
    assert message in text(page)
    assert kept in text(page)
    assert 'aria-invalid="true"' in text(page)
    assert house.task(task_id).state == "open"


def test_an_error_of_no_shown_field_stands_above_the_form(house, browse):
    page = text(browse("lawyer1").post(f"/inbox/{house.begin()}", subject="错误"))
    assert "有 2 项需要修改" in page
    assert page.index("请填写此项") < page.index("主题")


def test_a_refusal_of_the_completion_is_said_at_the_top(house, browse):
    page = browse("lawyer1").post(f"/inbox/{house.begin()}", subject="拒绝", day="2026-11-25")
    assert page.status_code == 422
    assert "不能这样办理：test。" in text(page)
    assert "您填写的内容仍保留在下方" in text(page)
    assert 'value="拒绝"' in text(page)
    assert 'value="2026-11-25"' in text(page)


def test_a_choice_shows_its_fields_without_being_judged(house, browse):
    page = browse("lawyer1").post(f"/inbox/{house.begin()}", subject="", urgent="true", _recheck="1")
    assert page.status_code == 200
    assert "紧急理由" in text(page)
    assert "请填写此项" not in text(page)


# -- somebody else was faster ---------------------------------------------------------------------------------------------


def test_a_task_done_by_somebody_else_says_who_and_when_and_keeps_what_was_typed(house, browse):
    task_id = house.begin()
    done(house, task_id, "lawyer2")
    page = browse("lawyer1").post(f"/inbox/{task_id}", subject="我写的备忘录")
    assert page.status_code == 409
    assert "王若谷已于 2026-11-24 09:00 完成此任务" in text(page)
    assert "我写的备忘录" in text(page)


def test_a_task_taken_by_somebody_else_keeps_what_was_typed(house, browse):
    task_id = house.begin()
    house.engine.run(ClaimTask(task_id), house.cast["lawyer2"])
    page = browse("lawyer1").post(f"/inbox/{task_id}", subject="我写的备忘录")
    assert page.status_code in (403, 409)
    assert "我写的备忘录" in text(page)


def test_four_eyes_is_said_politely(house, browse):
    task_id = house.begin()
    instance_id = done(house, task_id).instance_id
    following = house.open_task(instance_id)
    page = browse("lawyer1").get(f"/inbox/{following}")
    assert page.status_code == 200  # who started a case may read it
    assert "由合伙人办理，您可以查看" in text(page) or "双人复核" in text(page)
    refused = browse("lawyer1").post(f"/inbox/{following}")
    assert refused.status_code == 403
    assert "Traceback" not in text(refused)


def test_a_stranger_does_not_see_the_task(house, browse):
    page = browse("finance").get(f"/inbox/{house.begin()}")
    assert page.status_code == 403
    assert "此任务应由他人办理" in text(page)
    assert "张三" not in text(page)


def test_a_lost_session_gives_back_what_was_typed(house, browse):
    task_id, browser = house.begin(), browse("lawyer1")
    browser.lose_session()
    page = browser.client.post(f"/inbox/{task_id}", data={"subject": "写了很久的备忘录", "_token": "old"})
    assert page.status_code == 401
    assert "主题：写了很久的备忘录" in text(page)
    assert f"/inbox/{task_id}" in text(page)


def test_a_forged_post_is_refused(house, browse):
    page = browse("lawyer1").client.post(f"/inbox/{house.begin()}", data={"subject": "x"})
    assert page.status_code == 400


# -- drafts, files, hands -------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_shown_again(house, browse):
    task_id, browser = house.begin(), browse("lawyer1")
    told = browser.post(f"/inbox/{task_id}/draft", subject="半句", day="不是日期")
    assert text(told) == "草稿已于 09:00 保存"
    page = text(browser.get(f"/inbox/{task_id}"))
    assert "半句" in page
    assert "不是日期" in page
    kept = browser.post(f"/inbox/{task_id}", subject="另一句", _draft="1")
    assert kept.status_code == 303
    assert house.task(task_id).draft["subject"] == "另一句"


def test_a_draft_that_cannot_be_kept_says_why(house, browse):
    task_id = house.begin()
    done(house, task_id)
    told = browse("lawyer1").post(f"/inbox/{task_id}/draft", subject="半句")
    assert told.status_code == 409
    assert "完成此任务" in text(told)


def test_a_colleagues_draft_is_named_as_such(house, browse):
    task_id = house.begin()
    house.engine.run(SaveDraft(task_id, {"subject": "同事的"}), house.cast["lawyer2"])
    assert "同事已开始填写此表单" in text(browse("lawyer1").get(f"/inbox/{task_id}"))


def test_files_go_into_the_case_file_and_stay_when_something_else_is_wrong(house, browse):
    task_id, browser = house.begin(), browse("lawyer1")
    page = browser.post(f"/inbox/{task_id}", subject="", papers=(io.BytesIO("内容".encode()), "说明.txt"))
    assert page.status_code == 422
    assert "说明" in text(page)
    lead_id = house.task(task_id).data["lead_id"]
    with house.engine.reading() as session:
        (kept,) = documents.list_documents(session, lead_id)
    assert f'value="{kept.id}"' in text(page)
    refused = browser.post(f"/inbox/{task_id}", subject="货款", papers=(io.BytesIO(b"MZ"), "virus.exe"))
    assert refused.status_code == 422
    assert "无法接收“virus.exe”" in text(refused)
    browser.post(f"/inbox/{task_id}", subject="货款", papers=kept.id)
    assert house.task(task_id).submitted["papers"] == [kept.id]


def test_a_document_of_another_case_cannot_be_named(house, browse):
    task_id = house.begin()
    given = {"lead_id": "b" * 32, "kind": "memo", "title": "秘密", "media_type": documents.TEXT, "content": b"x"}
    other = house.engine.run(Do(lambda context: documents.add_document(context, **given)), house.cast["lawyer2"])
    browse("lawyer1").post(f"/inbox/{task_id}", subject="货款", papers=other.id)
    assert house.task(task_id).submitted["papers"] == []


def test_claim_and_give_back(house, browse):
    task_id, browser = house.begin(), browse("lawyer1")
    browser.post(f"/inbox/{task_id}/claim")
    assert house.task(task_id).row.assignee == house.cast["lawyer1"].id
    assert "退回小组" in text(browser.get(f"/inbox/{task_id}"))
    assert browse("lawyer2").get(f"/inbox/{task_id}").status_code == 403
    browser.post(f"/inbox/{task_id}/release")
    assert house.task(task_id).row.assignee is None


def test_a_task_is_handed_to_a_colleague_of_the_role_only(house, browse):
    task_id, browser = house.begin(), browse("lawyer1")
    for wrong in (house.cast["finance"].id, house.cast["lawyer1"].id, ""):
        page = browser.post(f"/inbox/{task_id}/assign", person=wrong)
        assert page.status_code == 422
        assert "请选择接办人" in text(page)
    assert browser.post(f"/inbox/{task_id}/assign", person=house.cast["lawyer2"].id).status_code == 303
    assert house.task(task_id).row.assignee == house.cast["lawyer2"].id
    assert "任务已转交王若谷" in text(browser.get("/inbox"))


def test_a_step_that_breaks_shows_a_reference_and_loses_nothing(house, browse):
    task_id = house.begin()
    page = browse("lawyer1").post(f"/inbox/{task_id}", subject="崩溃", day="2026-11-25")
    assert page.status_code == 500
    assert "环节“写备忘录”执行失败" in text(page)
    assert "参考编号" in text(page)
    assert "日期：2026-11-25" in text(page)
    assert "the pen is empty" not in text(page)
    assert house.task(task_id).state == "open"
    assert house.task(task_id).draft["day"] == "2026-11-25"
