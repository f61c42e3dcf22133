"""The archive half: from closing a matter to the tombstone of its volume when its years are over, by the people it is for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine import SYSTEM, StartInstance, sweep
from tests.browser.conftest import Served
from tests.browser.entries import Upload, fill
from tests.browser.test_main_job import PEOPLE, Office, close
from tests.workflows.casework import Case
from tests.workflows.filing.conftest import ACCEPT, COVER, SHELVE, SUBMIT
from tests.workflows.signed import open_case, sign_contract
from workflows.records import documents, tombstones, volumes

pytestmark = pytest.mark.browser
JUMPS = 120  # from timer to timer through twenty years
GROUP = ("director", "archivist", "partner1")
SUPERVISORS = ("lawyer2", "finance")
LOOK = {"condition": "good", "pages_found": "10", "proposal": "destroy"}


class ArchiveOffice(Office):
    """The firm's people around one volume; whatever they did takes effect before the next looks."""

    def __init__(self, browser: Browser, demo: Served, case: Case) -> None:
        super().__init__(browser, demo.address)
        self.firm, self.case = demo.firm, case

    def open(self, login: str, task: str) -> Page:
        self.rest()
        return super().open(login, task)

    def client(self, subject: str, values: dict[str, Any]) -> None:
        self.rest()
        super().client(subject, values)

    def rest(self) -> None:
        """Let the firm do what is due."""
        while sweep(self.firm):
            pass

    def volume(self) -> volumes.Volume:
        """The case's volume."""
        with self.firm.reading() as session:
            found = volumes.find_volume_by_lead(session, self.case.lead_id)
        assert found is not None
        return found

    def until(self, login: str, task: str) -> None:
        """From timer to timer on the operations page until a task stands in somebody's inbox."""
        page = self.page(login)
        for _ in range(JUMPS):
            page.goto(f"{self.address}/inbox")
            if self.row(page, task).count():
                return
            self.forward("timer")
        raise AssertionError(f"{task} never came")

    def people(self, *logins: str) -> list[str]:
        """The ids of some people, as a list of people holds them."""
        return [self.case.cast[login].id for login in logins]


def begin(browser: Browser, demo: Served) -> ArchiveOffice:
    """A matter that runs, too small to be kept for good, and a firm that appraises each November."""
    case = Case(demo.firm)
    case.register(amount="30000")
    made = open_case(case, sign_contract(case))
    lawyer_id = case.cast["lawyer1"].id
    given = {
        "lead_id": case.lead_id,
        "lawyer_id": lawyer_id,
        "team_ids": [lawyer_id],
        "client_id": "c" * 32,
        "client_name": "张三",
    }
    service = StartInstance(
        "service", {**given, **made, "matter_type": "civil", "title": "张三 · 买卖合同纠纷"}, business_key=case.lead_id
    )
    demo.firm.run(service, SYSTEM)
    demo.firm.run(StartInstance("appraisal_year"), SYSTEM)
    return ArchiveOffice(browser, demo, case)


def file_volume(office: ArchiveOffice) -> None:
    """The lawyer collects and hands in, the archivist accepts: a number, then a place on the shelf."""
    office.do("lawyer1", "收集齐全与剔除", {**COVER, "amount": "30000"}, absences={"none": True, "reason": "本案没有该材料"})
    page = office.open("lawyer1", "自查并提交")
    fill(page, SUBMIT)
    office.look(page, "hand-in")
    office.complete(page)
    assert office.volume().file_no is None
    office.do("archivist", "接收检查", ACCEPT)
    office.rest()
    assert office.volume().file_no
    office.do("archivist", "入库上架", SHELVE)
    office.rest()
    assert office.volume().state == volumes.STORED


