"""A firm with one small diagram of its own, and browsers of its people that carry the page's token."""

from __future__ import annotations

import pytest

from engine import SYSTEM, Bundle, Completion, DeployProcess, Operation, Prefill, StartInstance, open_engine
from engine.errors import FormInvalid, StateRefused
from engine.forms import FieldError
from tests.workflows.firm_image import write_people
from web.app import create_app, find_pages
from web.settings import Settings
from workflows.records import identifiers, leads, people
from workflows.roles import LANE_ROLES
from workflows.wiring import build_registry

# imports every record now: the database template is made of the tables that are known
build_registry()
find_pages()


def task(element_id, name, name_en, incoming, outgoing, **properties):
    """A user task of the diagram."""
    given = "".join(
        f'<spiff:property name="{key}" value="{value}"/>' for key, value in {**properties, "name_en": name_en}.items()
    )
    return (
        f'<bpmn:userTask id="{element_id}" name="{name}"><bpmn:extensionElements><spiff:properties>{given}</spiff:properties>'
        f"</bpmn:extensionElements><bpmn:incoming>{incoming}</bpmn:incoming><bpmn:outgoing>{outgoing}</bpmn:outgoing></bpmn:userTask>"
    )


def flow(flow_id, source, target):
    return f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}"/>'


def shape(element_id, x):
    return f'<di:BPMNShape id="{element_id}_di" bpmnElement="{element_id}"><dc:Bounds x="{x}" y="80" width="100" height="80"/></di:BPMNShape>'


DIAGRAM = (
    """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">
  <bpmn:process id="memo" name="办理备忘录" isExecutable="true"><bpmn:laneSet id="L">
    <bpmn:lane id="Lane_L" name="承办律师"><bpmn:flowNodeRef>Task_Write</bpmn:flowNodeRef></bpmn:lane>
    <bpmn:lane id="Lane_P" name="合伙人"><bpmn:flowNodeRef>Task_Check</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="Event_Begins"><bpmn:outgoing>F1</bpmn:outgoing></bpmn:startEvent>"""
    + flow("F1", "Event_Begins", "Task_Write")
    + task("Task_Write", "写备忘录", "Write the memo", "F1", "F2", form="memo/write", due="2 WD", complete="memo.write",
           prefill="memo.read", instructions="请写清楚结论。")
    + flow("F2", "Task_Write", "Task_Check")
    + task("Task_Check", "审核备忘录", "Check the memo", "F2", "F3", gate="true", not_same_as="Task_Write", panels="assessment_facts")
    + flow("F3", "Task_Check", "Service_Keep")
    + """<bpmn:serviceTask id="Service_Keep" name="归入案卷"><bpmn:extensionElements>
      <spiff:serviceTaskOperator id="memo.keep"/></bpmn:extensionElements>
      <bpmn:incoming>F3</bpmn:incoming><bpmn:outgoing>F4</bpmn:outgoing></bpmn:serviceTask>"""
    + flow("F4", "Service_Keep", "Event_Done")
    + """<bpmn:endEvent id="Event_Done"><bpmn:incoming>F4</bpmn:incoming></bpmn:endEvent></bpmn:process>
  <di:BPMNDiagram id="D"><di:BPMNPlane id="P" bpmnElement="memo">"""
    + "".join(shape(each, x) for each, x in (("Event_Begins", 0), ("Task_Write", 150), ("Task_Check", 300), ("Service_Keep", 450)))
    + "</di:BPMNPlane></di:BPMNDiagram></bpmn:definitions>"
)  # fmt: skip
FORM = {
    "type": "default",
    "components": [
        {"type": "textfield", "key": "subject", "label": "主题", "properties": {"label_en": "Subject"},
         "validate": {"required": True, "maxLength": 20}},
        {"type": "select", "key": "with", "label": "协办律师", "properties": {"options": "lawyers"}},
        {"type": "datetime", "key": "day", "subtype": "date", "label": "日期"},
        {"type": "checkbox", "key": "urgent", "label": "紧急"},
        {"type": "textfield", "key": "why", "label": "紧急理由", "conditional": {"hide": "=not(urgent = true)"}},
        {"type": "filepicker", "key": "papers", "label": "附件", "multiple": True},
    ],
}  # fmt: skip


