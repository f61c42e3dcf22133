"""Operations: what is stuck can be repaired by the administrator, and only by them; the demo's clock and mails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import SYSTEM, CompleteTask, queries
from tests.web.conftest import Do, text
from workflows.records import documents, mails


@pytest.fixture
def stuck(house):
    """The id of the incident of a step that failed, and of its instance."""
    task_id = house.begin()
    instance_id = house.engine.run(CompleteTask(task_id, {"subject": "货款"}), house.cast["lawyer1"]).instance_id
    following = house.open_task(instance_id)
    house.behaviour["break"] = True
    house.engine.run(CompleteTask(following, {}), house.cast["partner1"])
    house.behaviour["break"] = False
    with house.engine.reading() as session:
        (incident,) = queries.list_incidents(session)
    return incident.id, instance_id


def incidents(house):
    with house.engine.reading() as session:
        return queries.list_incidents(session)


def test_the_page_shows_what_is_stuck_in_words(browse, stuck):
    page = text(browse("admin").get("/operations"))
    for part in ("归入案卷", "the shelf is full", "重试", "改数据或跳过", "张三 · 货款", "办理备忘录", "审计日志"):
        assert part in page


def test_a_failed_step_runs_again(browse, house, stuck):
    assert browse("admin").post(f"/operations/incidents/{stuck[0]}/retry").status_code == 303
    assert incidents(house) == []


def test_a_failed_step_is_skipped_with_a_reason_only(browse, house, stuck):
    refused = browse("admin").post(f"/operations/incidents/{stuck[0]}/skip", reason=" ", data='{"a": 1}')
    assert refused.status_code == 422
    assert "请填写理由" in text(refused)
    assert "{&#34;a&#34;: 1}" in text(refused)
    assert browse("admin").post(f"/operations/incidents/{stuck[0]}/skip", reason="人工已归入").status_code == 303
    assert incidents(house) == []


def test_data_that_are_no_json_come_back(browse, house, stuck):
    for what in ("retry", "skip"):
        page = browse("admin").post(f"/operations/incidents/{stuck[0]}/{what}", reason="x", data="not json")
        assert page.status_code == 422
        assert "JSON 对象" in text(page)
        assert "not json" in text(page)
    assert len(incidents(house)) == 1


def test_a_process_is_stopped_with_a_reason_only(browse, house, stuck):
    assert browse("admin").post(f"/operations/instances/{stuck[1]}/cancel", reason="").status_code == 422
    assert browse("admin").post(f"/operations/instances/{stuck[1]}/cancel", reason="重复").status_code == 303
    with house.engine.reading() as session:
        assert queries.get_instance(session, stuck[1]).state == "cancelled"


def test_the_director_reads_but_does_not_repair(browse, stuck):
    page = text(browse("director").get("/operations"))
    assert "归入案卷" in page
    assert "改数据或跳过" not in page
    assert browse("director").post(f"/operations/incidents/{stuck[0]}/retry").status_code == 403


@pytest.fixture
def mail(house):
    """A mail with a client's link and an attachment."""

    def send(context):
        document = documents.add_document(
            context, lead_id="a" * 32, kind="memo", title="通报", media_type=documents.TEXT, content="正文".encode()
        )
        body = "张三：\n\n请打开 http://127.0.0.1:8000/c/abcdefghijklmnopqrstuvwxyz012345 办理<b>。"
        return mails.record_mail(
            context, to="zhang@example.invalid", subject="请确认", body=body, lead_id="a" * 32, attachments=[document.id], via="stored"
        )

    return house.engine.run(Do(send), SYSTEM)


def test_a_mail_is_read_with_its_attachment_and_the_clients_way_in(browse, mail):
    browser = browse("lawyer1")
    assert "请确认" in text(browser.get("/operations/mails"))
    page = text(browser.get(f"/operations/mails/{mail.id}"))
    assert 'href="/c/abcdefghijklmnopqrstuvwxyz012345"' in page
    assert "办理&lt;b&gt;" in page
    assert text(browser.get(f"/operations/mails/{mail.id}/attachments/{mail.attachments[0]}")) == "正文"
    assert browser.get(f"/operations/mails/{mail.id}/attachments/{'0' * 32}").status_code == 404
    assert browser.get(f"/operations/mails/{'0' * 32}").status_code == 404


def test_a_real_firm_keeps_the_clients_way_in_to_the_client(browse, mail):
    page = text(browse("admin", demo=False).get(f"/operations/mails/{mail.id}"))
    assert "abcdefghijklmnopqrstuvwxyz012345" not in page
    assert "/c/…" in page
    assert browse("lawyer1", demo=False).get(f"/operations/mails/{mail.id}").status_code == 403
    assert browse("lawyer1", demo=False).get("/operations/mails").status_code == 403


def test_mails_come_in_pages(browse, house, mail, monkeypatch):
    monkeypatch.setattr("web.operations.routes.MAILS", 1)

    def send(context):
        return mails.record_mail(context, to="x@y.invalid", subject="第二封", body="", lead_id=None, attachments=[], via="stored")

    newest = house.engine.run(Do(send), SYSTEM)
    first = text(browse("admin").get("/operations/mails"))
    assert "第二封" in first
    assert "请确认" not in first
    assert "请确认" in text(browse("admin").get(f"/operations/mails?after={newest.id}"))


def test_the_demos_clock_moves_and_comes_back_to_the_page(browse, house, monkeypatch, clock):
    moved = []
    monkeypatch.setattr("web.operations.routes.MoveClock", lambda to: Do(lambda context: moved.append(to)))
    browser = browse("lawyer1")
    now = clock.now()
    for jump, target in (("day", now + timedelta(days=1)), ("week", now + timedelta(days=7)), ("timer", now)):
        answer = browser.post("/operations/clock", jump=jump, next="/inbox?view=late")
        assert answer.headers["Location"] == "/inbox?view=late"
        assert moved.pop() == target
    assert "没有等待中的定时器" in text(browser.get("/inbox"))
    assert browser.post("/operations/clock", jump="year").status_code == 400
    assert "演示时钟" in text(browser.get("/inbox"))


def test_a_real_firms_clock_cannot_be_moved(browse):
    browser = browse("admin", demo=False)
    assert browser.post("/operations/clock", jump="day").status_code == 403
    assert "演示时钟" not in text(browser.get("/inbox"))


def test_the_designer_reads_the_deployed_processes(browse):
    browser = browse("designer")
    assert "办理备忘录" in text(browser.get("/processes"))
    page = text(browser.get("/processes/memo"))
    assert "第 1 版" in page
    assert browser.get("/processes/memo/1.bpmn").mimetype == "application/xml"
    assert browser.get("/processes/memo/2.bpmn").status_code == 404
