"""axe finds nothing on the pages that everybody uses: light and dark, desktop and phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from engine import SYSTEM, Bundle, DeployProcess, StartInstance, queries
from tests.browser.conftest import Served
from tests.web.conftest import DIAGRAM, FORM, Do
from workflows.records import documents, links, mails, people

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = [(theme, size) for theme in ("light", "dark") for size in ((1440, 900), (390, 844))]
ASK = """async () => {
    const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']});
    return found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.target.join(' ')).join(' | ')}`);
}"""


def violations(page: Page, address: str) -> list[str]:
    """What axe finds on a page in each look."""
    page.goto(address)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = []
    for theme, (width, height) in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        found += [f"{theme} {width}px {each}" for each in page.evaluate(ASK)]
    return found


def issue_link(demo: Served) -> str:
    """The address of a client's page with a form and a document."""
    asks = DIAGRAM.replace("承办律师", "客户").replace('id="memo"', 'id="asks"').replace('bpmnElement="memo"', 'bpmnElement="asks"')
    complete = 'name="complete" value="memo.write"', 'name="prefill" value="memo.read"'
    for part in complete:
        asks = asks.replace(f"<spiff:property {part}/>", "")
    asks = asks.replace(' name="panels"', ' name="noted"')
    start, _, rest = asks.partition('<bpmn:serviceTask id="Service_Keep"')
    asks = start.replace('targetRef="Service_Keep"', 'targetRef="Event_Done"') + rest.partition("</bpmn:serviceTask>")[2]
    asks = asks.replace('<bpmn:sequenceFlow id="F4" sourceRef="Service_Keep" targetRef="Event_Done"/>', "").replace("F4", "F3")
    demo.firm.run(DeployProcess((Bundle("asks", asks.encode(), {}, {"memo/write": FORM}),)), SYSTEM)
    instance_id = demo.firm.run(StartInstance("asks"), SYSTEM)

    def issue(context: Any) -> str:
        given = {"lead_id": "a" * 32, "kind": "memo", "title": "期望确认书", "media_type": documents.TEXT, "content": b"x"}
        document = documents.add_document(context, **given)
        about = {"purpose": "default", "element_id": "Task_Write", "instance_id": instance_id, "lead_id": "a" * 32}
        _link, url = links.issue_link(context, **about, recipient_name="张三", document_ids=[document.id])
        mails.record_mail(
            context, to="a@b.invalid", subject="请确认", body=f"您好：{url}", lead_id=None, attachments=[document.id], via="stored"
        )
        return url

    return str(demo.firm.run(Do(issue), SYSTEM))


def test_axe_finds_nothing(browser: Browser, demo: Served) -> None:
    link = issue_link(demo)
    with demo.firm.reading() as session:
        cast = {each.login: people.person_actor(each) for each in people.list_people(session)}
    for _ in range(2):
        instance_id = demo.firm.run(StartInstance("intake"), cast["desk"])
    with demo.firm.reading() as session:
        task_id = queries.list_open_tasks(session, instance_id)[0].id
        mail_id = mails.list_mails(session)[0].id
    page = browser.new_page(locale="zh-CN")
    found = {name: violations(page, demo.address + path) for name, path in (("start", "/"), ("missing", "/nothing"))}
    found["client"] = violations(page, link)
    page.goto(demo.address)
    page.get_by_role("button", name="周晓雯").click()
    page.wait_for_url("**/inbox")
    inside = {"inbox": "/inbox", "task": f"/inbox/{task_id}", "mails": "/operations/mails", "mail": f"/operations/mails/{mail_id}"}
    found |= {name: violations(page, demo.address + path) for name, path in inside.items()}
    page.context.clear_cookies()
    page.goto(demo.address)
    page.get_by_role("button", name="许维安").click()
    page.wait_for_url("**/inbox")
    found |= {name: violations(page, demo.address + f"/{name}") for name in ("operations", "processes/intake")}
    page.context.close()
    assert {name: each for name, each in found.items() if each} == {}
