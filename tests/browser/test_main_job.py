"""The main job: one matter from the first call to the archive, done by the firm's people in a real browser.

Everybody has a browser context of their own, as four and more people at four desks have; the client has only links.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.browser.conftest import Served
from tests.browser.entries import Upload, fill, settle
from tests.workflows.acceptance.test_paths import YES
from tests.workflows.assessment.test_paths import LEGALITY, MERITS, SUBJECT
from tests.workflows.casework import SIGNATURE, TERMS
from tests.workflows.closing.conftest import APPLICATION, DELIVERY, SUMMARY
from tests.workflows.closing.conftest import RECEIPT as GOODS_RECEIVED
from tests.workflows.engagement_contract.test_paths import SEAL
from tests.workflows.expectations.test_paths import CONFIRM as AGREED
from tests.workflows.expectations.test_paths import MEETING
from tests.workflows.fees.test_paths import INVOICE, RECEIPT
from tests.workflows.filing.conftest import ACCEPT, COVER, SHELVE, SUBMIT
from tests.workflows.intake.test_paths import CONFIRM, OUTLINE, PERSON, REGISTER
from tests.workflows.matter_opening.test_paths import FILE, PLAN
from tests.workflows.periodic_update.test_paths import UPDATE
from tests.workflows.survey.conftest import ANSWER
from web.scheduler import start_ticking

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS")
TRIES = 15
PEOPLE = {
    "desk": "周晓雯", "lawyer1": "李明轩", "lawyer2": "王若谷", "partner1": "陈敬之", "partner2": "赵文澜", "compliance": "孙清和",
    "finance": "吴静怡", "finance2": "钱慎行", "archivist": "郑书卷", "admin": "许维安", "director": "林致远",
}  # fmt: skip
HIT = {**OUTLINE, "opposing_parties": [{"name": "周慕青", "kind": "person"}]}


class Office:
    """The firm's people, each at a browser of their own, and the client with what was mailed."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.pages: dict[str, Page] = {}
        self.shots = 0

    def page(self, login: str) -> Page:
        """Somebody's page, logged in by their card on the start page."""
        if login not in self.pages:
            page = self.browser.new_context(locale="zh-CN").new_page()
            page.goto(self.address)
            page.get_by_role("button", name=PEOPLE[login]).click()
            expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
            self.pages[login] = page
        return self.pages[login]

    def look(self, page: Page, name: str) -> None:
        """Keep a screenshot where SHOTS names a folder."""
        if SHOTS:
            self.shots += 1
            page.screenshot(path=Path(SHOTS) / f"{self.shots:02d}-{name}.png", full_page=True)

    def do(self, login: str, task: str, values: dict[str, Any], **rows: dict[str, Any]) -> Page:
        """Somebody opens a task of their inbox, fills its form, each row of a list alike, and completes it."""
        page = self.open(login, task)
        fill(page, {**values, **{name: [row] * self.count(page, name) for name, row in rows.items()}})
        self.look(page, task)
        self.complete(page)
        return page

    def open(self, login: str, task: str) -> Page:
        """Somebody chooses a task in their inbox; it may come a moment later, when a letter has been rendered."""
        page = self.page(login)
        self.await_link(page, "/inbox", self.row(page, task)).click()
        expect(page.get_by_role("heading", level=1, name=task)).to_be_visible()
        settle(page)
        return page

    def count(self, page: Page, rows: str) -> int:
        """How many rows a list of the open form begins with."""
        return page.locator(f'#task-form input[type=hidden][name^="{rows}."][name$="._"]').count()

    def await_link(self, page: Page, path: str, link: Locator) -> Locator:
        """Look at a page again until a link stands on it."""
        for _ in range(TRIES):
            page.goto(self.address + path)
            try:
                link.wait_for(timeout=2000)
                break
            except Error:
                continue
        return link

    def complete(self, page: Page) -> None:
        """Press the button, and see that nothing is asked again."""
        with page.expect_response(lambda response: response.request.method == "POST" and "/draft" not in response.url) as caught:
            page.locator("button[data-complete]").click()
        if caught.value.status == 422:
            self.look(page, "refused")
            settle(page)
            raise AssertionError(page.locator(".err").all_inner_texts())
        assert caught.value.status < 400, caught.value.status
        settle(page)

    def client(self, subject: str, values: dict[str, Any]) -> None:
        """The client opens the link of the newest mail with this subject on a phone, reads, and answers."""
        admin = self.page("admin")
        self.await_link(admin, "/operations/mails", admin.get_by_role("link", name=subject).first).click()
        link = admin.get_by_role("link", name="以客户身份打开").get_attribute("href")
        assert link
        phone = self.browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
        phone.goto(self.address + re.sub(r"^https?://[^/]+", "", link))
        for paper in phone.locator(".client-docs a").all():
            found = phone.request.get(self.address + (paper.get_attribute("href") or ""))
            assert found.ok and found.headers["content-type"] == "application/pdf"
        fill(phone, {key: value for key, value in values.items() if key != "_proof"})
        self.look(phone, f"client-{subject[:8]}")
        self.complete(phone)
        phone.reload()
        expect(phone.locator("#task-form")).to_have_count(0)
        phone.context.close()

    def forward_until(self, login: str, path: str, shown: Callable[[Page], Locator]) -> None:
        """The presenter goes from timer to timer until something stands on somebody's page."""
        page = self.page(login)
        for _ in range(TRIES):
            page.goto(self.address + path)
            try:
                shown(page).wait_for(timeout=2000)
                return
            except Error:
                self.forward("timer")

    def row(self, page: Page, task: str) -> Locator:
        """A task's line in the inbox."""
        return page.locator("a.row").filter(has=page.get_by_text(task, exact=True)).first

    def forward(self, jump: str) -> None:
        """A presenter moves the demo firm's clock."""
        admin = self.page("admin")
        admin.goto(f"{self.address}/operations")
        with admin.expect_navigation():
            admin.locator(f"form:has(input[name=jump][value={jump}]) button:visible").first.click()


