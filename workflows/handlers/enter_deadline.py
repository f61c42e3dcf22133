"""A deadline from its suggestion to its review: proposed, entered, computed, and looked at by a second person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    deadline_entries,
    deadline_lists,
    deadline_mails,
    deadline_watch,
    deadlines,
    legal_periods,
    matters,
    refusals,
)

DROP = "drop"
PRESERVATION = frozenset({"presuit_preservation", "freeze_bank", "seizure_movable", "seizure_land"})
WITHOUT_PROOF = frozenset({"limitation", "firm"})


def propose(
    context: Context, *, lead_id: str, source: str = "manual", suggested: dict[str, Any] | None = None, starter_id: str = ""
) -> Variables:
    """A draft with what is known, so that it counts as open from now; and who enters it by when."""
    deadline = deadlines.propose_deadline(context, lead_id=lead_id, source=source, suggested=suggested or {})
    matter = matters.find_matter_by_lead(context.session, lead_id)
    day = context.now.astimezone(FIRM_ZONE).date()
    return {
        "deadline_id": deadline.id,
        "matter_id": deadline.matter_id,
        "enterer_id": starter_id or (matter.lawyer_id if matter else None),
        "entry_due": legal_periods.get_figure("entry", day),
        "deadline_return_reason": "",
    }


def _place_of(kind: str) -> str:
    """Where the paper that sets a deadline belongs in the volume."""
    if kind.startswith("appeal"):
        return "judgment"
    return "preservation" if kind in PRESERVATION else "hearing_notice"


def enter(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was entered; or drop a suggestion with the reason."""
    deadline_id = data["deadline_id"]
    if values.get("decision") == DROP:
        deadlines.drop_deadline(context, deadline_id, reason=values["drop_reason"])
        return {"deadline_wanted": False}
    check_entry(context, values, data)
    title = str(values.get("title") or legal_periods.get_kind(values["kind"], context.now.date()).value["name"])
    if values.get("documents"):
        slot = _place_of(values["kind"])
        deadlines.file_papers(context, data["lead_id"], values["documents"], slot=slot, title=f"期限依据：{title}")
    deadline = deadlines.enter_deadline(context, deadline_id, values)
    reviewer = deadline.backup_id if deadline.backup_id != context.actor.id else deadline.responsible_id
    return {
        "deadline_wanted": True,
        "responsible_id": deadline.responsible_id,
        "backup_id": deadline.backup_id,
        "reviewer_id": reviewer,
    }


def check_entry(context: Context, values: dict[str, Any], data: Variables) -> None:
    """Raise ``FormInvalid`` for what the record would refuse, at the field where it can be mended."""
    errors: dict[str, list[FieldError]] = {}
    trigger_on = date.fromisoformat(values["trigger_on"][:10])
    value = legal_periods.get_kind(values["kind"], trigger_on).value
    today = context.now.astimezone(FIRM_ZONE).date()
    coming = value.get("back") or (not value["amount"] and not value.get("court"))
    if trigger_on > today and not coming:
        errors["trigger_on"] = [FieldError(refusals.DATE_IN_FUTURE)]
    days = values.get("court_days")
    try:
        if days is not None:
            legal_periods.check_court_days(value, int(days))
        elif value.get("court") == "other":
            errors["court_days"] = [FieldError("required")]
    except legal_periods.PeriodRefused:
        least = {"least": value["amount"]}
        refused = FieldError(refusals.COURT_LEAST, least) if value.get("court") else FieldError(refusals.COURT_MAY_NOT)
        errors["court_days"] = [refused]
    if not values.get("documents") and value["group"] not in WITHOUT_PROOF:
        errors["documents"] = [FieldError("required")]
    try:
        deadlines.check_holders(context.session, data["lead_id"], values["responsible"], values["backup"])
    except (deadlines.SamePerson, deadlines.NotOfTheFirm) as unfit:
        errors["backup"] = [FieldError(unfit.__doc__ or "")]
    if errors:
        raise FormInvalid(errors)


def read_entry(context: Context, data: Variables) -> dict[str, Any]:
    """What was entered before or suggested, the team's lead and backup, and why it came back."""
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    team = matters.list_members(context.session, deadline.matter_id) if deadline.matter_id else {}
    first = {"decision": "enter", "return_reason": deadline.return_reason, "served_how": "direct"}
    for part, field in (("lead", "responsible"), ("backup", "backup")):
        first |= {field: person for person, held in team.items() if held == part}  # noqa: B035 - each part is held once
    return {
        **first,
        **{key: value for key, value in deadline.entry.items() if key != "suggested" and value not in (None, "", [])},
    }


def compute(context: Context, *, deadline_id: str) -> Variables:
    """When it ends, with the steps; and by when the second person looks at it: sooner when it ends soon."""
    deadline = deadlines.keep_computed(
        context, deadline_id, deadline_entries.compute_entry(context, deadlines.get_deadline(context.session, deadline_id))
    )
    today = context.now.astimezone(FIRM_ZONE).date()
    assert deadline.due_on is not None
    urgent = deadline.due_on - today <= timedelta(days=int(legal_periods.get_figure("urgent_within", today)))
    return {
        "deadline_due_on": deadline.due_on.isoformat(),
        "deadline_urgent": urgent,
        "review_due": legal_periods.get_figure("review_urgent" if urgent else "review", today),
        "title": deadline_lists.title_with_case(context.session, deadline),
    }


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The second person agrees, or sends it back with what differs."""
    agrees = values["verdict"] == "agree"
    deadline = deadlines.review_deadline(context, data["deadline_id"], agrees=agrees, reason=str(values.get("difference") or ""))
    return {
        "deadline_agreed": agrees,
        "internal_due": deadline_watch.internal_moment(deadline, context.now).isoformat(),
        "deadline_return_reason": deadline.return_reason,
    }


def press_review(context: Context, *, deadline_id: str) -> Variables:
    """Tell the partners that nobody has looked at a deadline yet."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    body = "该期限录入后仍未经第二人复核，请督促备份律师复核或者另行指派。"
    count = deadline_mails.mail_leaders(context, deadline, ("partner",), subject="期限未复核", body=body)
    return {"review_pressed": count}


HANDLERS = (
    Operation("deadlines.propose", propose, "登记待录期限"),
    Completion("deadlines.enter", enter, "录入期限"),
    Prefill("deadlines.read_entry", read_entry, "期限录入"),
    Operation("deadlines.compute", compute, "计算期限"),
    Completion("deadlines.review", review, "复核期限"),
    Operation("deadlines.press_review", press_review, "督促复核期限"),
)