class Do:
    """A command of one function."""

    def __init__(self, function):
        self.function = function

    def execute(self, context):
        return self.function(context)


class House:
    """The firm of a test: its engine, its people, and what the steps were told to do."""

    def __init__(self, engine, behaviour):
        self.engine, self.behaviour = engine, behaviour
        with engine.reading() as session:
            self.cast = {each.login: people.person_actor(each) for each in people.list_people(session)}

    def begin(self, **data):
        """Start a memo for a lead of its own; returns the open task's id."""
        reception = {"contact_name": "张三", "phone": "13800138000"}
        lead = self.engine.run(Do(lambda context: leads.register_lead(context, reception).id), self.cast["lawyer1"])
        instance_id = self.engine.run(StartInstance("memo", {"lead_id": lead, **data}, title="张三 · 货款"), self.cast["lawyer1"])
        return self.open_task(instance_id)

    def open_task(self, instance_id):
        from engine import queries  # noqa: PLC0415 - the only reader here

        with self.engine.reading() as session:
            return queries.list_open_tasks(session, instance_id)[0].id

    def task(self, task_id, login="admin"):
        from engine import queries  # noqa: PLC0415

        with self.engine.reading() as session:
            return queries.get_task(session, task_id, self.cast[login])


class Browser:
    """A Flask test client that carries the page's token."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **headers):
        return self.client.get(path, headers=headers)

    def post(self, path, headers=None, **entries):
        self.client.get("/healthz")
        with self.client.session_transaction() as session:
            token = session.get("token", "")
        return self.client.post(path, data={"_token": token, **entries}, headers=headers or {})

    def lose_session(self):
        with self.client.session_transaction() as session:
            session.clear()


@pytest.fixture
def behaviour():
    """What the steps do: ``refuse`` the completion, ``break`` the service task."""
    return {"refuse": None, "break": False}


@pytest.fixture
def house(sqlite_url, clock, behaviour, tmp_path):
    registry = build_registry()

    def write(context, values, data):
        if values.get("subject") == "拒绝":
            raise StateRefused(what="备忘录", old="open", new="closed", reason="test")
        if values.get("subject") == "崩溃":
            raise ValueError("the pen is empty")
        if values.get("subject") == "错误":
            raise FormInvalid({"subject": [FieldError("pattern", {})], "elsewhere": [FieldError("required", {})]})
        return {}

    def keep(context):
        if behaviour["break"]:
            raise ValueError("the shelf is full")
        return {}

    registry.add([
        Completion("memo.write", write), Prefill("memo.read", lambda context, data: {"subject": "预填主题"}), Operation("memo.keep", keep),
    ])  # fmt: skip
    engine = open_engine(sqlite_url, clock=clock, registry=registry, lane_roles=LANE_ROLES, checks=identifiers.CHECKS)
    engine.tools = {**engine.tools, "data_dir": tmp_path, "demo": True}
    write_people(engine)
    engine.run(DeployProcess((Bundle("memo", DIAGRAM.encode(), {}, {"memo/write": FORM}),)), SYSTEM)
    yield House(engine, behaviour)
    engine.database.dispose()


@pytest.fixture
def make_app(house, tmp_path):
    """An application on the firm; ``demo=False`` is a real firm's."""

    def make(*, demo=True):
        app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=demo), house.engine)
        app.testing = False  # a crash must show its page, not its trace
        return app

    return make


@pytest.fixture
def browse(make_app, house):
    """A browser of somebody by login; of nobody without one."""
    apps = {}

    def open_browser(login="", *, demo=True):
        app = apps.setdefault(demo, make_app(demo=demo))
        client = app.test_client()
        client.get("/")
        with client.session_transaction() as session:
            session["token"] = "token-of-a-test"
            if login:
                session["person"] = house.cast[login].id
        return Browser(client)

    return open_browser


def text(response):
    """A page's text."""
    return response.get_data(as_text=True)