def read_volume(office: ArchiveOffice) -> None:
    """The lawyer asks for the volume, and turns its pages in the reader."""
    page = office.page("lawyer1")
    page.goto(f"{office.address}/archive/{office.volume().id}")
    office.look(page, "volume-stored")
    page.goto(f"{office.address}/loans/new?volume={office.volume().id}")
    day = office.firm.clock.now().date().isoformat()
    wish = {"kind": "self", "purpose": "case", "purpose_note": "办理关联案件", "mode": "electronic", "until_on": day}
    fill(page, wish)
    office.look(page, "loan")
    office.complete(page)
    office.rest()
    page.goto(f"{office.address}/loans")
    page.get_by_role("link", name=re.compile("^阅览")).click()
    sheet = page.locator(".reader-sheet img")
    expect(sheet).to_be_visible()
    assert sheet.evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    page.locator("[data-turn=after]").click()
    expect(page.locator(".reader-place")).to_contain_text("2 /")
    office.look(page, "reader")
    page.get_by_role("button", name="阅毕").click()
    office.rest()


def appraise(office: ArchiveOffice) -> None:
    """The archivist looks, everybody gives an opinion, the group decides and each member signs."""
    office.do("archivist", "逐卷初审", {}, items=LOOK)
    office.do("lawyer1", "提出鉴定意见", {}, items={"agrees": "yes"})
    office.do("compliance", "合规意见", {}, items={"floors_ok": "yes", "hold": "no"})
    office.do("finance", "财务意见", {}, items={"accounting_ok": "yes"})
    decided = {"decision": "destroy", "reason": "无继续保存价值"}
    meeting = {"members": office.people(*GROUP), "minutes": [Upload("会议纪要")]}
    office.do("director", "召开鉴定会议", meeting, items=decided)
    for login in GROUP:
        office.do(login, "签署会议纪要", {"signature": PEOPLE[login]})
    office.rest()
    assert office.volume().state == volumes.TO_DESTROY


def approve(office: ArchiveOffice) -> None:
    """The director approves, the list is reported, published and waits out its time."""
    office.do("director", "批准销毁清册", {"decision": "approve"})
    day = office.firm.clock.now().date().isoformat()
    office.do("archivist", "报送销毁清册", {"authority": "示范市司法局", "sent_on": day, "way": "post"})
    office.until("archivist", "逐卷扫码核对")


def destroy(office: ArchiveOffice) -> None:
    """One supervisor is refused; two watch, and sign."""
    page = office.open("archivist", "逐卷扫码核对")
    fill(page, {"scanned": office.volume().file_no, "supervisors": office.people("lawyer2")})
    with pytest.raises(AssertionError, match="监销"):
        office.complete(page)
    fill(page, {"supervisors": office.people(*SUPERVISORS)})
    office.look(page, "scan")
    office.complete(page)
    office.do("archivist", "纸质销毁", {"method": "none"})
    for login in SUPERVISORS:
        office.do(login, "监销签字", {"seen": True, "signature": PEOPLE[login]})
    office.rest()


def find_tombstone(office: ArchiveOffice, file_no: str) -> Locator:
    """What the tombstone page says to the archivist."""
    page = office.page("archivist")
    page.goto(f"{office.address}/appraisals/tombstones?file_no={file_no}")
    office.look(page, "tombstone")
    return page.locator("main")


@pytest.mark.requirement("A1", "A10", "A11", "A14", "A16", "A17")
def test_a_volume_lives_from_the_closing_of_its_matter_to_its_tombstone(browser: Browser, demo: Served) -> None:
    office = begin(browser, demo)
    close(office)
    file_volume(office)
    file_no = str(office.volume().file_no)
    read_volume(office)
    office.until("archivist", "逐卷初审")
    assert office.firm.clock.now().year >= office.volume().expires_on.year  # type: ignore[union-attr]
    appraise(office)
    approve(office)
    destroy(office)
    assert office.volume().state == volumes.DESTROYED
    said = find_tombstone(office, file_no)
    expect(said).to_contain_text("核验通过")
    expect(said).to_contain_text("王若谷、吴静怡")
    expect(said).not_to_contain_text("张三")
    with office.firm.reading() as session:
        stone = tombstones.find_by_number(session, file_no)
        assert stone is not None and tombstones.find_fault(session, stone) == ""
        assert documents.list_documents(session, office.case.lead_id, include_superseded=True) == []
