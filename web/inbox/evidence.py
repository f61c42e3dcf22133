"""The evidence beside a form: the panels that a task names, each read and drawn by its own module and template."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy.orm import Session

import web.inbox.panels

#: every panel by the name that a diagram's ``panels`` property uses
PANELS: dict[str, ModuleType] = {
    each.name: importlib.import_module(f"web.inbox.panels.{each.name}")
    for each in pkgutil.iter_modules(web.inbox.panels.__path__)
}


def draw_panels(
    session: Session, names: Iterable[str], lead_id: str, now: datetime, data: Mapping[str, Any] | None = None
) -> list[Markup]:
    """The panels in the order the task names them; one with nothing to show is left out."""
    known = [name for name in names if name in PANELS and (lead_id or hasattr(PANELS[name], "read_task"))]
    drawn = [draw_panel(session, name, lead_id, now, data) for name in known]
    return [panel for panel in drawn if panel.strip()]


def draw_panel(session: Session, name: str, lead_id: str, now: datetime, data: Mapping[str, Any] | None = None) -> Markup:
    """One panel; its template is read with the session open, so that it may follow what the records lead to.

    A panel about one of several things of a case has ``read_task(session, data, now)`` and is told the task's data.
    """
    panel = PANELS[name]
    found = panel.read_task(session, data or {}, now) if hasattr(panel, "read_task") else panel.read(session, lead_id, now)
    return Markup(render_template(f"inbox/panels/{name}.html", **found))  # noqa: S704 - the template escapes
