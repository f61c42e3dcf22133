"""Small diagrams for tests, written as text: one line a node, one line a flow."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from engine.bundle import Bundle

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t">'
)


def properties(**given: str) -> str:
    """The extension elements of a node."""
    inner = "".join(f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in given.items())
    return f"<bpmn:extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties></bpmn:extensionElements>"


def operator(handler: str, **parameters: str) -> str:
    """The extension elements of a service task."""
    inner = "".join(
        f'<spiffworkflow:parameter id={quoteattr(k)} type="any" value={quoteattr(v)}/>' for k, v in parameters.items()
    )
    return (
        f"<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id={quoteattr(handler)}>"
        f"<spiffworkflow:parameters>{inner}</spiffworkflow:parameters>"
        "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>"
    )


def message(name: str, correlation: str = "", payload: str = "") -> str:
    """A message definition; its id is its name with underscores."""
    inner = properties(correlation=correlation) if correlation else "<bpmn:extensionElements></bpmn:extensionElements>"
    if payload:
        extra = f"<spiffworkflow:messagePayload>{escape(payload)}</spiffworkflow:messagePayload>"
        inner = inner.replace("</bpmn:extensionElements>", extra + "</bpmn:extensionElements>")
    return f'<bpmn:message id="M_{name.replace(".", "_")}" name={quoteattr(name)}>{inner}</bpmn:message>'


def catches(name: str) -> str:
    """The message event definition of a node."""
    return f'<bpmn:messageEventDefinition id="D_{name.replace(".", "_")}" messageRef="M_{name.replace(".", "_")}"/>'


def signal(name: str) -> str:
    """A signal definition; its id is its name."""
    return f'<bpmn:signal id="S_{name}" name="{name}"/>'


def signals(name: str) -> str:
    """The signal event definition of a node."""
    return f'<bpmn:signalEventDefinition signalRef="S_{name}"/>'


def error(code: str) -> str:
    """An error definition; its id is its code."""
    return f'<bpmn:error id="E_{code}" name="{code}" errorCode="{code}"/>'


def errors(code: str) -> str:
    """The error event definition of a node."""
    return f'<bpmn:errorEventDefinition errorRef="E_{code}"/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    """The timer event definition of a node."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def elements(nodes: dict[str, tuple[str, str, str]], flows: list[str], flow_prefix: str = "F") -> str:
    """Nodes ``id: (tag, attributes, inner)`` and flows ``a -> b`` or ``a -> b: condition`` or ``a -> b*`` (default) as XML."""
    edges, defaults, out, into = [], {}, {}, {}
    for index, line in enumerate(flows):
        path, _, condition = line.partition(":")
        source, target = (part.strip() for part in path.split("->"))
        flow = f"{flow_prefix}{index}"
        if target.endswith("*"):
            target = target[:-1]
            defaults[source] = flow
        out.setdefault(source, []).append(flow)
        into.setdefault(target, []).append(flow)
        inner = ""
        if condition.strip():
            inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition.strip())}</bpmn:conditionExpression>'
        edges.append(f'<bpmn:sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>')
    body = []
    for node, (tag, attributes, inner) in nodes.items():
        default = f' default="{defaults[node]}"' if node in defaults else ""
        links = "".join(f"<bpmn:incoming>{f}</bpmn:incoming>" for f in into.get(node, []))
        links += "".join(f"<bpmn:outgoing>{f}</bpmn:outgoing>" for f in out.get(node, []))
        extension, rest = "", inner
        if inner.startswith("<bpmn:extensionElements>"):
            extension, _, rest = inner.partition("</bpmn:extensionElements>")
            extension += "</bpmn:extensionElements>"
        body.append(f'<bpmn:{tag} id="{node}" name="{node}" {attributes}{default}>{extension}{links}{rest}</bpmn:{tag}>')
    return "".join(body) + "".join(edges)


def aside(start: str, event: str, *path: tuple[str, str, str], attributes: str = "", names: str = "") -> tuple[str, str, str]:
    """An event subprocess as a node: its start event, then tasks named ``<start>_A``, ``<start>_B`` and so on, then its end."""
    given = names.split() or [f"{start}_{chr(65 + index)}" for index in range(len(path))]
    nodes = {
        start: ("startEvent", attributes, event),
        **dict(zip(given, path, strict=True)),
        f"{start}_done": ("endEvent", "", ""),
    }
    flows = [f"{one} -> {other}" for one, other in pairwise(nodes)]
    return "subProcess", 'triggeredByEvent="true"', elements(nodes, flows, f"{start}_F")


def diagram(key: str, nodes: dict[str, tuple[str, str, str]], flows: list[str], *, messages: str = "", lanes: str = "") -> Bundle:
    """A process of nodes and flows, as ``elements`` takes them."""
    source = (
        f'{HEAD}{messages}<bpmn:process id="{key}" name="{key}" isExecutable="true">{lanes}{elements(nodes, flows)}'
        "</bpmn:process></bpmn:definitions>"
    )
    return Bundle(key, source.encode())


def review_loop() -> Bundle:
    """Draft → review → again or done."""
    return diagram(
        "review_loop",
        {
            "Begin": ("startEvent", "", ""),
            "Draft": ("userTask", "", properties(form="review_loop/draft", variables="text")),
            "Review": ("userTask", "", properties(form="review_loop/review", variables="ok", not_same_as="Draft")),
            "Ok": ("exclusiveGateway", "", ""),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Draft", "Draft -> Review", "Review -> Ok", "Ok -> Done: ok", "Ok -> Draft*"],
    )
