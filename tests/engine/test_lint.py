"""What may not be deployed, every reason at once, for any bytes whatever."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Operation, Registry
from engine.bundle import Bundle
from engine.lint import Finding, check_bundle
from engine.spiff.grammar import faults, timer_faults
from tests.engine.diagrams import (
    HEAD,
    aside,
    catches,
    diagram,
    elements,
    error,
    errors,
    message,
    operator,
    properties,
    review_loop,
    signal,
    signals,
    timer,
)

START, END = ("startEvent", "", ""), ("endEvent", "", "")
TASK = ("userTask", "", properties(role="desk"))
DIAGRAMS = sorted((Path(__file__).parent / "spiff" / "diagrams").glob("*.bpmn"))
REGISTRY = Registry()
REGISTRY.add([Operation("x.do", lambda context, *, what, how="y": None)])
EVENT = "<bpmn:{}EventDefinition/>"
SIGNAL = EVENT.format("signal")


def lint(bundle: Bundle, *known: str) -> list[Finding]:
    """The findings, in at most ten seconds."""
    began = time.monotonic()
    found = check_bundle(bundle, registry=REGISTRY, checks={}, known_processes=known, lane_roles={"前台": "desk"})
    assert time.monotonic() - began < 10
    assert all(finding.rule and finding.message and finding.severity in ("error", "warning") for finding in found)
    return found


def rules(bundle: Bundle, *known: str) -> set[tuple[str, str]]:
    return {(finding.element, finding.rule) for finding in lint(bundle, *known)}


def straight(*nodes, key="p", messages="", **others):
    """Begin → the nodes (tag, attributes, inner) called A, B, … → Done; other nodes stand beside that path."""
    named = {chr(65 + index): node for index, node in enumerate(nodes)}
    path = ["Begin", *named, "Done"]
    flows = [f"{source} -> {target}" for source, target in itertools.pairwise(path)]
    return diagram(key, {"Begin": START, **named, "Done": END, **others}, flows, messages=messages)


def with_end(inner):
    return diagram("p", {"Begin": START, "Done": ("endEvent", "", inner)}, ["Begin -> Done"])


def branching(*flows, **nodes):
    return diagram(
        "p", {"Begin": START, "X": ("exclusiveGateway", "", ""), "A": TASK, "B": TASK, "Done": END, **nodes}, list(flows)
    )


def beside(event, *, attributes="", path=(TASK,), flows=("Begin -> T", "T -> Done"), more="", **nodes):
    """A process with an event subprocess Aside, started by the event On."""
    tag, given, inner = aside("On", event, *path, attributes=attributes)
    named = {"Begin": START, "T": TASK, "Done": END, "Aside": (tag, given, inner + more), **nodes}
    return diagram("p", named, list(flows), messages=message("go", "id") + error("no") + signal("alarm"))


def boundary(*, attributes='attachedToRef="A"', inner=None):
    inner = timer("P1D") if inner is None else inner
    nodes = {"Begin": START, "A": TASK, "E": ("boundaryEvent", attributes, inner), "Done": END, "Late": END}
    return diagram("p", nodes, ["Begin -> A", "A -> Done", "E -> Late"])


SCRIPT = ("scriptTask", "", "<bpmn:script>count = get('count', 0) + 1</bpmn:script>")
BLANK = ("exclusiveGateway", "", "")


def looping(*flows, **nodes):
    """Two steps J and S that are run at once, a deciding gateway X, a fork F: the flows connect them."""
    fork = ("parallelGateway", "", "")
    named = {"Begin": START, "J": BLANK, "S": SCRIPT, "X": BLANK, "F": fork, "Done": END, **nodes}
    used = {word.rstrip("*:") for flow in flows for word in flow.split(" ")}
    return diagram("p", {key: node for key, node in named.items() if key in used}, list(flows), messages=error("no"))


CLEAN = [
    looping("Begin -> J", "J -> S", "S -> X", "X -> J: count < 3", "X -> Done*"),
    looping("Begin -> J", "J -> A", "A -> X", "X -> J: again", "X -> Done*", A=TASK),
    looping("Begin -> J", "J -> T", "T -> S", "S -> J", T=("intermediateCatchEvent", "", timer("P1D"))),
    straight(TASK),
    straight(("serviceTask", "", operator("x.do", what='"a"'))),
    straight(("intermediateCatchEvent", "", timer('"3 WD"'))),
    straight(("intermediateCatchEvent", "", catches("go")), messages=message("go", "id")),
    branching("Begin -> X", "X -> A: get('fee', 0) > 3 and not tired", "X -> B*", "A -> Done", "B -> Done"),
    boundary(),
    straight(("userTask", "", properties(role="desk", due="2 WD", assignee="lawyer.id"))),
    straight(
        ("intermediateThrowEvent", "", signals("alarm")),
        ("intermediateCatchEvent", "", signals("alarm")),
        messages=signal("alarm"),
    ),
    diagram("p", {"Begin": START, "Done": ("endEvent", "", signals("alarm"))}, ["Begin -> Done"], messages=signal("alarm")),
    beside(catches("go")),
    beside(timer("P2D")),
    beside(signals("alarm")),
    beside(errors("no")),
    beside(timer("R/P1D", "timeCycle"), attributes='isInterrupting="false"'),
]
REFUSED = [
    ("J", "endless-loop", looping("Begin -> J", "J -> S", "S -> J")),
    ("J", "endless-loop", looping("Begin -> J", "J -> X", "X -> J: again", "X -> Done*")),
    ("J", "endless-loop", looping("Begin -> J", "J -> S", "S -> F", "F -> J", "F -> Done")),
    ("A", "link-event", straight(("intermediateThrowEvent", "", EVENT.format("link")))),
    ("A", "compensation", straight(("intermediateThrowEvent", "", EVENT.format("compensate")))),
    ("A", "compensation", straight(("userTask", 'isForCompensation="true"', properties(role="desk")))),
    ("A", "signal", straight(("intermediateCatchEvent", "", SIGNAL))),
    ("A", "message-task", straight(("sendTask", "", ""))),
    ("A", "message-task", straight(("receiveTask", "", ""))),
    ("A", "complex-gateway", straight(("complexGateway", "", ""))),
    ("A", "ad-hoc", straight(("adHocSubProcess", "", ""))),
    ("A", "transaction", straight(("transaction", "", ""))),
    ("On", "event-subprocess", beside("")),
    ("On", "event-subprocess", beside(errors("no"), attributes='isInterrupting="false"')),
    ("On", "event-subprocess", beside(EVENT.format("compensate"))),
    ("On", "conditional-event", beside(EVENT.format("conditional"))),
    ("On", "signal", beside(SIGNAL)),
    ("On", "several-events", beside(timer("P1D") + errors("no"))),
    ("On", "timer", beside(timer("P3X"))),
    ("On_A", "nobody", beside(timer("P1D"), path=(("userTask", "", ""),))),
    ("F2", "event-subprocess", beside(timer("P1D"), flows=["Begin -> T", "T -> Done", "Aside -> Done"])),
    ("E", "event-subprocess", beside(timer("P1D"), E=("boundaryEvent", 'attachedToRef="Aside"', timer("P1D")))),
    ("Aside", "event-subprocess", beside(timer("P1D"), more="<bpmn:multiInstanceLoopCharacteristics/>")),
    ("On", "event-subprocess", beside(catches("go"), Begin=("startEvent", "", catches("go")))),
    ("Aside", "event-subprocess", straight(Aside=("subProcess", 'triggeredByEvent="true"', ""))),
    (
        "B",
        "start-event",
        straight(("subProcess", "", elements({"B": ("startEvent", "", timer("P1D")), "C": END}, ["B -> C"], "G"))),
    ),
    ("A", "conditional-event", straight(("intermediateCatchEvent", "", EVENT.format("conditional")))),
    ("A", "standard-loop", straight(("userTask", "", properties(role="desk") + "<bpmn:standardLoopCharacteristics/>"))),
    ("A", "multi-instance", straight(("userTask", "", properties(role="desk") + "<bpmn:multiInstanceLoopCharacteristics/>"))),
    ("Done", "cancel-event", with_end(EVENT.format("cancel"))),
    ("A", "several-events", straight(("intermediateCatchEvent", "", timer("P1D") + catches("go")), messages=message("go"))),
    ("Begin", "start-event", diagram("p", {"Begin": ("startEvent", "", timer("P1D")), "Done": END}, ["Begin -> Done"])),
    ("A", "dead-end", diagram("p", {"Begin": START, "A": TASK, "Done": END}, ["Begin -> A"])),
    ("Done", "unreachable", diagram("p", {"Begin": START, "A": TASK, "Done": END}, ["Begin -> A"])),
    ("A", "implicit-fork", branching("Begin -> A", "A -> X", "A -> B", "X -> Done", "B -> Done")),
    ("F1", "condition-ignored", branching("Begin -> A", "A -> X: fee > 3", "X -> B", "B -> Done")),
    ("F1", "no-condition", branching("Begin -> X", "X -> A", "X -> B*", "A -> Done", "B -> Done")),
    ("X", "no-default", branching("Begin -> X", "X -> A: a", "X -> B: b", "A -> Done", "B -> Done")),
    ("F2", "condition-on-default", branching("Begin -> X", "X -> A: a", "X -> B*: b", "A -> Done", "B -> Done")),
    ("Done", "after-end", branching("Begin -> X", "X -> Done", "Done -> A", "A -> B", "B -> X")),
    ("Begin", "before-start", branching("Begin -> A", "A -> X", "X -> Done: a", "X -> Begin*")),
    ("F1", "loose-flow", diagram("p", {"Begin": START, "Done": END}, ["Begin -> Done", "Begin -> Nowhere"])),
    ("Start", "reserved-id", diagram("p", {"Start": START, "Done": END}, ["Start -> Done"])),
    ("End", "reserved-id", diagram("p", {"Begin": START, "End": END}, ["Begin -> End"])),
    ("A'b", "id", diagram("p", {"Begin": START, "A'b": TASK, "Done": END}, ["Begin -> A'b", "A'b -> Done"])),
    ("p" * 90, "id", straight(TASK, key="p" * 90)),
    ("p", "no-start", diagram("p", {"A": TASK, "Done": END}, ["A -> Done"])),
    ("Other", "several-starts", diagram("p", {"Begin": START, "Other": START, "Done": END}, ["Begin -> Done", "Other -> Done"])),
    ("E", "attached", boundary(attributes='attachedToRef="Nothing"')),
    ("E", "no-event", boundary(inner="")),
    ("A", "no-event", straight(("intermediateCatchEvent", "", ""))),
    ("F1", "event-gateway", straight(("eventBasedGateway", "", ""), TASK)),
    ("A", "message", straight(("intermediateCatchEvent", "", catches("unknown")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("P3X")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("3 days")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("R/PT0S", "timeCycle")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("2026-13-01", "timeDate")))),
    ("A", "timer", straight(("intermediateCatchEvent", "", timer("${due}")))),
    ("A", "due", straight(("userTask", "", properties(role="desk", due="soon!")))),
    ("F1", "foreign-expression", branching("Begin -> X", "X -> A: ${fee}", "X -> B*", "A -> Done", "B -> Done")),
    ("F1", "foreign-expression", branching("Begin -> X", "X -> A: a && b", "X -> B*", "A -> Done", "B -> Done")),
    ("F1", "expression", branching("Begin -> X", "X -> A: a.equals(b)", "X -> B*", "A -> Done", "B -> Done")),
    ("F1", "expression", branching("Begin -> X", "X -> A: ok == true", "X -> B*", "A -> Done", "B -> Done")),
    ("F1", "expression", branching("Begin -> X", "X -> A: = fee", "X -> B*", "A -> Done", "B -> Done")),
    ("A", "expression", straight(("scriptTask", "", "<bpmn:script>import os</bpmn:script>"))),
    ("A", "expression", straight(("scriptTask", "", "<bpmn:script></bpmn:script>"))),
    ("A", "expression", straight(("scriptTask", "", ""))),
    ("A", "language", straight(("scriptTask", 'scriptFormat="groovy"', "<bpmn:script>a = 1</bpmn:script>"))),
    ("A", "handler", straight(("serviceTask", "", ""))),
    ("A", "handler", straight(("serviceTask", "", operator("no.such")))),
    ("A", "parameter", straight(("serviceTask", "", operator("x.do")))),
    ("A", "parameter", straight(("serviceTask", "", operator("x.do", what="1", where="2")))),
    ("A", "decision", straight(("businessRuleTask", "", ""))),
    ("A", "called-process", straight(("callActivity", 'calledElement="nothing"', ""))),
    ("A", "form", straight(("userTask", "", properties(role="desk", form="p/gone")))),
    ("A", "form", straight(("userTask", "", properties(role="desk", form="../../../etc/passwd")))),
    ("A", "handler", straight(("userTask", "", properties(role="desk", complete="x.do")))),
    ("A", "nobody", straight(("userTask", "", ""))),
    ("A", "four-eyes", straight(("userTask", "", properties(role="desk", not_same_as="Z")))),
]


@pytest.mark.parametrize("bundle", CLEAN)
def test_what_runs_has_no_finding(bundle):
    assert lint(bundle) == []


@pytest.mark.parametrize(("element", "rule", "bundle"), REFUSED)
def test_what_would_run_wrongly_is_named(element, rule, bundle):
    assert (element, rule) in rules(bundle)


def test_a_loop_without_rest_is_refused_with_the_way_round():
    (found,) = lint(looping("Begin -> J", "J -> S", "S -> J"))
    assert (found.rule, found.severity) == ("endless-loop", "error")
    assert "J → S → J" in found.message
    calling = looping("Begin -> J", "J -> S", "S -> C", "C -> J", C=("callActivity", 'calledElement="q"', ""))
    assert lint(calling, "q") == []  # what is called may wait


def test_every_diagram_of_the_engines_own_tests_can_be_read():
    for path in DIAGRAMS:
        found = lint(Bundle(path.stem, path.read_bytes()))
        assert [each for each in found if each.rule == "parse"] == [], path.stem


def test_all_findings_come_at_once_with_the_way_to_mend_them():
    nodes = {
        "Begin": START,
        "Call": ("serviceTask", "", operator("no.such")),
        "Which": ("exclusiveGateway", "", ""),
        "A": ("userTask", "", properties(form="gone", role="desk")),
        "B": ("userTask", "", ""),
        "Done": END,
        "Lost": TASK,
    }
    flows = ["Begin -> Call", "Call -> Which", "Which -> A: ${x}", "Which -> B", "A -> Done", "B -> Done"]
    found = lint(diagram("bad", nodes, flows))
    assert {(each.element, each.rule) for each in found} == {
        ("Call", "handler"), ("Which", "no-default"), ("F2", "foreign-expression"), ("F3", "no-condition"), ("A", "form"),
        ("B", "nobody"), ("Lost", "unreachable"), ("Lost", "dead-end"),
    }  # fmt: skip
    assert all(each.fix and each.file == "bad" for each in found)
    assert next(each.name for each in found if each.element == "Lost") == "Lost"


def test_a_flow_across_a_subprocess_is_named():
    inner = '<bpmn:startEvent id="S"><bpmn:outgoing>G</bpmn:outgoing></bpmn:startEvent><bpmn:sequenceFlow id="G" sourceRef="S" targetRef="Done"/>'
    assert ("G", "crossing-flow") in rules(straight(("subProcess", "", inner)))


def test_other_engines_words_are_warned_about():
    other = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="${boss}" camunda:formKey="x"'
    (found,) = [each for each in lint(straight(("userTask", other, properties(role="desk")))) if each.rule == "foreign-extension"]
    assert (found.severity, found.element, "assignee, formKey" in found.message) == ("warning", "A", True)


@pytest.mark.parametrize(
    "text", ["P2D", '"P2D"', "3 WD", '"3 WD"', "R3/PT10H", "0 9 * * 1-5", "2026-09-18", "due_at", "working_days(3)"]
)
def test_a_good_timer_is_left_alone(text):
    assert timer_faults(text, cycle=text.startswith("R")) == []


@pytest.mark.parametrize(
    "text", ["lambda: 1", "a ** b", "a.__class__", "open('x')", "a.format(b)", "x := 1", "f(*a)(b)", "await x", "(" * 3000]
)
def test_an_expression_that_would_be_refused_is_named(text):
    assert faults(text, "eval")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
WHOLE = review_loop().source.decode()
CONDITION = (
    f"<bpmn:sequenceFlow id='f'><bpmn:conditionExpression>{'a == 1 or ' * 1900}b</bpmn:conditionExpression></bpmn:sequenceFlow>"
)
BROKEN = [
    b"", b" \n", b"\x00" * 1000, bytes(range(256)) * 20, b"not xml at all", b"<", b"<a/>", b"{}", b"PK\x03\x04", b"%PDF-1.7",
    WHOLE.encode()[: len(WHOLE) // 2],
    WHOLE.encode("utf-16"),
    WHOLE.encode("utf-16")[:-7],
    ("<?xml version='1.0' encoding='gbk'?>" + WHOLE.replace('name="Draft"', 'name="起草"')).encode("gbk"),
    WHOLE.replace('name="Draft"', 'name="起草"').encode("gbk"),
    ("<?xml version='1.0' encoding='klingon'?>" + WHOLE).encode(),
    ("\ufeff" + WHOLE).encode(),
    f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>{WHOLE.replace("Draft", "&l9;")}'.encode(),
    f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>{HEAD}&l9;</bpmn:definitions>'.encode(),
    f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{HEAD}&e;</bpmn:definitions>'.encode(),
    f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{WHOLE}'.encode(),
    WHOLE.replace("http://www.omg.org/spec/BPMN/20100524/MODEL", "http://example.org/other").encode(),
    WHOLE.replace("<bpmn:process", "<?php die(); ?><bpmn:process").replace("<bpmn:userTask", "<?x?><bpmn:userTask").encode(),
    (HEAD + "<bpmn:subProcess>" * 20_000).encode(),
    (HEAD + "<bpmn:process id='p'>" + "<bpmn:subProcess id='s'>" * 200 + "</bpmn:subProcess>" * 200 + "</bpmn:process></bpmn:definitions>").encode(),
    (HEAD + "<bpmn:process id='p'>" + "<bpmn:userTask/>" * 19_000 + "</bpmn:process></bpmn:definitions>").encode(),
    (HEAD + "<bpmn:process id='p'>" + "<bpmn:userTask id='a' name='b'/>" * 19_000 + "</bpmn:process></bpmn:definitions>").encode(),
    (HEAD + "<bpmn:process id='p'>" + "<bpmn:sequenceFlow id='f' sourceRef='f' targetRef='f'/>" * 19_000 + "</bpmn:process></bpmn:definitions>").encode(),
    WHOLE.replace(">ok<", f">{'not ' * 30_000}ok<").encode(),
    WHOLE.replace(">ok<", f">{'-' * 15_000}1<").encode(),
    WHOLE.replace(">ok<", f">{'(' * 9_000}1{')' * 9_000}<").encode(),
    WHOLE.replace(">ok<", f">{'a.' * 9_000}b<").encode(),
    WHOLE.replace(">ok<", f">{'9' * 19_000} == ok<").encode(),
    WHOLE.replace('"Draft"', '"' + "D" * 1_000_000 + '"').encode(),
    WHOLE.replace(" id=", " di=").encode(),
    WHOLE.replace("<bpmn:sequenceFlow", "<bpmn:sequenceflow").encode(),
    WHOLE.encode() + b" " * 6_000_000,
    (HEAD + "<bpmn:process id='p'>" + CONDITION * 240 + "</bpmn:process></bpmn:definitions>").encode(),
    b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    b"<!DOCTYPE html><html><body><p>Sign in</body></html>",
]  # fmt: skip


@pytest.mark.parametrize("source", BROKEN, ids=range(len(BROKEN)))
def test_any_bytes_give_findings_within_ten_seconds(source):
    assert any(each.severity == "error" and each.message for each in lint(Bundle("broken", source)))


def test_utf_16_and_declared_gbk_are_read():
    for encoding in ("utf-16", "gbk"):
        source = f"<?xml version='1.0' encoding='{encoding}'?>" + WHOLE.replace('name="Draft"', 'name="起草"')
        assert ("Draft", "form") in rules(Bundle("x", source.encode(encoding)))


def test_an_entity_never_reads_a_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    text = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + WHOLE.replace('name="Draft"', 'name="&e;"')
    assert "secret" not in str([each.message for each in lint(Bundle("x", text.encode()))])


SOURCES = [path.read_bytes() for path in DIAGRAMS]
WORDS = sorted({word for source in SOURCES for word in source.split(b'"') if 0 < len(word) < 60})


@settings(max_examples=150)
@given(which=st.integers(0, len(SOURCES) - 1), seed=st.integers(0, 10**6), changes=st.integers(1, 12))
def test_a_diagram_changed_at_random_gives_findings(which, seed, changes):
    chance = random.Random(seed)
    source = bytearray(SOURCES[which])
    for _ in range(changes):
        at = chance.randrange(len(source))
        kind = chance.randrange(5)
        if kind == 0:
            source[at] = chance.randrange(256)
        elif kind == 1:
            del source[at : at + chance.randrange(60)]
        elif kind == 2:
            source[at:at] = source[chance.randrange(len(source)) :][: chance.randrange(400)]
        else:  # another word in quotes: the XML stays whole
            parts = bytes(source).split(b'"')
            parts[chance.randrange(len(parts) // 2) * 2 + 1] = chance.choice(WORDS)
            source = bytearray(b'"'.join(parts))
    found = lint(Bundle("changed", bytes(source)), "called", "deepest")
    assert all(each.rule and each.message for each in found)  # findings, and never a traceback


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_at_all(source):
    assert lint(Bundle("bytes", source))


@settings(max_examples=150)
@given(st.text(max_size=80))
def test_any_expression_and_timer_is_good_or_named(text):
    for found in (
        faults(text, "eval"),
        faults(text, "exec"),
        timer_faults(text),
        timer_faults(text, cycle=True),
        timer_faults(text, due=True),
    ):
        assert all(isinstance(each, str) for each in found)
