"""A confirmation in words: what its letter says, its options, and the names of its kind, form and choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.clock import FIRM_ZONE
from engine.context import Context
from workflows.records import authority, confirmation_plan, leads
from workflows.records.confirmations import STATE_NAMES, Confirmation
from workflows.records.rule_packs import get_rule

NUMERALS = "一二三四五六七八九十"
OTHER = "other"


def read_moment(text: str) -> datetime:
    """A moment that a process kept as ISO text."""
    return datetime.fromisoformat(text)


def kind_name(found: Confirmation) -> str:
    """What sort of matter it is, in Chinese."""
    return _label("confirm_kinds", found.kind, found)


def form_name(found: Confirmation) -> str:
    """As what it is written: a notice, a letter, minutes, a confirmation."""
    return _label("confirm_forms", str(found.draft.get("form") or "confirmation"), found)


def option_titles(found: Confirmation) -> list[str]:
    """The options that the client chooses from; empty when there is only yes or no."""
    return [str(row["option"]) for row in found.draft.get("options") or [] if row.get("option")]


def list_options(titles: Sequence[str]) -> str:
    """The options as lines."""
    return "\n".join(f"方案{NUMERALS[index]}：{title}" for index, title in enumerate(titles))


def name_choice(titles: Sequence[str], choice: str | None) -> str:
    """The option that a client chose, as text."""
    return titles[int(choice) - 1] if titles and choice and choice.isdigit() else ""


def letter_facts(context: Context, found: Confirmation, plan: confirmation_plan.Plan) -> dict[str, Any]:
    """``confirmation``: what the letter says of it."""
    day = context.now.astimezone(FIRM_ZONE).date()
    return {
        "confirmation": {
            "form": form_name(found),
            "kind": kind_name(found),
            "subject": found.subject,
            "version": found.version,
            "content": found.draft["content"],
            "silence": found.draft["silence"],
            "options": [f"方案{NUMERALS[index]}：{title}" for index, title in enumerate(option_titles(found))],
            "act": authority.name_act(found.act, day),
            "legal_deadline": found.legal_deadline.isoformat() if found.legal_deadline else "",
            "due": plan.due.astimezone(FIRM_ZONE).isoformat(),
            "urgent": {key: found.urgent.get(key, "") for key in ("reason", "measures", "interest")} if found.urgent else {},
            "by": found.created_by_name or leads.get_lead(context.session, found.lead_id).client_name,
        }
    }


def describe(found: Confirmation) -> dict[str, str]:
    """The names that a page shows."""
    return {"kind": kind_name(found), "form": form_name(found), "state": STATE_NAMES[found.state]}


def _label(rule: str, key: str, found: Confirmation) -> str:
    entries = get_rule("client_service", rule, found.created_at.astimezone(FIRM_ZONE).date()).value
    return next((str(each["label"]) for each in entries if each["key"] == key), key)
