"""Case files on the screen: who sees which, what a lawyer asks of one, and the client's file."""

from __future__ import annotations

import pytest

from engine import SYSTEM, Bundle, DeployProcess, ReceiveMessage, RunOperation, StartInstance, queries
from tests.web.conftest import Browser, text
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from web.app import create_app
from web.i18n import catalogue
from web.settings import Settings
from workflows.records import client_files, communications, documents, leads, links, matters

TITLE = "张三 · 买卖合同纠纷"
CALL = {
    "at": "2026-11-24T08:30", "channel": "phone", "direction": "in", "persons": "张三、李四",
    "summary": "询问保全进展，已答复。", "follow_up": "裁定后告知", "follow_up_on": "2026-12-01",
}  # fmt: skip


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    """A lead with a signed contract, before its matter."""
    engine = open_small_firm(sqlite_url, clock, tmp_path, "fees", "periodic_update")
    case = Case(engine)
    case.register()
    case.contract_id = sign_contract(case)
    yield case
    engine.database.dispose()


@pytest.fixture
def running(case):
    """The same with its matter running, its updates under way and its fees planned."""
    made = open_case(case, case.contract_id)
    case.matter_id = made["matter_id"]
    client_id = client_of(case)

    def file(context):
        context.session.get(matters.MatterRow, case.matter_id).client_id = client_id
        client_files.open_client_file(context, client_id)

    case.run(file)
    common = {"lead_id": case.lead_id, "lawyer_id": case.cast["lawyer1"].id, "matter_type": "civil", "title": TITLE}
    case.firm.run(StartInstance("fees", {**common, "contract_id": case.contract_id}, business_key=case.lead_id), SYSTEM)
    payload = {**common, "matter_id": case.matter_id, "volume_id": made["volume_id"], "client_name": "张三"}
    (case.instance_id,) = case.firm.run(ReceiveMessage("matter.opened", case.matter_id, payload), SYSTEM)
    case.settle()
    return case


def client_of(case):
    with case.firm.reading() as session:
        return leads.get_lead(session, case.lead_id).client_id


@pytest.fixture
def browse(case, tmp_path):
    """A browser of somebody by login."""
    app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=True), case.firm)
    app.testing = False

    def open_browser(login, language="zh"):
        client = app.test_client()
        client.set_cookie("language", language)
        with client.session_transaction() as session:
            session["token"] = "token-of-a-test"
            if login:
                session["person"] = case.cast[login].id
        return Browser(client)

    return open_browser


# -- who sees what ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("lawyer1", 200), ("partner1", 200), ("director", 200), ("compliance", 200), ("finance", 200), ("archivist", 200),
        ("desk", 200), ("lawyer2", 403), ("designer", 403), ("admin", 403), ("", 302),
    ],
)  # fmt: skip
def test_a_case_is_open_to_its_people_and_those_who_watch_over_all(running, browse, login, status):
    answer = browse(login).get(f"/cases/{running.lead_id}")
    assert answer.status_code == status
    assert ("对方收货后一年未付货款" in text(answer)) == (status == 200 and login != "desk")


def test_the_front_desk_sees_the_outside_only(running, browse):
    page = text(browse("desk").get(f"/cases/{running.lead_id}"))
    assert "示例贸易有限公司" in page
    for inside in ("¥60,000.00", "随信附上律师服务费清单", "立即通报进展", "申请结案"):
        assert inside not in page


def test_before_the_matter_the_lead_s_lawyer_sees_it(case, browse):
    for login, status in (("lawyer1", 200), ("lawyer2", 403), ("desk", 200)):
        assert browse(login).get(f"/cases/{case.lead_id}").status_code == status
    assert "尚未立案" not in text(browse("lawyer1").get(f"/cases/{case.lead_id}"))


def test_a_stand_in_of_the_team_sees_it(running, browse):
    members = {running.cast["lawyer1"].id: "lead", running.cast["lawyer2"].id: "backup"}
    running.run(lambda context: matters.set_team(context, running.matter_id, members))
    assert browse("lawyer2").get(f"/cases/{running.lead_id}").status_code == 200


@pytest.mark.parametrize("lead_id", ["0" * 32, "nonsense", "x" * 400])
def test_an_unknown_case_is_not_found(case, browse, lead_id):
    assert browse("partner1").get(f"/cases/{lead_id}").status_code == 404


