"""Deadlines in words: kinds, states, and each step that leads to a day; for the deadlines' page, case pages and the inbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from web.i18n import language
from web.i18n import translate as _
from workflows.records import deadlines, legal_periods
from workflows.records.legal_periods import Step


def kind_name(key: str, on: date | None = None) -> str:
    """A kind of deadline in the reader's language; nothing while none is chosen."""
    if not key:
        return ""
    value = legal_periods.get_kind(key, on or date.max).value
    return str(value["name_en"] if language() == "en" else value["name"])


def title_of(deadline: deadlines.Deadline) -> str:
    """What a deadline is called: its own name, or its kind's in the reader's language."""
    if not deadline.kind:
        return deadline.title or _("A deadline still to be entered")
    chinese = legal_periods.get_kind(deadline.kind, deadline.trigger_on or date.max).value["name"]
    return kind_name(deadline.kind, deadline.trigger_on) if deadline.title in ("", chinese) else deadline.title


def state_name(state: str) -> str:
    """A deadline's state in the reader's language."""
    names = {
        deadlines.DRAFT: _("To be entered"),
        deadlines.REVIEW: _("To be reviewed"),
        deadlines.RUNNING: _("Being watched"),
        deadlines.DONE: _("Done in time"),
        deadlines.MISSED: _("Missed"),
        deadlines.REMEDIED: _("Missed, mended"),
        deadlines.LOST: _("Missed, lost"),
        deadlines.DROPPED: _("Not watched"),
    }
    return names[state]


def source_name(source: str) -> str:
    """Where a deadline came from, in the reader's language."""
    names = {
        "manual": _("entered by hand"),
        "plan": _("a key date of the plan"),
        "hearing": _("a hearing in the plan"),
        "judgment": _("a judgment put into the volume"),
        "renewal": _("a preservation measure"),
        "limitation": _("an event of a limitation"),
    }
    return names.get(source, source)


def served_name(served: str) -> str:
    """How something was served, in the reader's language."""
    names = {
        "direct": _("served directly"),
        "post": _("served by post"),
        "electronic": _("served electronically"),
        "announcement": _("served by announcement"),
        "lien": _("left at the place"),
    }
    return names.get(served, "")


def action_name(action: str) -> str:
    """How a deadline was done, in the reader's language."""
    names = {
        "filed": _("Filed"),
        "renewed": _("Renewal applied for"),
        "waived": _("The client decided against it in writing"),
        "moot": _("It became moot"),
    }
    return names.get(action, action)


def warning_name(kind: str) -> str:
    """A warning's kind in the reader's language."""
    return {"warning": _("Warning"), "internal": _("The firm's own day"), "alarm": _("Alarm on the last day")}[kind]


def answer_name(answer: str | None) -> str:
    """The answer to a warning in the reader's language."""
    names = {"on_track": _("on track"), "need_help": _("help needed"), "done": _("done")}
    return names[answer] if answer else _("not acknowledged yet")


def event_name(kind: str) -> str:
    """What happened to a limitation, in the reader's language."""
    names = {
        "suit": _("a suit"),
        "arbitration": _("an arbitration"),
        "demand": _("a demand for performance"),
        "consent": _("the debtor's promise to perform"),
        "other": _("an act of the same effect"),
        "suspended": _("an obstacle"),
    }
    return names[kind]


def length(amount: int, unit: str) -> str:
    """A span in words."""
    texts = {
        "hour": _("{amount} hours", amount=amount),
        "day": _("{amount} days", amount=amount),
        "month": _("{amount} months", amount=amount),
        "year": _("{amount} years", amount=amount),
        "working_day": _("{amount} working days", amount=amount),
    }
    return texts[unit]


def weekday(text: str) -> str:
    """A day with its weekday."""
    day = date.fromisoformat(text)
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{text} {names[day.weekday()]}"


def _moved(step: Step) -> str:
    days = _("; ").join(f"{weekday(each['on'])} {each['holiday'] or _('weekend')}" for each in step["days"])
    return _("The last day is free ({days}): it moves to {day}", days=days, day=weekday(step["on"]))


def _suspended(step: Step) -> str:
    given = {"start": step["from"], "end": step["until"] or "—", "day": weekday(step["on"])}
    return _("An obstacle from {start} to {end} within the last months: it ends on {day}", **given)


SAY: Mapping[str, Callable[[Step], str]] = {
    "rule": lambda s: (
        _("Rule: {kind}, {span}", kind=kind_name(s["kind"]), span=length(s["amount"], s["unit"]))
        if s["amount"]
        else _("Rule: {kind}", kind=kind_name(s["kind"]))
    ),
    "court_days": lambda s: _("The court set {amount} days", amount=s["amount"]),
    "start_out": lambda s: _(
        "{day} itself is not counted; the first day is {first}", day=weekday(s["on"]), first=weekday(s["first"])
    ),
    "counted": lambda s: _("{span} counted: {day}", span=length(s["amount"], s["unit"]), day=weekday(s["on"])),
    "month_end": lambda s: _("The month has no such day: its last day, {day}", day=weekday(s["on"])),
    "moved": _moved,
    "working": lambda s: _("The last day, {day}, is a working day: it stays", day=weekday(s["on"])),
    "unmoved": lambda s: _("This period does not move over holidays: {day}", day=weekday(s["on"])),
    "unknown_year": lambda s: _(
        "No holiday table for {years}: counted carefully, the earlier day {day} stands",
        years=_(", ").join(map(str, s["years"])),
        day=weekday(s["on"]),
    ),
    "posting": lambda _s: _("What is posted before the end is in time; the way by post is not counted"),
    "hours": lambda s: _("{amount} hours, the hour of the start not counted", amount=s["amount"]),
    "back": lambda s: _(
        "{span} back from {start}: {day}", span=length(s["amount"], "working_day"), start=weekday(s["from"]), day=weekday(s["on"])
    ),
    "given": lambda s: _("The day was set: {day}", day=weekday(s["on"])),
    "fixed": lambda _s: _("An unchangeable period: neither suspended, interrupted nor extended"),
    "internal": lambda s: _(
        "The firm's own day, {span} before: {day}", span=length(s["amount"], s["unit"]), day=weekday(s["on"])
    ),
    "interrupted": lambda s: _("{event} on {day} interrupts: it starts anew", event=event_name(s["event"]), day=weekday(s["on"])),
    "suspended": _suspended,
    "capped": lambda s: _(
        "The longest protection, counted from {start}, ends it on {day}", start=s["from"], day=weekday(s["on"])
    ),
}


def explain(steps: list[Step]) -> list[dict[str, Any]]:
    """Each step as a sentence with its basis."""
    return [{"text": SAY[step["step"]](step), "basis": step["basis"]} for step in steps]


def names() -> dict[str, Any]:
    """What templates about deadlines call."""
    return {
        "title_of": title_of,
        "deadline_state": state_name,
        "source_name": source_name,
        "served_name": served_name,
        "action_name": action_name,
        "warning_name": warning_name,
        "answer_name": answer_name,
        "event_name": event_name,
        "explain": explain,
        "weekday": weekday,
    }
