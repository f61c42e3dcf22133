"""A lead goes from the front desk to the lawyer in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS")


def look(page: Page, name: str) -> None:
    """Keep a screenshot where SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def log_in(browser: Browser, address: str, name: str, **options) -> Page:
    page = browser.new_context(**options).new_page()
    page.goto(address)
    look(page, "start")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
    return page


def complete(page: Page) -> None:
    page.get_by_role("button", name="完成任务").click()


def test_a_lead_goes_from_the_desk_to_the_lawyer(browser: Browser, served: str) -> None:
    desk = log_in(browser, served, "周晓雯")
    desk.get_by_role("button", name="新收案").click()
    complete(desk)
    expect(desk.get_by_text("请填写此项。").first).to_be_visible()
    look(desk, "errors")
    desk.get_by_label("来访渠道").select_option("phone")
    desk.get_by_label("联系人").fill("张三")
    desk.get_by_label("手机").fill("13800138000")
    desk.get_by_label("电子邮箱").fill("zhang@example.com")
    desk.get_by_label("邮件", exact=True).check()
    desk.get_by_label("一般").check()
    desk.get_by_label("已告知个人信息处理规则").check()
    complete(desk)
    expect(desk.get_by_role("heading", name="客户基本情况")).to_be_visible()
    desk.get_by_label("个人", exact=True).check()
    expect(desk.get_by_label("居民身份证号")).to_be_visible()
    desk.get_by_label("姓名 / 名称").fill("张三")
    desk.get_by_label("居民身份证号").fill("110105194912310021")
    desk.get_by_label("住所 / 注册地址").fill("北京市朝阳区")
    complete(desk)
    expect(desk.get_by_text("身份证号码不正确")).to_be_visible()
    expect(desk.get_by_label("姓名 / 名称")).to_have_value("张三")
    look(desk, "id-error")
    desk.get_by_label("居民身份证号").fill("11010519491231002X")
    complete(desk)
    expect(desk.get_by_role("heading", name="需求与案情概要")).to_be_visible()
    desk.get_by_label("业务类型").select_option("civil")
    desk.get_by_label("案由 / 事由").fill("买卖合同纠纷")
    desk.get_by_role("textbox", name="案情概要").fill("货款八十万元逾期一年未付，多次催要无果，拟提起诉讼。")
    desk.get_by_label("客户诉求").fill("收回货款及利息")
    desk.get_by_role("group", name="对方当事人").get_by_role("button", name="添加一行").click()
    desk.get_by_role("group", name="对方当事人").get_by_label("姓名 / 名称").fill("北京某某贸易有限公司")
    desk.get_by_role("group", name="对方当事人").get_by_label("类型").select_option("organisation")
    look(desk, "outline")
    complete(desk)
    expect(desk.get_by_role("heading", name="指定接洽律师")).to_be_visible()
    desk.get_by_role("combobox", name="接洽律师").select_option(label="李明轩")
    complete(desk)
    expect(desk.get_by_text("后续已进入下一位办理人的待办")).to_be_visible()

    lawyer = log_in(browser, served, "李明轩", color_scheme="dark")
    lawyer.get_by_role("link", name="律师补充确认").click()
    expect(lawyer.locator("svg .st-now").first).to_be_attached()
    expect(lawyer.get_by_label("案由 / 事由")).to_have_value("买卖合同纠纷")
    look(lawyer, "lawyer-dark")
    lawyer.get_by_label("律师初步意见").fill("证据充分，建议受理。")
    complete(lawyer)
    expect(lawyer.get_by_text("已完成，后续已进入下一位办理人的待办。")).to_be_visible()

    phone = log_in(browser, served, "王若谷", viewport={"width": 390, "height": 844})
    look(phone, "phone")
    expect(phone.get_by_text("没有符合条件的任务")).to_be_visible()
    admin = log_in(browser, served, "许维安")
    admin.goto(f"{served}/operations")
    look(admin, "operations")
    expect(admin.get_by_text("lead_registered")).to_be_visible()
    admin.goto(f"{served}/language/en?next=/operations")
    expect(admin.get_by_role("heading", name="Audit log")).to_be_visible()


def test_pages_that_do_not_exist_and_strangers_are_told_politely(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.goto(f"{served}/no-such-page")
    expect(page.get_by_role("heading", name="页面不存在。")).to_be_visible()
    page.goto(f"{served}/inbox")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
