"""The inbox with its script: keys, parts of the page in place, drafts that keep themselves, the demo's clock."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from engine import SYSTEM, Bundle, CompleteTask, DeployProcess, StartInstance, queries
from tests.browser.conftest import Served
from tests.web.conftest import DIAGRAM, FORM
from workflows.records import people

pytestmark = pytest.mark.browser


def begin(demo: Served, count: int) -> list[str]:
    """Some memos to write, by the diagram of the web tests without its handlers; returns their task ids."""
    source = DIAGRAM
    for name, value in (("complete", "memo.write"), ("prefill", "memo.read")):
        source = source.replace(f'<spiff:property name="{name}" value="{value}"/>', "")
    source = source.replace('name="panels"', 'name="noted"')
    start, _, rest = source.partition('<bpmn:serviceTask id="Service_Keep"')
    source = start.replace('targetRef="Service_Keep"', 'targetRef="Event_Done"') + rest.partition("</bpmn:serviceTask>")[2]
    source = source.replace('<bpmn:sequenceFlow id="F4" sourceRef="Service_Keep" targetRef="Event_Done"/>', "").replace("F4", "F3")
    demo.firm.run(DeployProcess((Bundle("memo", source.encode(), {}, {"memo/write": FORM}),)), SYSTEM)
    found = []
    for number in range(count):
        instance_id = demo.firm.run(StartInstance("memo", title=f"第{number + 1}案"), SYSTEM)
        with demo.firm.reading() as session:
            found.append(queries.list_open_tasks(session, instance_id)[0].id)
    return found


def test_a_lawyer_works_through_the_inbox_with_the_keyboard(browser: Browser, demo: Served) -> None:
    begin(demo, 3)
    page = browser.new_page(locale="zh-CN")
    page.goto(demo.address)
    page.get_by_role("button", name="李明轩").click()
    expect(page.locator("#list .row")).to_have_count(3)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="写备忘录")).to_be_visible()
    expect(page.locator(".crumb b")).to_have_text("第1案")
    page.keyboard.press("j")
    expect(page.locator(".crumb b")).to_have_text("第2案")
    page.keyboard.press("k")
    expect(page.locator(".crumb b")).to_have_text("第1案")
    # a wrong entry comes back in place, with the cursor in it
    page.keyboard.press("e")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("请填写此项。")).to_be_visible()
    expect(page.get_by_label("主题")).to_be_focused()
    # what is typed keeps itself
    page.get_by_label("主题").fill("货款备忘录")
    expect(page.get_by_text("草稿已于")).to_be_visible()
    # a choice shows its field without losing anything
    page.get_by_label("紧急").check()
    expect(page.get_by_label("紧急理由")).to_be_visible()
    expect(page.get_by_label("主题")).to_have_value("货款备忘录")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已完成，后续已进入下一位办理人的待办。")).to_be_visible()
    expect(page.locator(".crumb b")).to_have_text("第2案")
    expect(page.locator("#list .row")).to_have_count(2)
    expect(page.locator('.nav [data-count="all"]')).to_have_text("2")
    # the palette opens a task and moves the clock
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("第3案")
    expect(page.locator("#presults [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".crumb b")).to_have_text("第3案")
    before = page.locator(".clock time").inner_text()
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("快进一周")
    expect(page.locator("#presults [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("律所时间已到")).to_be_visible()
    expect(page.locator(".clock time")).not_to_have_text(before)
    expect(page.get_by_text("逾期").first).to_be_visible()
    page.context.close()


def test_two_people_at_one_task_and_nothing_typed_is_lost(browser: Browser, demo: Served) -> None:
    (task_id,) = begin(demo, 1)
    page = browser.new_page(locale="zh-CN", viewport={"width": 390, "height": 844})
    page.goto(demo.address)
    page.get_by_role("button", name="李明轩").click()
    page.locator("#list .row").click()
    page.get_by_label("主题").fill("我写了很久的备忘录")
    with demo.firm.reading() as session:
        other = next(people.person_actor(each) for each in people.list_people(session, "lawyer") if each.name == "王若谷")
    demo.firm.run(CompleteTask(task_id, {"subject": "更快"}), other)
    page.get_by_role("button", name="完成任务").last.click()
    expect(page.get_by_text("王若谷已于")).to_be_visible()
    expect(page.get_by_label("主题")).to_have_value("我写了很久的备忘录")
    page.context.close()