def take_in(office: Office) -> None:
    """Front desk and lawyer: the lead, the client's facts, the parties, the outline."""
    desk = office.page("desk")
    desk.get_by_role("button", name="新收案").click()
    expect(desk.get_by_role("heading", level=1, name="登记来访")).to_be_visible()
    fill(desk, REGISTER)
    office.complete(desk)
    wrong = {**PERSON, "id_number": "110105194912310021"}
    with pytest.raises(AssertionError, match="身份证号码不正确"):
        office.do("desk", "客户基本情况", wrong)
    expect(desk.locator('#task-form [name="address"]')).to_have_value(PERSON["address"])
    fill(desk, PERSON)
    office.complete(desk)
    office.do("desk", "需求与案情概要", HIT)
    office.do("desk", "指定接洽律师", {"lawyer_id": PEOPLE["lawyer1"]})
    lawyer = office.do("lawyer1", "律师补充确认", {**CONFIRM, **HIT})
    office.look(lawyer, "after-intake")


def clear_conflicts(office: Office) -> None:
    """A hit opens the gate: compliance judges, partners who are not on the matter vote until most agree."""
    office.do("lawyer1", "利益关系申报", {"has_interest": "no", "is_true": True})
    judged = {"identity": "DIFFERENT", "reason": "经核对证件，系同名不同人。", "judged_class": "WAIVABLE"}
    office.do("compliance", "逐条核实命中", {"hits": [{**judged, "identity": "SAME", "reason": "与申报一致。"}]})
    decision = {"decision": "CLEAR", "decision_reason": "王若谷不参与本案，无利害关系。"}
    for voter in ("partner1", "partner2"):
        office.do(voter, "冲突合议表决", decision)


def agree(office: Office) -> None:
    """Assessment, expectations confirmed by link, acceptance."""
    office.do("lawyer1", "主体资格审查", SUBJECT)
    office.do("lawyer1", "合法性审查", LEGALITY)
    office.do("lawyer1", "事实与法律分析", MERITS)
    office.do("lawyer1", "面谈与服务方案", MEETING)
    office.client("请阅读并确认《风险告知书》和《服务方案与期望确认书》", AGREED)
    apply = {"fee_mode": "fixed", "fee_estimate": "60000", "hours_budget": "60", "grounds": "证据充分，本所长于此类纠纷。"}
    office.do("lawyer1", "填写收案审批表", apply)
    office.do("partner1", "合伙人审批", YES)


