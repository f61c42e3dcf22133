"""The page a client sees: one link, one task, polite when it is over, proof from the server only."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from engine import SYSTEM, Bundle, CancelInstance, Completion, DeployProcess, StartInstance, open_engine
from engine.errors import StateRefused
from web.app import create_app
from web.settings import Settings
from workflows.demo import open_demo_firm
from workflows.records import documents, identifiers, links
from workflows.roles import LANE_ROLES
from workflows.wiring import build_registry

DIAGRAM = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">
  <bpmn:process id="asks" name="客户确认" isExecutable="true">
    <bpmn:laneSet id="L"><bpmn:lane id="Lane_Client" name="客户"><bpmn:flowNodeRef>Task_Answer</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="Event_Asked"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="F1" sourceRef="Event_Asked" targetRef="Task_Answer"/>
    <bpmn:userTask id="Task_Answer" name="请您确认"><bpmn:extensionElements><spiff:properties>
      <spiff:property name="form" value="asks/answer"/><spiff:property name="complete" value="test.answer"/>
      <spiff:property name="name_en" value="Please confirm"/></spiff:properties></bpmn:extensionElements>
      <bpmn:incoming>F1</bpmn:incoming><bpmn:outgoing>F2</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="F2" sourceRef="Task_Answer" targetRef="Event_Answered"/>
    <bpmn:endEvent id="Event_Answered"><bpmn:incoming>F2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process></bpmn:definitions>"""
FORM = {
    "type": "default",
    "components": [
        {"type": "radio", "key": "decision", "label": "您的决定", "validate": {"required": True},
         "values": [{"value": "yes", "label": "同意"}, {"value": "no", "label": "不同意"}]},
        {"type": "textarea", "key": "why", "label": "理由", "validate": {"required": True, "maxLength": 20},
         "conditional": {"hide": '=decision != "no"'}},
        {"type": "filepicker", "key": "papers", "label": "材料", "multiple": True},
        {"type": "textfield", "key": "signature", "label": "签名", "properties": {"control": "signature"}},
    ],
}  # fmt: skip


class Do:
    """A command of one function."""

    def __init__(self, function):
        self.function = function

    def execute(self, context):
        return self.function(context)


@pytest.fixture
def answers():
    """What reached the completion."""
    return []


@pytest.fixture
def firm(sqlite_url, clock, answers):
    registry = build_registry()

    def answer(context, values, data):
        if values.get("why") == "refuse":
            raise StateRefused(what="the answer", old="open", new="closed", reason="test")
        answers.append(values)
        return {}

    registry.add([Completion("test.answer", answer)])
    engine = open_engine(sqlite_url, clock=clock, registry=registry, lane_roles=LANE_ROLES, checks=identifiers.CHECKS)
    open_demo_firm(engine)
    engine.run(DeployProcess((Bundle("asks", DIAGRAM.encode(), {}, {"asks/answer": FORM}),)), SYSTEM)
    yield engine
    engine.database.dispose()


@pytest.fixture
def paper(firm):
    """A document the link may show."""
    given = {"lead_id": "a" * 32, "kind": "memo", "title": "期望确认书", "media_type": documents.TEXT, "content": "正文".encode()}
    return firm.run(Do(lambda context: documents.add_document(context, **given)), SYSTEM)


@pytest.fixture
def path(firm, paper):
    """The address of an open link."""
    instance_id = firm.run(StartInstance("asks"), SYSTEM)
    given = {"purpose": "default", "element_id": "Task_Answer", "instance_id": instance_id, "lead_id": "a" * 32}
    _, url = firm.run(Do(lambda c: links.issue_link(c, **given, recipient_name="张三", document_ids=[paper.id], days=10)), SYSTEM)
    return url[url.index("/c/") :]


@pytest.fixture
def client(firm, tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="test"), firm)
    app.testing = True
    return app.test_client()


def post(client, path, **entries):
    client.get(path)
    with client.session_transaction() as session:
        token = session["token"]
    return client.post(path, data={"_token": token, **entries}, environ_base={"REMOTE_ADDR": "203.0.113.7"})


def text(response):
    return response.get_data(as_text=True)


