"""The archivist's check of a volume: accepted with every point ticked, returned with its defects by line, or disputed."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, matters, people, volume_checks, volume_contents, volumes

POINTS = frozenset({"scope", "order", "originals", "signatures", "pages", "catalogue", "cover", "period", "level", "copies"})
TICK_ALL = "Every point must be ticked before the volume is accepted: {count} are open."
NAME_DEFECTS = "Say what has to be mended, line by line."
NO_LINE = "The catalogue has no line {line}."
NAME_DISPUTE = "Say which period or class you hold to be right, and why."
DEFECTS_STAND = "Defects are listed: return the volume, or remove them."


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record the check; sets ``check_result`` accept / return / dispute and ``filing_returns`` (how often it came back)."""
    volume_id = data["volume_id"]
    defects = values.get("defects") or []
    _judge(context, volume_id, values, defects)
    accepted = values["result"] == "accept"
    volume_checks.record_check(
        context,
        volume_id,
        accepted=accepted,
        points=sorted(values.get("points") or []),
        defects=defects,
        opinion=values.get("opinion") or "",
    )
    if accepted:
        return {"check_result": "accept"}
    if values["result"] == "dispute":
        # Not a return: nothing is to be mended before the partner and compliance have decided.
        volume = volumes.move(context, volume_id, volumes.RETURNED, reason="dispute")
        matters.return_matter(context, volume.matter_id)
        return {"check_result": "dispute", "dispute_objection": values["objection"], "dispute": {}}
    volume = volumes.send_back(context, volume_id, values.get("opinion") or "defects")
    matters.return_matter(context, volume.matter_id)
    _tell(context, volume, data["lawyer_id"], defects)
    return {"check_result": "return", "filing_returns": volume.returns}


def _judge(context: Context, volume_id: str, values: dict[str, Any], defects: list[dict[str, Any]]) -> None:
    errors: dict[str, list[FieldError]] = {}
    lines = {piece.number for piece in volume_contents.list_pieces(context.session, volume_id)}
    for index, defect in enumerate(defects):
        line = defect.get("line")
        if line and int(line) not in lines:
            errors[f"defects.{index}.line"] = [FieldError(NO_LINE, {"line": line})]
    open_points = len(POINTS - set(values.get("points") or []))
    if values["result"] == "accept" and defects:
        errors["result"] = [FieldError(DEFECTS_STAND)]
    elif values["result"] == "accept" and open_points:
        errors["points"] = [FieldError(TICK_ALL, {"count": open_points})]
    elif values["result"] == "dispute" and not str(values.get("objection") or "").strip():
        errors["objection"] = [FieldError(NAME_DISPUTE)]
    elif values["result"] == "return" and not defects:
        errors["defects"] = [FieldError(NAME_DEFECTS)]
    if errors:
        raise FormInvalid(errors)


def _tell(context: Context, volume: volumes.Volume, lawyer_id: str, defects: list[dict[str, Any]]) -> None:
    """Tell the lawyer; from the second return on the partners, from the third the director."""
    lines = [f"{index}. {_where(defect)}{defect['problem']}" for index, defect in enumerate(defects, 1)]
    subject = f"案卷退回补正（第{volume.returns}次）：{volume.title}"
    body = "档案管理员检查后退回，请在5个工作日内补正：\n" + "\n".join(lines) + "\n"
    told = {lawyer_id}
    for role, from_return in (("partner", 2), ("director", 3)):
        if volume.returns >= from_return:
            told |= {person.id for person in people.list_people(context.session, role)}
    for person_id in sorted(told):  # a director who is a partner too reads it once
        client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=volume.lead_id)


def _where(defect: dict[str, Any]) -> str:
    return f"目录第{defect['line']}行：" if defect.get("line") else ""


HANDLERS = (Completion("volumes.check", apply, title="档案员接收检查"),)
