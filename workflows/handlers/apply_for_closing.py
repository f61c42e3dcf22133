"""The application for closing a matter, the check for what is open (G5), and the summary of the work (办案小结)."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import authority, closings, expectations, matters, updates

NOT_COVERED = (
    "“{act}” needs the client's special authority (Civil Procedure Law art. 62), and none is on record: "
    "have the client confirm it in writing first, under “Begin…” on the case's page."
)
SAY_PLAN = "Say how this open item is dealt with."


def read_application(context: Context, data: Variables) -> dict[str, Any]:
    """What was applied for before the partner returned it; today at first."""
    found = closings.find_closing(context.session, data["lead_id"])
    if found:
        return {**found.application, "return_reason": found.review.get("return_reason") or ""}
    return {"closing_date": context.now.astimezone(FIRM_ZONE).date().isoformat()}


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the application; the matter is closing from now on. What needs the client's authority is said at the field (G4)."""
    given = {key: value for key, value in values.items() if key != "return_reason"}
    try:
        closings.apply_for_closing(context, data["matter_id"], given)
    except authority.AuthorityMissing:
        name = authority.name_act(closings.ACTS[values["close_reason"]], context.now.astimezone(FIRM_ZONE).date())
        raise FormInvalid({"close_reason": [FieldError(NOT_COVERED, {"act": name})]}) from None
    return {"close_reason": values["close_reason"]}


def check(context: Context, *, lead_id: str) -> Variables:
    """List what is left open (G5); sets ``open_item_count``."""
    return {"open_item_count": len(closings.check_open_items(context, lead_id))}


def read_summary(context: Context, data: Variables) -> dict[str, Any]:
    """The last summary, or a beginning of one: the expectation as it was confirmed, the work as it was reported."""
    session = context.session
    closing = closings.get_closing(session, data["lead_id"])
    plans = {row["item"]: row.get("plan") or "" for row in closing.summary.get("open_items") or []}
    rows = [{"item": item["title"], "plan": plans.get(item["title"], "")} for item in closing.open_items]
    expectation = expectations.find_expectation(session, data["lead_id"])
    meeting = expectation.meeting if expectation else {}
    wanted = str(meeting.get("goal") or meeting.get("client_expectations") or "")
    reported = reversed(updates.list_updates(session, closing.matter_id))
    first = {"work_done": "\n".join(f"{update.number}. {update.latest}" for update in reported)[:4000]}
    return {**first, **closing.summary, "expectation": wanted, "open_items": rows}


def summarise(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the summary; every open item needs a word on what becomes of it."""
    closing = closings.get_closing(context.session, data["lead_id"])
    plans = {str(row.get("item")): str(row.get("plan") or "").strip() for row in values.get("open_items") or []}
    rows = [{"item": item["title"], "plan": plans.get(item["title"], "")} for item in closing.open_items]
    wrong = {f"open_items.{index}.plan": [FieldError(SAY_PLAN)] for index, row in enumerate(rows) if not row["plan"]}
    if wrong:
        raise FormInvalid(wrong)
    closings.write_summary(context, data["lead_id"], {**values, "open_items": rows})
    return {"matter_no": matters.get_matter(context.session, closing.matter_id).matter_no}


HANDLERS = (
    Prefill("closings.read_application", read_application, "结案申请"),
    Completion("closings.apply", apply, "结案申请"),
    Operation("closings.check", check, "结案检查"),
    Prefill("closings.read_summary", read_summary, "办案小结"),
    Completion("closings.summarise", summarise, "办案小结"),
)
