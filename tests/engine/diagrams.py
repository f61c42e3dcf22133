"""Small diagrams for tests, written as text: one line a node, one line a flow."""

from __future__ import annotations

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


def timer(text: str, kind: str = "timeDuration") -> str:
    """The timer event definition of a node."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def diagram(key: str, nodes: dict[str, tuple[str, str, str]], flows: list[str], *, messages: str = "", lanes: str = "") -> Bundle:
    """A process of nodes ``id: (tag, attributes, inner)`` and flows ``a -> b`` or ``a -> b: condition`` or ``a -> b*`` (default)."""
    edges, defaults, out, into = [], {}, {}, {}
    for index, line in enumerate(flows):
        path, _, condition = line.partition(":")
        source, target = (part.strip() for part in path.split("->"))
        flow = f"F{index}"
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
    source = (
        f'{HEAD}{messages}<bpmn:process id="{key}" name="{key}" isExecutable="true">{lanes}{"".join(body)}{"".join(edges)}'
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
