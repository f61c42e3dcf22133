"""The list of tasks: views, headings, due dates in words, pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from engine import FIRM_ZONE, Actor, queries
from web import auth, navigation, shell, walled
from web.i18n import language
from web.i18n import translate as _
from workflows.roles import ROLES

CHIPS = ("all", "late", "gates", "group")
VIEWS = (*CHIPS, "mine", "started", "done")
GROUPS = ("late", "today", "week", "later", "none")
PAGE = 50
DAY = 24 * 60 * 60


def group_of(row: queries.InboxRow, now: datetime) -> str:
    """Which heading a task stands under."""
    if row.due_at is None:
        return "none"
    days = days_until(row.due_at, now)
    return "late" if row.due_at < now else "today" if days == 0 else "week" if days <= 7 else "later"


def days_until(moment: datetime, now: datetime) -> int:
    """Days of the calendar from now to a moment, in the firm's place."""
    return (moment.astimezone(FIRM_ZONE).date() - now.astimezone(FIRM_ZONE).date()).days


def due_label(moment: datetime | None, now: datetime) -> str:
    """A due date as people say it: “2 days late”, “today 17:00”, “tomorrow”, a date."""
    if moment is None:
        return ""
    days, local = days_until(moment, now), moment.astimezone(FIRM_ZONE)
    if moment < now:
        return _("{days} days late", days=-days) if days < -1 else _("1 day late") if days == -1 else _("late since today")
    if days == 0:
        return _("today {time}", time=f"{local:%H:%M}")
    if days == 1:
        return _("tomorrow")
    if language() == "en":
        return f"{local.day} {local:%b}" if local.year == now.year else f"{local.day} {local:%b %Y}"
    return f"{local.month}月{local.day}日" if local.year == now.year else f"{local.year}年{local.month}月{local.day}日"


def due_class(moment: datetime | None, now: datetime) -> str:
    """How pressing a due date looks."""
    if moment is None:
        return ""
    return "late" if moment < now else "today" if days_until(moment, now) == 0 else ""


def heading(view: str, role: str) -> str:
    """The words above the list."""
    if role:
        return _("Queue: {role}", role=navigation.role_name(role))
    names = {"started": _("Started by me"), "done": _("Done"), "gates": _("To approve")}
    return names.get(view, _("My tasks"))


def read_list(actor: Actor) -> dict[str, Any]:
    """The chosen view: grouped rows of one page, and the words around them."""
    view = request.args.get("view", "all")
    view = view if view in VIEWS else "all"
    role = request.args.get("role", "")
    role = role if role in ROLES else ""
    search, after, now = request.args.get("q", "").strip()[:100], request.args.get("after", ""), auth.firm().clock.now()
    with auth.firm().reading() as read:
        rows = queries.inbox(
            read, actor, now=now, view=view, search=search, role=role, limit=PAGE + 1, cursor=checked(after)
        )
        more = rows[PAGE - 1].cursor if len(rows) > PAGE else ""
        rows = rows[:PAGE]
        if view in ("done", "started"):  # the open views leave out what a wall closes by themselves
            may_name = walled.read_filter(read, actor)
            rows = [row for row in rows if may_name(row.instance_id)]
    if view in ("done", "started"):
        groups = [(view, rows)] if rows else []
    else:
        sorted_rows = [(name, [row for row in rows if group_of(row, now) == name]) for name in GROUPS]
        groups = [(name, found) for name, found in sorted_rows if found]
    return {
        "view": view, "role": role, "q": search, "groups": groups, "more": more, "is_later_page": bool(after), "now": now,
        "chips": CHIPS, "counts": shell.inbox_counts(), "heading": heading(view, role), "due_label": due_label,
        "due_class": due_class, "shown": len(rows),
    }  # fmt: skip


def checked(cursor: str) -> str | None:
    """A cursor from an address; one that is broken begins with the first page."""
    moment, _space, task_id = cursor.partition(" ")
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return None
    return cursor if task_id else None