def sign(office: Office) -> None:
    """The contract: drafted, reviewed clause by clause, signed by link, sealed."""
    office.do("lawyer1", "填写合同要素", TERMS)
    office.do("partner1", "合同签署关口", {}, clauses={"verdict": "ok"})
    office.client("请阅读并签署《委托代理合同》", SIGNATURE)
    office.do("desk", "用印登记", SEAL)


def open_matter(office: Office) -> None:
    """Fees and the client file; numbers are given."""
    office.do("desk", "核对客户档案", FILE)
    office.do("partner1", "团队与分工", {"backup_lawyer": PEOPLE["lawyer2"]})
    office.do("lawyer1", "首次办案计划", {**PLAN, "security_level": "internal"})
    office.do("finance", "登记收款", RECEIPT)
    office.do("finance2", "财务复核", {"check_decision": "ACCEPT"})
    office.do("finance", "开具发票", INVOICE)


def close(office: Office) -> None:
    """The lawyer asks for the end on the matter's page; summary, review, settlement, delivery, the client's receipt."""
    lawyer = office.page("lawyer1")
    lawyer.goto(f"{office.address}/matters")
    lawyer.get_by_role("link", name=re.compile("张三")).first.click()
    office.look(lawyer, "matter")
    lawyer.locator("summary", has_text="申请结案").click()
    lawyer.get_by_role("button", name="开始结案").click()
    office.do("lawyer1", "结案申请", {**APPLICATION, "closing_date": "2026-11-24"})
    office.do("lawyer1", "办案小结", SUMMARY, open_items={"plan": "交接跟进"})
    office.do("partner1", "结案审核", {"quality": "5", "decision": "APPROVE", "override_reason": "均已安排"})
    office.do("finance", "费用结算", {"settlement": "settled", "client_money_zero": True})
    paper = {"kind": "judgment", "name": "民事判决书", "copies": "1", "form": "original", "files": [Upload("民事判决书")]}
    office.do("lawyer1", "成果交付与结案说明", {**DELIVERY, "deliverables": [paper]})
    office.client("请签收办案成果", GOODS_RECEIVED)


def file_volume(office: Office) -> None:
    """The lawyer collects, the archivist accepts; the package downloads and proves itself."""
    office.do("lawyer1", "收集齐全与剔除", COVER, absences={"none": True, "reason": "本案没有该材料"})
    office.do("lawyer1", "自查并提交", SUBMIT)
    office.do("archivist", "接收检查", ACCEPT)
    office.do("archivist", "入库上架", SHELVE)


@pytest.fixture
def ticking(demo: Served) -> Iterator[str]:
    """The address of a demo firm that also ticks, as ``juanzong serve`` does."""
    scheduler = start_ticking(demo.firm, seconds=1)
    yield demo.address
    scheduler.shutdown()


def test_a_matter_goes_from_the_first_call_to_the_archive(browser: Browser, ticking: str, tmp_path: Path) -> None:
    office = Office(browser, ticking)
    take_in(office)
    clear_conflicts(office)
    agree(office)
    sign(office)
    open_matter(office)
    office.forward_until("lawyer1", "/inbox", lambda page: office.row(page, "编写进展通报"))
    office.do("lawyer1", "编写进展通报", UPDATE)
    close(office)
    survey = "请为我们的服务打分"
    office.forward_until("admin", "/operations/mails", lambda page: page.get_by_role("link", name=survey).first)
    office.client(survey, {**ANSWER, "lawyers": ANSWER["lawyers"] * 2})
    file_volume(office)
    archivist = office.page("archivist")
    archivist.goto(f"{ticking}/archive")
    office.look(archivist, "archive")
    archivist.locator(".reg td.what a").first.click()
    office.look(archivist, "volume")
    with archivist.expect_download() as caught:
        archivist.get_by_role("link", name=re.compile("下载")).first.click()
    bag = tmp_path / "bag"
    with zipfile.ZipFile(caught.value.path()) as packed:
        packed.extractall(bag)
    (folder,) = bag.iterdir()
    command = [sys.executable, "-m", "bagit", "--validate", str(folder)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
