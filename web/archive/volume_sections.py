"""The parts of a volume's page that stand in modules of their own, each read and drawn by its module and template."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy.orm import Session

import web.archive.sections
from engine import Actor
from workflows.records.volumes import Volume

#: every part by its name
SECTIONS: dict[str, ModuleType] = {
    each.name: importlib.import_module(f"web.archive.sections.{each.name}")
    for each in pkgutil.iter_modules(web.archive.sections.__path__)
}


@dataclass(frozen=True)
class Section:
    """One part as HTML; ``title`` is its heading, for the list of parts on top of the page."""

    name: str
    title: str
    html: Markup


def draw_sections(session: Session, volume: Volume, person: Actor, now: datetime, **shown: Any) -> list[Section]:
    """The parts that have something to show, in their order; drawn with the session open."""
    found = []
    for name, module in sorted(SECTIONS.items(), key=lambda item: (item[1].ORDER, item[0])):
        read = module.read(session, volume, person, now)
        if read is not None:
            html = render_template(f"archive/sections/{name}.html", volume=volume, person=person, now=now, **{**shown, **read})
            found.append(Section(name, str(module.title()), Markup(html)))  # noqa: S704 - the template escapes
    return found
