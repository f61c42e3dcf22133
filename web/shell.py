"""What the layout shows on every page: who reads it, where they may go, and how much waits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from flask import g, request
from markupsafe import Markup

from engine import FIRM_ZONE, queries
from web import auth, navigation
from web.i18n import translate as _


def icon(name: str) -> Markup:
    """An icon of the sprite; the text beside it says what it means."""
    return Markup('<svg class="i" aria-hidden="true"><use href="/static/dist/icons.svg#{}"/></svg>').format(name)


def local_time(moment: datetime | None) -> str:
    """A moment on the firm's clock."""
    return moment.astimezone(FIRM_ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


def local_date(moment: datetime | None) -> str:
    """The day of a moment in the firm's place."""
    return moment.astimezone(FIRM_ZONE).strftime("%Y-%m-%d") if moment else ""


def inbox_counts() -> Counter[str]:
    """How many tasks wait in each view and queue; read once a request."""
    if "inbox_counts" not in g:
        found: Counter[str] = Counter()
        actor, now = auth.current_actor(), auth.firm().clock.now()
        with auth.firm().reading() as read:
            rows = queries.inbox(read, actor, now=now, limit=1000)
        for row in rows:
            found["all"] += 1
            found["gates"] += row.is_gate
            found["late"] += row.due_at is not None and row.due_at <= now
            if row.assignee is None:
                found["group"] += 1
                found[f"group:{row.role}"] += 1
        g.inbox_counts = found
    counted: Counter[str] = g.inbox_counts
    return counted


def sections() -> list[navigation.Section]:
    """The side navigation of the reader."""
    return navigation.sections(auth.current_actor())


def tabs() -> list[navigation.Entry]:
    """The few entries of the bar at the bottom of a phone."""
    lines = [entry for section in sections() for entry in section.entries]
    wanted = (_("My tasks"), _("To approve"), _("Matters"))
    return [entry for entry in lines if entry.label in wanted]


def here() -> str:
    """The address of this page, to come back to; of a posted form, the start."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def shell() -> dict[str, Any]:
    """The names that every template may use."""
    return {
        "person": auth.current_person(),
        "token": auth.ensure_token(),
        "inbox_counts": inbox_counts,
        "navigation": sections,
        "tabs": tabs,
        "here": here,
        "role_name": navigation.role_name,
        "is_htmx": "HX-Request" in request.headers,
    }