@pytest.mark.parametrize(
    ("login", "status"), [("lawyer1", 200), ("partner1", 200), ("finance", 200), ("desk", 200), ("lawyer2", 404), ("admin", 404)]
)
def test_a_document_is_open_to_those_to_whom_its_place_is(running, browse, login, status):
    with running.firm.reading() as session:
        fee_list = documents.find_latest(session, running.lead_id, "fee_list")
    assert browse(login).get(f"/documents/{fee_list.id}").status_code == status


def test_advice_is_closed_to_the_front_desk(running, browse):
    def add(context):
        given = {"kind": "memo", "title": "代理意见", "media_type": documents.TEXT, "content": b"x", "slot": "counsel_opinion"}
        return documents.add_document(context, lead_id=running.lead_id, **given).id

    document_id = running.run(add, "lawyer1")
    assert browse("desk").get(f"/documents/{document_id}").status_code == 404
    assert browse("partner1").get(f"/documents/{document_id}").status_code == 200


# -- the list ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "query", "found"),
    [
        ("lawyer1", "", True), ("lawyer2", "", False), ("partner1", "", True), ("partner1", "?mine=1", False),
        ("partner1", "?kind=leads", False), ("partner1", "?kind=all", True), ("partner1", "?kind=ended", False),
        ("partner1", "?state=ACTIVE", True), ("partner1", "?state=CLOSING", False), ("partner1", "?q=卷律民字", True),
        ("partner1", "?q=%25", False), ("partner1", "?q=张三", True), ("partner1", "?lawyer=nobody", False),
        ("partner1", "?kind=nonsense&state=nonsense", True), ("admin", "?kind=all", False),
    ],
)  # fmt: skip
def test_the_list_holds_what_one_may_see_and_asked_for(running, browse, login, query, found):
    page = text(browse(login).get(f"/matters{query}"))
    assert (f"/cases/{running.lead_id}" in page) == found


def test_open_leads_stand_under_their_own_heading(case, browse):
    page = text(browse("lawyer1").get("/matters?kind=leads"))
    assert f"/cases/{case.lead_id}" in page
    assert "XS-2026-000001" in page


def test_a_long_list_goes_on_on_the_next_page(case, browse):
    def add(context):
        for _ in range(51):
            leads.register_lead(context, {"contact_name": "王五"})

    case.run(add)
    browser = browse("partner1")
    first = text(browser.get("/matters?kind=leads"))
    assert first.count("/cases/") == 50
    after = first.split("before=")[1].split('"')[0]
    assert text(browser.get(f"/matters?kind=leads&before={after}")).count("/cases/") == 2


# -- the page ---------------------------------------------------------------------------------------------------------------


def test_a_case_shows_the_whole_way(running, browse):
    page = text(browse("lawyer1").get(f"/cases/{running.lead_id}"))
    with running.firm.reading() as session:
        definition = queries.get_instance(session, running.instance_id).definitions["periodic_update"]
    shown = (
        TITLE, "（2026）卷律民字第0001号", "办理中", "KH-2026-00002", "李明轩", "示例贸易有限公司", "¥60,000.00", "待收",
        "费用清单", "登记收款", "律师服务费清单", f'data-diagram="/diagrams/{definition}"', "Gateway_Wait", "立即通报进展",
    )  # fmt: skip
    assert [part for part in shown if part not in page] == []


def test_it_is_english_one_click_away(running, browse):
    page = text(browse("partner1", "en").get(f"/cases/{running.lead_id}"))
    assert [part for part in ("Contract and fees", "Opposing party", "To be paid", "Register the receipt") if part not in page] == []


def test_an_update_asked_for_leads_to_its_form(running, browse):
    answer = browse("lawyer1").post(f"/cases/{running.lead_id}/update", event="一审开庭")
    assert answer.status_code == 302
    running.settle()
    assert answer.location.startswith("/inbox/")
    assert running.first_values("Task_WriteUpdate", "lawyer1")["latest"] == "一审开庭"
    page = text(browse("lawyer1").get(f"/cases/{running.lead_id}"))
    assert "编写进展通报" in page
    assert "立即通报进展" not in page


