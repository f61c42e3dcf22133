"""Handing a volume in: the lawyer's own check."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import matters, retention_periods, volume_contents, volumes

CONFIRMED = frozenset({"order", "completeness", "period", "level"})
CONFIRM_ALL = "Confirm each point before the volume is handed in."
CAME_LATE = "{titles} came in after the catalogue was made: go back once, so that it is put in order."
WHY_LONGER = "State why the volume should be kept longer."
NOT_LONGER = "The period may only be made longer than the table says."


def load(context: Context, data: Variables) -> dict[str, Any]:
    """The remarks of the last time and the period that the decision table gave."""
    volume = volumes.get_volume(context.session, data["volume_id"])
    return {"remarks": volume.remarks, "period": volume.retention, "decision": "submit", "keep": "table"}


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Hand the volume in, or go back to collecting; sets ``filing_decision`` submit / back."""
    volume_id = data["volume_id"]
    volumes.set_remarks(context, volume_id, values.get("remarks") or "")
    if values["decision"] == "back":
        return {"filing_decision": "back"}
    late = volume_contents.list_late(context.session, volume_id)
    if late:
        raise FormInvalid({"decision": [FieldError(CAME_LATE, {"titles": "、".join(each.title for each in late)})]})
    if set(values.get("confirmed") or []) != CONFIRMED:
        raise FormInvalid({"confirmed": [FieldError(CONFIRM_ALL)]})
    longer = values.get("keep") or "table"
    if longer != "table":
        reason = str(values.get("keep_reason") or "").strip()
        if not reason:
            raise FormInvalid({"keep_reason": [FieldError(WHY_LONGER)]})
        if not retention_periods.is_longer(volumes.get_volume(context.session, volume_id), longer):
            raise FormInvalid({"keep": [FieldError(NOT_LONGER)]})
        retention_periods.lengthen(context, volume_id, code=longer, reason=reason)
    volume = volumes.submit(context, volume_id)
    matters.file_matter(context, volume.matter_id)
    return {"filing_decision": "submit"}


HANDLERS = (
    Prefill("volumes.read_submission", load, title="立卷人自查"),
    Completion("volumes.submit", apply, title="立卷人自查并提交"),
)