def test_it_shows_what_is_asked_and_what_to_read(client, path, paper):
    page = client.get(path)
    assert page.status_code == 200
    for part in ("张三", "请您确认", "卷宗示范律师事务所", "期望确认书", "您的决定", "签名"):
        assert part in text(page)
    assert "理由" not in text(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    read = client.get(f"{path}/documents/{paper.id}")
    assert (read.status_code, text(read)) == (200, "正文")


def test_what_a_choice_hides_is_carried_along_and_stands_there_again(client, path):
    hidden = text(post(client, path, decision="yes", why="因为贵", _recheck="1"))
    assert '<input type="hidden" name="why" value="因为贵">' in hidden
    shown = text(post(client, path, decision="no", why="因为贵", _recheck="1"))
    assert "因为贵</textarea>" in shown


def test_the_script_of_the_page_is_led_to_the_thanks(client, path):
    client.get(path)
    with client.session_transaction() as session:
        token = session["token"]
    sent = client.post(path, data={"_token": token, "decision": "yes"}, headers={"HX-Request": "true"})
    assert sent.status_code == 204
    assert "已收到" in text(client.get(sent.headers["HX-Redirect"]))


def test_a_drawn_signature_has_its_field_wherever_scripts_run(client, path):
    assert '<div class="pad">' in text(client.get(path))


def test_it_is_english_one_click_away(client, path):
    client.set_cookie("language", "en")
    page = text(client.get(path))
    assert "Dear 张三," in page
    assert "Please confirm" in page
    assert "You need no account." in page


def test_an_answer_completes_the_task_and_leaves_proof(client, path, answers, paper, clock):
    sent = post(client, path, decision="yes", signature="张三", _proof="forged", **{"_proof.address": "forged"})
    assert sent.status_code == 303
    thanks = client.get(sent.headers["Location"])
    assert "已收到" in text(thanks)
    (values,) = answers
    assert (values["decision"], values["signature"]) == ("yes", "张三")
    proof = values["_proof"]
    assert proof["address"] == "203.0.113.7"
    assert proof["at"] == clock.now().isoformat()
    assert proof["agent"].startswith("Werkzeug")
    assert proof["documents"] == [{"id": paper.id, "kind": "memo", "sha256": paper.sha256}]
    assert proof["document_sha256"] == paper.sha256


def test_a_used_link_says_so_and_still_gives_the_documents(client, path, paper):
    post(client, path, decision="yes")
    again = client.get(path)
    assert again.status_code == 410
    assert "您已经答复" in text(again)
    assert client.get(f"{path}/documents/{paper.id}").status_code == 200
    assert post(client, f"{path}", decision="no", why="x").status_code == 410


def test_wrong_entries_come_back_with_their_messages(client, path, answers):
    page = post(client, path, decision="no", why="长" * 21, signature="张三")
    assert page.status_code == 422
    assert "最多 20 个字" in text(page)
    assert "长" * 21 in text(page)
    assert 'value="张三"' in text(page)
    assert answers == []


def test_a_choice_shows_its_fields_without_being_judged(client, path, answers):
    page = post(client, path, decision="no", _recheck="1")
    assert page.status_code == 200
    assert "理由" in text(page)
    assert "请填写此项" not in text(page)
    assert answers == []


def test_a_refusal_of_the_completion_keeps_what_was_typed(client, path):
    page = post(client, path, decision="no", why="refuse")
    assert page.status_code == 422
    assert "refuse" in text(page)


def test_files_go_into_the_case_and_stay_when_something_else_is_wrong(client, path, firm, answers):
    page = post(client, path, papers=(io.BytesIO("内容".encode()), "说明.txt"))
    assert page.status_code == 422
    assert "说明" in text(page)
    with firm.reading() as session:
        (kept,) = documents.list_documents(session, "a" * 32, kind="client_upload")
    assert f'value="{kept.id}"' in text(page)
    post(client, path, decision="yes", papers=kept.id)
    assert answers[0]["papers"] == [kept.id]


def test_a_file_that_cannot_be_taken_is_said_at_its_field(client, path):
    page = post(client, path, decision="yes", papers=(io.BytesIO(b"MZ"), "virus.exe"))
    assert page.status_code == 422
    assert "virus.exe" in text(page)
    assert "checked" in text(page)


def test_documents_of_others_cannot_be_named_or_read(client, path, firm, paper, answers):
    given = {"lead_id": "b" * 32, "kind": "memo", "title": "秘密", "media_type": documents.TEXT, "content": b"x"}
    other = firm.run(Do(lambda context: documents.add_document(context, **given)), SYSTEM)
    assert client.get(f"{path}/documents/{other.id}").status_code == 404
    post(client, path, decision="yes", papers=[other.id, paper.id])
    assert answers[0]["papers"] == []


@pytest.mark.parametrize("end", ["expired", "revoked", "gone"])
def test_links_that_are_over_say_so_politely(client, path, firm, paper, end):
    with firm.reading() as session:
        link = links.find_link(session, path.removeprefix("/c/"))
    if end == "expired":
        firm.clock.advance(timedelta(days=10))
    elif end == "revoked":
        firm.run(Do(lambda context: links.revoke_link(context, link.id)), SYSTEM)
    else:
        firm.run(CancelInstance(link.instance_id, "test"), SYSTEM)
    page = client.get(path)
    assert page.status_code == 410
    assert "0100-0000-0000" in text(page)
    assert "Traceback" not in text(page)
    if end != "gone":
        assert client.get(f"{path}/documents/{paper.id}").status_code == 410


def test_an_unknown_link_says_so_politely(client, firm):
    for address in ("/c/no-such-token", "/c/no-such-token/thanks", "/c/no-such-token/documents/x"):
        page = client.get(address)
        assert page.status_code == 404
        assert "无法识别" in text(page)


def test_a_post_without_the_pages_token_is_refused(client, path, answers):
    assert client.post(path, data={"decision": "yes"}).status_code == 400
    assert answers == []