def test_a_partner_asks_and_the_lawyer_writes(running, browse):
    answer = browse("partner1").post(f"/cases/{running.lead_id}/update")
    assert answer.location == f"/cases/{running.lead_id}?asked=periodic_update"
    assert running.open_tasks() == {"Task_WriteUpdate"}


@pytest.mark.parametrize("what", ["update", "close", "communications"])
def test_a_stranger_and_a_forged_post_are_refused(running, browse, what):
    assert browse("lawyer2").post(f"/cases/{running.lead_id}/{what}", **CALL).status_code == 403
    assert browse("lawyer1").client.post(f"/cases/{running.lead_id}/{what}", data=CALL).status_code == 400


@pytest.mark.parametrize("login", ["desk", "finance", "archivist", "compliance"])
@pytest.mark.parametrize("what", ["update", "close"])
def test_who_only_sees_a_case_asks_nothing_of_it(running, browse, login, what):
    assert browse(login).post(f"/cases/{running.lead_id}/{what}").status_code == 403


def test_closing_is_asked_for_once(running, browse):
    browser = browse("lawyer1")
    assert browser.post(f"/cases/{running.lead_id}/close").status_code == 302
    with running.firm.reading() as session:
        sent = [line for line in queries.list_audit(session) if line.event == "matter.closing_requested"]
    assert len(sent) == 1
    running.run(lambda context: matters.start_closing(context, running.matter_id))
    answer = browser.post(f"/cases/{running.lead_id}/close")
    assert answer.status_code == 422
    assert "案件当前状态不能这样办理" in text(answer)


def test_a_lead_without_a_matter_cannot_be_closed(case, browse):
    assert browse("lawyer1").post(f"/cases/{case.lead_id}/close").status_code == 404


# -- the communication log --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["lawyer1", "partner1", "desk"])
def test_a_conversation_is_kept(running, browse, login):
    browser = browse(login)
    answer = browser.post(f"/cases/{running.lead_id}/communications", **CALL)
    assert answer.status_code == 302
    with running.firm.reading() as session:
        (entry,) = [row for row in communications.list_communications(session, running.lead_id) if row.channel == "phone"]
    assert (entry.persons, entry.follow_up, entry.by) == (("张三", "李四"), "裁定后告知", running.cast[login].id)
    assert entry.at.isoformat() == "2026-11-24T00:30:00+00:00"
    assert entry.matter_id == running.matter_id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"at": "yesterday"}, "日期不正确。"), ({"at": "2026-11-25T09:00"}, catalogue()["This moment has not come yet."]), ({"channel": "pigeon"}, "请选择。"),
        ({"persons": " "}, "请填写此项。"), ({"summary": ""}, "请填写此项。"), ({"summary": "长" * 4001}, "最多4000个字。"),
        ({"follow_up_on": "2026-13-01"}, "日期不正确。"),
    ],
)  # fmt: skip
def test_a_wrong_entry_comes_back_with_what_was_typed(running, browse, change, sentence):
    answer = browse("lawyer1").post(f"/cases/{running.lead_id}/communications", **{**CALL, **change})
    page = text(answer)
    assert answer.status_code == 422
    assert sentence in page
    assert "裁定后告知" in page
    with running.firm.reading() as session:
        assert [row for row in communications.list_communications(session, running.lead_id) if row.channel == "phone"] == []


def test_a_link_cannot_use_the_operations(running):
    from engine import Actor  # noqa: PLC0415 - only here
    from engine.errors import NotAllowed  # noqa: PLC0415

    link = Actor("link:1", "张三", frozenset(), "link")
    for operation in ("matters.request_closing", "updates.request"):
        with pytest.raises(NotAllowed):
            running.firm.run(RunOperation(operation, {"matter_id": running.matter_id}), link)


# -- the client's file ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "status", "money"),
    [("lawyer1", 200, True), ("partner1", 200, True), ("desk", 200, False), ("lawyer2", 404, False), ("admin", 403, False)],
)
def test_a_client_has_one_file_with_matters_contracts_and_receipts(running, browse, login, status, money):
    answer = browse(login).get(f"/matters/clients/{client_of(running)}")
    page = text(answer)
    assert answer.status_code == status
    assert ("（2026）卷律民字第0001号" in page) == (status == 200)
    assert ("HT-2026-00001" in page) == money
    assert "11010519491231002X" not in page


