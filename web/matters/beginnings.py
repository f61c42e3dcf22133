"""What somebody may begin on a case: the deployed processes whose diagram offers it.

A process says so with the properties ``begin_on`` (``lead``: before there is a matter, ``matter``: while it is open,
``closed``: afterwards; comma-separated) and ``begin_by`` (roles, and ``team`` for whoever works on the case); ``hint`` and
``hint_en`` tell in a sentence what it is for. The process gets the case's ids and ``starter_id``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor, queries
from engine.bundle import NS, parse_xml
from engine.errors import NotAllowed, StateRefused
from web.i18n import language
from web.outlines import read_property
from workflows.records import case_access
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ENDED = frozenset({"CLOSED", "FILED", "ARCHIVED", "WITHDRAWN", "TERMINATED"})
PROPERTIES = ("begin_on", "begin_by", "hint", "hint_en", "name_en")
#: what each version offers, by definition id; a version never changes
_KNOWN: dict[str, Beginning] = {}


@dataclass(frozen=True)
class Beginning:
    """A process that can be begun on a case."""

    key: str
    name: str
    name_en: str
    hint: str
    hint_en: str
    stages: frozenset[str]
    roles: frozenset[str]

    @property
    def label(self) -> str:
        """The process's name in the reader's language."""
        return self.name_en if language() == "en" and self.name_en else self.name

    @property
    def help(self) -> str:
        """What it is for, in the reader's language."""
        return self.hint_en if language() == "en" and self.hint_en else self.hint


def stage_of(matter: Matter | None) -> str:
    """How far a case is: ``lead``, ``matter`` or ``closed``."""
    if matter is None:
        return "lead"
    return "closed" if matter.state in ENDED else "matter"


def list_beginnings(session: Session, lead: Lead, matter: Matter | None, actor: Actor) -> list[Beginning]:
    """What somebody may begin on a case now, by the processes' keys."""
    found = [_read(row) for row, _running in queries.list_definitions(session)]
    return [each for each in found if stage_of(matter) in each.stages and _may_begin(session, each, lead, actor)]


def check_beginning(session: Session, key: str, lead: Lead, matter: Matter | None, actor: Actor) -> None:
    """Raise NotAllowed when the process is not theirs to begin, StateRefused when the case is not at that point."""
    offered = [_read(row) for row, _running in queries.list_definitions(session) if row.process_key == key]
    if not offered or not _may_begin(session, offered[0], lead, actor):
        raise NotAllowed(reason="this is not yours to begin")
    if stage_of(matter) not in offered[0].stages:
        raise StateRefused(
            what=offered[0].label, old=matter.state if matter else lead.state, new="begun", reason="the case is not at that point"
        )


def data_of(lead: Lead, matter: Matter | None, actor: Actor) -> dict[str, Any]:
    """The variables a process begun on a case starts with."""
    return {
        "lead_id": lead.id,
        "client_id": lead.client_id,
        "client_name": lead.client_name,
        "matter_id": matter.id if matter else None,
        "matter_no": matter.matter_no if matter else None,
        "matter_type": matter.matter_type if matter else lead.matter_type,
        "lawyer_id": matter.lawyer_id if matter else lead.lawyer_id,
        "title": matter.title if matter else lead.client_name,
        "starter_id": actor.id,
    }


def _may_begin(session: Session, offered: Beginning, lead: Lead, actor: Actor) -> bool:
    if case_access.find_level(session, lead, actor) is None:
        return False
    works_here = "team" in offered.roles and actor.id in case_access.list_people(session, lead)
    return works_here or bool(offered.roles & actor.roles)


def _read(row: queries.DefinitionRow) -> Beginning:
    if row.id not in _KNOWN:
        process = parse_xml(row.source).find(f"bpmn:process[@id='{row.process_key}']", NS)
        said = {name: "" if process is None else read_property(process, name) for name in PROPERTIES}
        name = "" if process is None else process.get("name", "")
        stages, roles = (frozenset(filter(None, map(str.strip, said[each].split(",")))) for each in ("begin_on", "begin_by"))
        _KNOWN[row.id] = Beginning(
            row.process_key, name or row.process_key, said["name_en"], said["hint"], said["hint_en"], stages, roles
        )
    return _KNOWN[row.id]
