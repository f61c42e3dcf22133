"""A lead goes from the front desk through the conflict gate in a real browser; each person has their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import sweep
from tests.browser.conftest import Served

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS")


def look(page: Page, name: str) -> None:
    """Keep a screenshot where SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def log_in(browser: Browser, address: str, name: str, **options) -> Page:
    page = browser.new_context(locale="zh-CN", **options).new_page()
    page.goto(address)
    page.get_by_role("button", name=name).first.click()
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
    return page


def write(page: Page, path: str, value: str) -> None:
    page.locator(f'[id="f-{path}"]').fill(value)


def choose(page: Page, path: str, value: str) -> None:
    """Tick a radio button or choose from a list; what depends on it is drawn again."""
    field = page.locator(f'#task-form select[name="{path}"]')
    if field.count():
        field.select_option(value)
    else:
        page.locator(f'#task-form input[name="{path}"][value="{value}"]').check()
    expect(page.locator(".htmx-request")).to_have_count(0)


def complete(page: Page, then: str) -> None:
    """Press the form's button; the page says what is wrong or done."""
    with page.expect_response(lambda response: response.request.method == "POST" and "/draft" not in response.url):
        page.locator("#task-form .acts button.p").last.click()
    expect(page.get_by_text(then).first).to_be_visible()


def go_on(page: Page, heading: str) -> None:
    """Press the form's button; the same person's next task opens."""
    page.locator("#task-form .acts button.p").last.click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def open_task(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/inbox")
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def register(desk: Page, opposing: str) -> None:
    """The desk's four forms."""
    desk.get_by_role("button", name="新收案").click()
    expect(desk.get_by_role("heading", name="登记来访")).to_be_visible()
    complete(desk, "请填写此项。")
    look(desk, "errors")
    for path, value in (("contact_name", "张三"), ("phone", "13800138000"), ("email", "zhang@example.com")):
        write(desk, path, value)
    choose(desk, "source", "phone")
    choose(desk, "urgency", "normal")
    choose(desk, "preferred_channel", "email")
    desk.locator('#task-form input[type=checkbox][name="privacy_notice_shown"]').check()
    choose(desk, "privacy_consent", "yes")
    go_on(desk, "客户基本情况")
    choose(desk, "kind", "person")
    expect(desk.locator('[id="f-name"]')).to_have_value("张三")
    choose(desk, "id_type", "cn_id")
    choose(desk, "capacity", "full")
    for path, value in (("id_number", "110105194912310021"), ("address", "北京市朝阳区"), ("service_address", "北京市朝阳区")):
        write(desk, path, value)
    complete(desk, "身份证号码不正确")
    expect(desk.locator('[id="f-address"]')).to_have_value("北京市朝阳区")
    look(desk, "id-error")
    write(desk, "id_number", "11010519491231002X")
    go_on(desk, "需求与案情概要")
    choose(desk, "matter_type", "civil")
    write(desk, "cause", "买卖合同纠纷")
    write(desk, "summary", "货款八十万元逾期一年未付，多次催要无果，拟提起诉讼。")
    write(desk, "goal", "收回货款及利息")
    write(desk, "opposing_parties.0.name", opposing)
    choose(desk, "opposing_parties.0.kind", "person")
    look(desk, "outline")
    go_on(desk, "指定接洽律师")
    desk.locator('#task-form select[name="lawyer_id"]').select_option(label="李明轩")
    complete(desk, "已完成，后续已进入下一位办理人的待办。")


def write_letters(demo: Served) -> None:
    """Let the firm do what is owed: the process goes on when a paper is in the volume."""
    while sweep(demo.firm):
        pass


def confirm(browser: Browser, demo: Served) -> Page:
    """The lawyer completes the outline and declares nothing."""
    lawyer = log_in(browser, demo.address, "李明轩", color_scheme="dark")
    open_task(lawyer, demo.address, "律师补充确认")
    expect(lawyer.locator('[id="f-cause"]')).to_have_value("买卖合同纠纷")
    choose(lawyer, "intake_decision", "CONFIRMED")
    write(lawyer, "lawyer_view", "证据充分，建议受理。")
    look(lawyer, "lawyer-dark")
    complete(lawyer, "已完成")
    write_letters(demo)  # the intake form
    open_task(lawyer, demo.address, "利益关系申报")
    expect(lawyer.get_by_role("heading", name="本事项的当事人")).to_be_visible()
    choose(lawyer, "has_interest", "no")
    lawyer.locator('#task-form input[type=checkbox][name="is_true"]').check()
    return lawyer


def test_a_lead_without_a_conflict_goes_on_to_its_assessment(browser: Browser, demo: Served) -> None:
    register(log_in(browser, demo.address, "周晓雯"), "赵七")
    lawyer = confirm(browser, demo)
    complete(lawyer, "已完成")
    write_letters(demo)  # the review sheet
    lawyer.goto(f"{demo.address}/inbox")
    expect(lawyer.get_by_role("link", name="合法性审查")).to_be_visible()
    expect(lawyer.get_by_role("link", name="事实与法律分析")).to_be_visible()


def test_a_hit_opens_the_gate_and_a_partner_decides(browser: Browser, demo: Served) -> None:
    served = demo.address
    register(log_in(browser, served, "周晓雯"), "陈思远")
    complete(confirm(browser, demo), "已完成")
    compliance = log_in(browser, served, "孙清和")
    open_task(compliance, served, "逐条核实命中")
    expect(compliance.get_by_text("陈敬之的子女").first).to_be_visible()
    choose(compliance, "hits.0.identity", "SAME")
    choose(compliance, "hits.0.judged_class", "WAIVABLE")
    write(compliance, "hits.0.reason", "与合伙人申报的近亲属为同一人。")
    look(compliance, "judge")
    complete(compliance, "已完成")
    his_father = log_in(browser, served, "陈敬之")
    expect(his_father.get_by_text("没有符合条件的任务")).to_be_visible()
    partner = log_in(browser, served, "赵文澜", viewport={"width": 390, "height": 844})
    open_task(partner, served, "冲突合议表决")
    expect(partner.get_by_text("与合伙人申报的近亲属为同一人。").first).to_be_visible()
    choose(partner, "decision", "WAIVABLE")
    write(partner, "decision_reason", "承办律师与其无亲属关系，可以告知后豁免。")
    look(partner, "decide-phone")
    complete(partner, "已完成")


def test_pages_that_do_not_exist_and_strangers_are_told_politely(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.goto(f"{served}/no-such-page")
    expect(page.get_by_role("heading", name="页面不存在。")).to_be_visible()
    page.goto(f"{served}/inbox")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