@pytest.mark.parametrize(("login", "found"), [("lawyer1", True), ("lawyer2", False), ("partner1", True), ("desk", True)])
def test_the_list_of_clients_holds_one_s_own(running, browse, login, found):
    assert (f"/matters/clients/{client_of(running)}" in text(browse(login).get("/matters/clients?q=张"))) == found


def test_an_unknown_client_is_not_found(case, browse):
    assert browse("partner1").get(f"/matters/clients/{'0' * 32}").status_code == 404


def test_a_link_that_no_mail_carries_is_handed_over_on_the_case_page(running, browse):
    given = {"purpose": "closing_receipt", "element_id": "Task_A", "instance_id": "i1", "lead_id": running.lead_id}
    link = running.run(lambda context: links.issue_link(context, **given, recipient_name="张三")[0])
    desk = browse("desk")
    page = text(desk.get(f"/cases/{running.lead_id}"))
    assert "签收办案成果" in page
    assert "/c/" not in page
    answer = desk.post(f"/cases/{running.lead_id}/links/{link.id}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    token = text(answer).partition("/c/")[2].partition("<")[0].partition('"')[0]
    with running.firm.reading() as session:
        assert links.find_link(session, token).element_id == "Task_A"
    assert "上次交付" in text(desk.get(f"/cases/{running.lead_id}"))
    assert "当面交付链接" in text(browse("lawyer1").get(f"/cases/{running.lead_id}"))
    assert desk.post(f"/cases/{'0' * 32}/links/{link.id}").status_code == 404
    running.run(lambda context: links.revoke_link(context, link.id))
    assert desk.post(f"/cases/{running.lead_id}/links/{link.id}").status_code == 422


NOTE = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
  xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core"><bpmn:process id="note" name="便签" isExecutable="true">
  <bpmn:extensionElements><spiff:properties><spiff:property name="begin_on" value="matter"/>
  <spiff:property name="begin_by" value="team, finance"/><spiff:property name="hint_en" value="A note for the file"/>
  <spiff:property name="name_en" value="Note"/></spiff:properties></bpmn:extensionElements><bpmn:laneSet id="L">
  <bpmn:lane id="Lane_L" name="承办律师"><bpmn:flowNodeRef>Task_Note</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
  <bpmn:startEvent id="Event_Begins"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="F1" sourceRef="Event_Begins" targetRef="Task_Note"/>
  <bpmn:userTask id="Task_Note" name="写便签"><bpmn:extensionElements><spiff:properties>
  <spiff:property name="assignee" value="starter_id"/></spiff:properties></bpmn:extensionElements>
  <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>
  <bpmn:sequenceFlow id="F2" sourceRef="Task_Note" targetRef="Event_Ends"/>
  <bpmn:endEvent id="Event_Ends"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent></bpmn:process></bpmn:definitions>""".encode()


def test_a_case_offers_what_its_diagrams_say_to_those_they_name(running, browse):
    running.firm.run(DeployProcess((Bundle("note", NOTE),)), SYSTEM)
    address = f"/cases/{running.lead_id}"
    assert "/begin/note" in text(browse("lawyer1").get(address)) and "/begin/note" in text(browse("finance").get(address))
    assert "/begin/note" not in text(browse("partner1").get(address))
    assert browse("partner1").post(f"{address}/begin/note").status_code == 403
    begun = browse("lawyer1").post(f"{address}/begin/note")
    task = text(browse("lawyer1").get(begun.headers["Location"]))
    assert begun.status_code == 302 and "写便签" in task and "/begin/note" not in task
    with running.firm.reading() as session:
        (row,) = [row for row in queries.list_instances(session, business_key=running.lead_id) if row.process_key == "note"]
        assert row.title == TITLE and row.started_by == running.cast["lawyer1"].id


def test_what_belongs_to_an_open_matter_is_not_offered_before_it(case, browse):
    case.firm.run(DeployProcess((Bundle("note", NOTE),)), SYSTEM)
    assert "/begin/note" not in text(browse("lawyer1").get(f"/cases/{case.lead_id}"))
    assert browse("lawyer1").post(f"/cases/{case.lead_id}/begin/note").status_code == 422
