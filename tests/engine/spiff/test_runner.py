"""The runner on one small diagram for each element the processes use; every step goes through a snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.spiff import runner
from engine.spiff.parser import ModelRefused, load_model
from engine.spiff.script_engine import PENDING, StepError
from tests.engine.diagrams import catches, diagram, message, operator, properties, review_loop, timer

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


class Recorder:
    """Services that answer from a table and remember what was asked."""

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.calls, self.sent, self.failed = [], [], []

    def call(self, element, handler_id, parameters, data, task_id):
        self.calls.append((handler_id, parameters))
        answer = self.answers.get(handler_id, {})
        if isinstance(answer, Exception):
            raise StepError(answer)
        return answer

    def fail(self, element, task_id, error):
        self.failed.append((element[1], task_id, error))

    def send(self, name, correlation, payload):
        self.sent.append((name, correlation, payload))


class Driven:
    """A run that goes through a snapshot after each move."""

    def __init__(self, bundle, data=None, answers=None, called=()):
        self.model = load_model(bundle, {each.name: each for each in called})
        self.services = Recorder(answers)
        self.now = NOW
        self.run = runner.start(self.model, data or {}, self.services, NOW)
        self.move(lambda: None)

    def move(self, action):
        action()
        self.run.advance(self.now)
        self.steps = self.run.steps
        self.snapshot = self.run.snapshot()
        self.run = runner.resume(self.model, self.snapshot, self.services, self.now)

    def open(self):
        return sorted(task.element_id for task in self.run.open_tasks())

    def do(self, element, **variables):
        task = next(task for task in self.run.open_tasks() if task.element_id == element)
        self.move(lambda: self.run.complete(task.task_id, variables))

    def wait(self, **span):
        self.now += timedelta(**span)
        self.move(lambda: None)

    def receive(self, name, correlation="", **payload):
        heard = []
        self.move(lambda: heard.append(self.run.receive(self.now, name, correlation, payload)))
        return heard[0]


START, END = ("startEvent", "", ""), ("endEvent", "", "")


def test_it_loops_between_draft_and_review_and_ends():
    run = Driven(review_loop())
    run.do("Draft", text="a")
    assert run.open() == ["Review"]
    run.do("Review", ok=False)
    assert run.open() == ["Draft"]
    run.do("Draft", text="b")
    run.do("Review", ok=True)
    assert run.run.is_finished
    assert run.run.data["text"] == "b"


def test_it_keeps_the_state_flat_over_many_rounds():
    run = Driven(review_loop())
    sizes = []
    for index in range(400):
        run.do("Draft", text="t")
        run.do("Review", ok=False)
        sizes.append(len(run.snapshot))
        assert run.open() == ["Draft"], index
    assert max(sizes[1:]) <= sizes[1] + 40
    assert sum(len(w.tasks) for w in run.run.workflows()) < 15


def test_it_calls_services_with_parameters_and_takes_their_variables():
    bundle = diagram(
        "service",
        {"Begin": START, "Call": ("serviceTask", "", operator("x.do", a="n + 1")), "Look": ("userTask", "", ""), "Done": END},
        ["Begin -> Call", "Call -> Look", "Look -> Done"],
    )
    run = Driven(bundle, {"n": 1}, {"x.do": {"found": 3}})
    assert run.services.calls == [("x.do", {"a": 2})]
    assert run.run.open_tasks()[0].data["found"] == 3


def test_it_waits_for_a_pending_service():
    bundle = diagram(
        "pending",
        {"Begin": START, "Call": ("serviceTask", "", operator("x.do")), "Look": ("userTask", "", ""), "Done": END},
        ["Begin -> Call", "Call -> Look", "Look -> Done"],
    )
    run = Driven(bundle, answers={"x.do": PENDING})
    assert run.open() == []
    (task_id,) = run.run.stuck_services()
    run.move(lambda: run.run.finish_service(task_id, {"pdf": "p"}))
    assert run.open() == ["Look"]
    assert run.run.open_tasks()[0].data["pdf"] == "p"


def test_it_leaves_the_token_on_the_step_that_fails_until_it_is_retried():
    nodes = {"Begin": START, "Call": ("serviceTask", "", operator("x.do")), "Look": ("userTask", "", ""), "Done": END}
    bundle = diagram("failing", nodes, ["Begin -> Call", "Call -> Look", "Look -> Done"])
    run = Driven(bundle, answers={"x.do": ValueError("no")})
    ((element, task_id, error),) = run.services.failed
    assert (element, str(error)) == ("Call", "no")
    run.wait(days=1)
    assert len(run.services.calls) == 1
    run.services.answers = {}
    run.move(lambda: run.run.retry(task_id))
    assert run.open() == ["Look"]


def test_it_skips_a_step_that_failed():
    nodes = {
        "Begin": START,
        "S": ("scriptTask", "", "<bpmn:script>x = 1 / 0</bpmn:script>"),
        "Look": ("userTask", "", ""),
        "Done": END,
    }
    run = Driven(diagram("skipping", nodes, ["Begin -> S", "S -> Look", "Look -> Done"]))
    ((_, task_id, _),) = run.services.failed
    run.move(lambda: run.run.skip(task_id, {"x": 7}))
    assert run.run.open_tasks()[0].data["x"] == 7


def test_it_calls_other_processes_and_shares_data():
    child = diagram("child", {"Begin": START, "Ask": ("userTask", "", ""), "Done": END}, ["Begin -> Ask", "Ask -> Done"])
    parent = diagram(
        "parent",
        {"Begin": START, "Call": ("callActivity", 'calledElement="child"', ""), "After": ("userTask", "", ""), "Done": END},
        ["Begin -> Call", "Call -> After", "After -> Done"],
    )
    run = Driven(parent, {"a": 1}, called=[child])
    (task,) = run.run.open_tasks()
    assert (task.process_key, task.element_id, task.data["a"]) == ("child", "Ask", 1)
    assert ("parent", "Call") in run.run.active_elements()
    run.do("Ask", b=2)
    (task,) = run.run.open_tasks()
    assert (task.process_key, task.element_id, task.data["b"]) == ("parent", "After", 2)


def boundary(interrupting: bool, text: str, kind: str = "timeDuration"):
    return diagram(
        "boundary",
        {
            "Begin": START,
            "Work": ("userTask", "", ""),
            "Late": ("boundaryEvent", f'attachedToRef="Work" cancelActivity="{str(interrupting).lower()}"', timer(text, kind)),
            "Remind": ("serviceTask", "", operator("x.remind")),
            "Reminded": END,
            "Done": END,
        },
        ["Begin -> Work", "Work -> Done", "Late -> Remind", "Remind -> Reminded"],
    )


def test_it_reminds_without_interrupting():
    run = Driven(boundary(False, "P2D"))
    assert [t.element_id for t in run.run.timers()] == ["Late"]
    run.wait(days=1)
    assert run.services.calls == []
    run.wait(days=1)
    assert run.services.calls == [("x.remind", {})]
    assert run.open() == ["Work"]
    run.do("Work")
    assert run.run.is_finished


def test_it_interrupts_when_the_time_is_up():
    run = Driven(boundary(True, '"3 WD"'))
    assert run.run.timers()[0].due_at == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
    run.wait(days=3)
    assert run.open() == []
    assert run.run.is_finished


def test_it_reminds_again_and_again_by_a_cycle():
    run = Driven(boundary(False, "R3/P1D", "timeCycle"))
    for day in range(1, 6):
        run.wait(days=1)
        assert len(run.services.calls) == min(day, 3)
    run.do("Work")
    assert run.run.is_finished


def test_it_lets_all_due_moments_out_when_the_clock_jumps():
    run = Driven(boundary(False, "R3/P1D", "timeCycle"))
    run.wait(days=30)
    assert len(run.services.calls) == 3


def test_it_forks_and_joins():
    bundle = diagram(
        "fork",
        {
            "Begin": START,
            "Fork": ("parallelGateway", "", ""),
            "A": ("userTask", "", ""),
            "B": ("userTask", "", ""),
            "Join": ("parallelGateway", "", ""),
            "After": ("userTask", "", ""),
            "Done": END,
        },
        ["Begin -> Fork", "Fork -> A", "Fork -> B", "A -> Join", "B -> Join", "Join -> After", "After -> Done"],
    )
    run = Driven(bundle)
    assert run.open() == ["A", "B"]
    run.do("B", b=1)
    assert run.open() == ["A"]
    run.do("A", a=1)
    assert run.open() == ["After"]
    assert run.run.open_tasks()[0].data == {"a": 1, "b": 1}
    run.do("After")
    assert run.run.is_finished


def test_it_sends_messages_out_and_waits_for_one_with_its_correlation():
    bundle = diagram(
        "messages",
        {
            "Begin": START,
            "Tell": ("intermediateThrowEvent", "", catches("matter.opened")),
            "Wait": ("intermediateCatchEvent", "", catches("matter.close")),
            "After": ("userTask", "", ""),
            "Done": END,
        },
        ["Begin -> Tell", "Tell -> Wait", "Wait -> After", "After -> Done"],
        messages=message("matter.opened", "m", '{"m": m}') + message("matter.close", "m"),
    )
    run = Driven(bundle, {"m": "m1"})
    assert run.services.sent == [("matter.opened", "m1", {"m": "m1"})]
    assert [(s.name, s.correlation) for s in run.run.subscriptions()] == [("matter.close", "m1")]
    run.receive("matter.close", "other")
    assert run.open() == []
    run.receive("matter.close", "m1", why="done")
    assert run.open() == ["After"]
    assert run.run.open_tasks()[0].data["why"] == "done"


def either():
    return diagram(
        "either",
        {
            "Begin": START,
            "Which": ("eventBasedGateway", "", ""),
            "Told": ("intermediateCatchEvent", "", catches("told")),
            "Late": ("intermediateCatchEvent", "", timer("P15D")),
            "A": ("userTask", "", ""),
            "B": ("userTask", "", ""),
            "Done": END,
            "Done2": END,
        },
        ["Begin -> Which", "Which -> Told", "Which -> Late", "Told -> A", "Late -> B", "A -> Done", "B -> Done2"],
        messages=message("told", "m"),
    )


def test_it_takes_the_first_event_of_several():
    run = Driven(either(), {"m": "1"})
    run.receive("told", "1")
    assert run.open() == ["A"]
    assert run.run.timers() == []
    run = Driven(either(), {"m": "1"})
    run.wait(days=15)
    assert run.open() == ["B"]
    assert run.run.subscriptions() == []


def test_it_refuses_a_script_that_reaches_out():
    script = "<bpmn:script>x = ().__class__</bpmn:script>"
    bundle = diagram("script", {"Begin": START, "S": ("scriptTask", "", script), "Done": END}, ["Begin -> S", "S -> Done"])
    assert Driven(bundle).services.failed[0][0] == "S"


def test_it_asks_each_item_of_a_list():
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="person"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    bundle = diagram("many", {"Begin": START, "Ask": ("userTask", "", loop), "Done": END}, ["Begin -> Ask", "Ask -> Done"])
    run = Driven(bundle, {"people": ["a", "b"]})
    assert run.open() == ["Ask", "Ask"]
    assert sorted(task.data["person"] for task in run.run.open_tasks()) == ["a", "b"]
    run.do("Ask")
    run.do("Ask")
    assert run.run.is_finished


def test_it_runs_an_embedded_subprocess_under_its_own_process():
    inner = (
        '<bpmn:startEvent id="B2"><bpmn:outgoing>G0</bpmn:outgoing></bpmn:startEvent>'
        '<bpmn:userTask id="Inside" name="Inside"><bpmn:incoming>G0</bpmn:incoming><bpmn:outgoing>G1</bpmn:outgoing></bpmn:userTask>'
        '<bpmn:endEvent id="E2"><bpmn:incoming>G1</bpmn:incoming></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="G0" sourceRef="B2" targetRef="Inside"/><bpmn:sequenceFlow id="G1" sourceRef="Inside" targetRef="E2"/>'
    )
    bundle = diagram("embed", {"Begin": START, "Sub": ("subProcess", "", inner), "Done": END}, ["Begin -> Sub", "Sub -> Done"])
    run = Driven(bundle)
    (task,) = run.run.open_tasks()
    assert (task.process_key, task.element_id) == ("embed", "Inside")
    run.do("Inside")
    assert run.run.is_finished


def test_it_refuses_what_spiffworkflow_cannot_read():
    bundle = diagram("odd", {"Begin": START, "S": ("serviceTask", "", ""), "Done": END}, ["Begin -> S", "S -> Done"])
    with pytest.raises(ModelRefused):
        load_model(bundle, {})


def test_it_reads_properties_and_english_names():
    bundle = diagram(
        "props",
        {"Begin": START, "Ask": ("userTask", "", properties(form="props/ask", name_en="Ask them")), "Done": END},
        ["Begin -> Ask", "Ask -> Done"],
    )
    (task,) = Driven(bundle).run.open_tasks()
    assert task.properties["form"] == "props/ask"
    assert task.name_en == "Ask them"
