"""The diagram, form and handlers that the engine's benchmark runs: a draft → check → review loop with reminders."""

from __future__ import annotations

from typing import Any

from engine import Bundle, Completion, Context, Operation, Registry

FORM = {
    "type": "default",
    "components": [
        {"type": "textfield", "key": "subject", "label": "事由", "validate": {"required": True, "maxLength": 80}},
        {"type": "textarea", "key": "text", "label": "正文", "validate": {"required": True}},
        {"type": "number", "key": "pages", "label": "页数", "validate": {"required": True, "min": 1, "max": 500}},
        {"type": "datetime", "key": "sent_on", "label": "日期", "subtype": "date"},
        {"type": "checkbox", "key": "ok", "label": "同意"},
        {"type": "radio", "key": "tone", "label": "语气", "values": [{"label": "平", "value": "plain"}, {"label": "硬", "value": "firm"}]},
    ],
}  # fmt: skip
VALUES: dict[str, Any] = {
    "subject": "关于合同的意见",
    "text": "正文" * 100,
    "pages": 3,
    "sent_on": "2026-11-24",
    "ok": False,
    "tone": "plain",
}


def user_task(element_id: str, name: str, **properties: str) -> str:
    """A user task with its properties."""
    inner = "".join(f'<spiffworkflow:property name="{key}" value="{value}"/>' for key, value in properties.items())
    return (
        f'<bpmn:userTask id="{element_id}" name="{name}"><bpmn:extensionElements><spiffworkflow:properties>{inner}'
        "</spiffworkflow:properties></bpmn:extensionElements>{flows}</bpmn:userTask>"
    )


def flows(incoming: str, outgoing: str) -> str:
    """The flow references of a node."""
    into = "".join(f"<bpmn:incoming>{each}</bpmn:incoming>" for each in incoming.split())
    return into + "".join(f"<bpmn:outgoing>{each}</bpmn:outgoing>" for each in outgoing.split())


def reminder(element_id: str, attached_to: str, span: str, flow: str) -> str:
    """A timer on a task that does not interrupt it."""
    return (
        f'<bpmn:boundaryEvent id="{element_id}" name="催办" attachedToRef="{attached_to}" cancelActivity="false">'
        f"<bpmn:outgoing>{flow}</bpmn:outgoing><bpmn:timerEventDefinition>"
        f'<bpmn:timeDuration>"{span}"</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
        f'<bpmn:endEvent id="{element_id}Done" name="已提醒"><bpmn:incoming>{flow}</bpmn:incoming></bpmn:endEvent>'
    )


FLOWS = (
    ("F1", "Begin", "Draft", ""),
    ("F2", "Draft", "Check", ""),
    ("F3", "Check", "Review", ""),
    ("F4", "Review", "Decide", ""),
    ("F5", "Decide", "Done", "ok"),
    ("F6", "Decide", "Draft", ""),
    ("F7", "LateDraft", "LateDraftDone", ""),
    ("F8", "LateReview", "LateReviewDone", ""),
)


def diagram() -> bytes:
    """The BPMN source."""
    draft = user_task("Draft", "起草", form="bench/draft", complete="bench.write", role="lawyer", due="3 d")
    review = user_task(
        "Review", "复核", form="bench/draft", variables="ok", role="partner", gate="true", not_same_as="Draft", due="2 d"
    )
    edges = "".join(
        f'<bpmn:sequenceFlow id="{flow}" sourceRef="{a}" targetRef="{b}">'
        + (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
            if condition
            else ""
        )
        + "</bpmn:sequenceFlow>"
        for flow, a, b, condition in FLOWS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_Bench" targetNamespace="juanzong">'
        '<bpmn:process id="bench" name="起草与复核" isExecutable="true">'
        f'<bpmn:startEvent id="Begin" name="开始">{flows("", "F1")}</bpmn:startEvent>'
        + draft.format(flows=flows("F1 F6", "F2"))
        + reminder("LateDraft", "Draft", "P3D", "F7")
        + '<bpmn:serviceTask id="Check" name="核对"><bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="bench.check">'
        '<spiffworkflow:parameters><spiffworkflow:parameter id="pages" type="any" value="pages"/></spiffworkflow:parameters>'
        f"</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>{flows('F2', 'F3')}</bpmn:serviceTask>"
        + review.format(flows=flows("F3", "F4"))
        + reminder("LateReview", "Review", "P2D", "F8")
        + f'<bpmn:exclusiveGateway id="Decide" name="通过了吗？" default="F6">{flows("F4", "F5 F6")}</bpmn:exclusiveGateway>'
        f'<bpmn:endEvent id="Done" name="完成">{flows("F5", "")}</bpmn:endEvent>'
        f"{edges}</bpmn:process></bpmn:definitions>"
    ).encode()


def bundle() -> Bundle:
    """The process with its form."""
    return Bundle("bench", diagram(), {}, {"bench/draft": FORM})


def write(context: Context, values: dict[str, Any], data: Any) -> dict[str, Any]:
    """Take the draft's entries into the process data."""
    return {"subject": values["subject"], "pages": values["pages"]}


def check(context: Context, *, pages: int) -> dict[str, Any]:
    """Count what a service task would look up."""
    return {"sheets": (pages + 1) // 2}


def registry() -> Registry:
    """The handlers of the diagram."""
    handlers = Registry()
    handlers.add((Completion("bench.write", write), Operation("bench.check", check)))
    return handlers
