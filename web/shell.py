"""What the layout shows on every page: who reads it, where they may go, and how much waits."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from flask import current_app, g, request
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
        actor, now = auth.current_actor(), auth.firm().clock.now()
        with auth.firm().reading() as read:
            views = queries.inbox_counts(read, actor, now=now)
            queues = queries.queue_counts(read, actor, now=now)
        g.inbox_counts = Counter(views) + Counter({f"group:{role}": count for role, count in queues.items()})
    counted: Counter[str] = g.inbox_counts
    return counted


def firm_time() -> str:
    """The firm's present, as the demo's clock shows it."""
    now = auth.firm().clock.now().astimezone(FIRM_ZONE)
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{now:%Y-%m-%d} {days[now.weekday()]} {now:%H:%M}"


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
        "firm_time": firm_time,
        "is_demo": current_app.config["DEMO"],
        "role_name": navigation.role_name,
        "is_htmx": "HX-Request" in request.headers,
    }
