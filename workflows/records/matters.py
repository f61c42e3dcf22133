"""Matters (案件): the number, the team, the plan and the states from opening to the archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound, StateRefused
from workflows.records import archive_stops, conflict_validity, walls
from workflows.records.client_files import find_client_file
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

OPENING, ACTIVE, SUSPENDED, CLOSING = "OPENING", "ACTIVE", "SUSPENDED", "CLOSING"
CLOSED, FILED, ARCHIVED = "CLOSED", "FILED", "ARCHIVED"
NEXT: Mapping[str, frozenset[str]] = {
    OPENING: frozenset({ACTIVE}),
    ACTIVE: frozenset({SUSPENDED, CLOSING}),
    SUSPENDED: frozenset({ACTIVE, CLOSING}),
    CLOSING: frozenset({CLOSED, ACTIVE}),
    CLOSED: frozenset({FILED}),
    FILED: frozenset({ARCHIVED, CLOSED}),
    ARCHIVED: frozenset(),
}
RUNNING = frozenset({OPENING, ACTIVE, SUSPENDED, CLOSING})
# Who sees every matter; a lawyer sees the matters of the own team. Administrators see none (processes.md 0.1).
SEE_ALL = frozenset({"desk", "partner", "director", "compliance", "finance", "archivist"})
PARTS = ("lead", "co", "assistant", "backup")


class MatterExists(JuanzongError):
    """This lead already has the matter {matter_no}."""


class MatterRow(Base):
    __tablename__ = "matters"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), unique=True)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    contract_id: Mapped[str] = mapped_column(String(32))
    matter_no: Mapped[str] = mapped_column(String(60), unique=True)
    matter_type: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), index=True)
    lawyer_id: Mapped[str] = mapped_column(String(80), index=True)
    security_level: Mapped[str] = mapped_column(String(12))
    plan: Mapped[dict[str, Any]] = mapped_column(Json)
    volume_id: Mapped[str | None] = mapped_column(String(32))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_reason: Mapped[str | None] = mapped_column(Text)


class MatterMemberRow(Base):
    __tablename__ = "matter_members"

    matter_id: Mapped[str] = mapped_column(ForeignKey("matters.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    part: Mapped[str] = mapped_column(String(12))


@dataclass(frozen=True)
class Matter:
    """One matter; ``security_level`` internal, secret or confidential; ``plan`` is the first plan's form."""

    id: str
    lead_id: str
    client_id: str
    contract_id: str
    matter_no: str
    matter_type: str
    title: str
    state: str
    lawyer_id: str
    security_level: str
    plan: dict[str, Any]
    volume_id: str | None
    opened_at: datetime
    activated_at: datetime | None
    closed_at: datetime | None
    suspended_reason: str | None


def open_matter(
    context: Context, *, lead_id: str, client_id: str, contract_id: str, matter_type: str, title: str, lawyer_id: str
) -> Matter:
    """Open a matter with the next number of its type; the contract's guard comes before.

    Raises ``MatterExists``, ``ConflictUnchecked`` (guard G1) without a conflict check that holds now, and ``NoNewMatters``.
    """
    found = find_matter_by_lead(context.session, lead_id)
    if found:
        raise MatterExists(matter_no=found.matter_no)
    if not conflict_validity.check_valid(context.session, lead_id, context.now):
        raise conflict_validity.ConflictUnchecked
    archive_stops.check_may_take(context.session, lawyer_id)
    day = context.now.astimezone(FIRM_ZONE).date()
    template = get_rule("numbers", "matter_no", day).value[matter_type]
    number = allocate(context, f"matter:{matter_type}", day.year)
    row = MatterRow(
        id=new_id(),
        lead_id=lead_id,
        client_id=client_id,
        contract_id=contract_id,
        matter_no=template.format(year=day.year, number=number),
        matter_type=matter_type,
        title=title,
        state=OPENING,
        lawyer_id=lawyer_id,
        security_level="internal",
        plan={},
        opened_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.session.add(MatterMemberRow(matter_id=row.id, person_id=lawyer_id, part="lead"))
    context.session.flush()
    context.audit("matter.opened", f"matter:{row.id}", matter_no=row.matter_no, lead_id=lead_id)
    return _matter(row)


def set_volume(context: Context, matter_id: str, volume_id: str) -> None:
    """Remember the volume that collects the matter's documents."""
    _get_row(context.session, matter_id).volume_id = volume_id
    context.session.flush()


def set_team(context: Context, matter_id: str, members: Mapping[str, str]) -> Matter:
    """Replace the team: person id → lead, co, assistant or backup; exactly one is lead."""
    row = _get_row(context.session, matter_id)
    leads = [person for person, part in members.items() if part == "lead"]
    if len(leads) != 1:
        raise StateRefused(what=row.matter_no, old="team", new="team", reason="a team has exactly one lead lawyer")
    walls.check_team(context.session, row.lead_id, members)
    if leads[0] != row.lawyer_id:  # who leads already goes on; a new one must be free for new matters
        archive_stops.check_may_take(context.session, leads[0])
    before = set(list_members(context.session, matter_id))
    for member in context.session.scalars(select(MatterMemberRow).where(MatterMemberRow.matter_id == matter_id)):
        context.session.delete(member)
    context.session.flush()
    context.session.add_all(MatterMemberRow(matter_id=matter_id, person_id=p, part=part) for p, part in members.items())
    row.lawyer_id = leads[0]
    context.session.flush()
    context.audit("matter.team_set", f"matter:{matter_id}", members=dict(members))
    if row.activated_at and set(members) - before:  # the relatives and interests of who joins count now
        _compare_again(context, row.lead_id, "team")
    return _matter(row)


def set_plan(context: Context, matter_id: str, *, plan: dict[str, Any], security_level: str) -> Matter:
    """Keep the first plan and the security level."""
    row = _get_row(context.session, matter_id)
    row.plan, row.security_level = plan, security_level
    context.session.flush()
    context.audit("matter.planned", f"matter:{matter_id}", security_level=security_level)
    return _matter(row)


def activate_matter(context: Context, matter_id: str) -> Matter:
    """Start the work on a matter, or take a suspended one up again."""
    row = _get_row(context.session, matter_id)
    if row.activated_at:
        _compare_again(context, row.lead_id, "reopened")
    row.activated_at, row.suspended_reason = row.activated_at or context.now, None
    return _move(context, row, ACTIVE)


def _compare_again(context: Context, lead_id: str, trigger: str) -> None:
    """Have the conflicts of a case compared again (rules.md 3.5)."""
    payload = {"lead_id": lead_id, "trigger": trigger}
    context.send_message("conflict.names_changed", correlation=lead_id, payload=payload)


def suspend_matter(context: Context, matter_id: str, *, reason: str) -> Matter:
    """Let a matter rest."""
    row = _get_row(context.session, matter_id)
    row.suspended_reason = reason
    return _move(context, row, SUSPENDED, reason=reason)


def start_closing(context: Context, matter_id: str) -> Matter:
    """Begin to close a matter."""
    return _move(context, _get_row(context.session, matter_id), CLOSING)


def resume_matter(context: Context, matter_id: str, *, reason: str) -> Matter:
    """Go on with a matter whose closing was taken back."""
    return _move(context, _get_row(context.session, matter_id), ACTIVE, reason=reason)


def close_matter(context: Context, matter_id: str) -> Matter:
    """Close a matter that is closing; the archive's periods count from now."""
    row = _get_row(context.session, matter_id)
    row.closed_at = context.now
    context.send_message("case.closed", correlation=row.lead_id, payload={})
    return _move(context, row, CLOSED)


def file_matter(context: Context, matter_id: str) -> Matter:
    """Record that the matter's volume went to the archivist."""
    return _move(context, _get_row(context.session, matter_id), FILED)


def return_matter(context: Context, matter_id: str) -> Matter:
    """Record that the archivist sent the volume back."""
    return _move(context, _get_row(context.session, matter_id), CLOSED)


def archive_matter(context: Context, matter_id: str) -> Matter:
    """Record that the matter's volume has its file number: from here on it is read-only."""
    return _move(context, _get_row(context.session, matter_id), ARCHIVED)


def get_matter(session: Session, matter_id: str) -> Matter:
    """The matter with this id; raises NotFound."""
    return _matter(_get_row(session, matter_id))


def find_matter_by_lead(session: Session, lead_id: str) -> Matter | None:
    """The matter that a lead became, or None."""
    row = session.scalar(select(MatterRow).where(MatterRow.lead_id == lead_id))
    return _matter(row) if row else None


def list_members(session: Session, matter_id: str) -> dict[str, str]:
    """The team: person id → part."""
    rows = session.scalars(select(MatterMemberRow).where(MatterMemberRow.matter_id == matter_id))
    return {row.person_id: row.part for row in sorted(rows, key=lambda row: (PARTS.index(row.part), row.person_id))}


def may_see(session: Session, matter: Matter, viewer: Actor) -> bool:
    """Whether a person may open a matter: the roles that see all, and the team."""
    if walls.keeps_out(session, matter.lead_id, viewer):
        return False
    return bool(SEE_ALL & viewer.roles) or viewer.id in list_members(session, matter.id)


def list_matters(
    session: Session,
    *,
    viewer: Actor,
    state: str | None = None,
    search: str = "",
    after: str | None = None,
    limit: int = 50,
) -> list[Matter]:
    """The matters a person may see, newest first; ``after`` is the id of the last one of the page before."""
    statement: Select[tuple[MatterRow]] = select(MatterRow)
    statement = statement.where(MatterRow.lead_id.not_in(walls.hidden_leads(viewer.id)))
    if not SEE_ALL & viewer.roles:
        own = select(MatterMemberRow.matter_id).where(MatterMemberRow.person_id == viewer.id)
        statement = statement.where(MatterRow.id.in_(own))
    if state:
        statement = statement.where(MatterRow.state == state)
    if search:
        statement = statement.where(
            or_(
                MatterRow.matter_no.icontains(search, autoescape=True),
                MatterRow.title.icontains(search, autoescape=True),
            )
        )
    if after:
        statement = statement.where(MatterRow.id < after)
    rows: Iterable[MatterRow] = session.scalars(statement.order_by(MatterRow.id.desc()).limit(limit))
    return [_matter(row) for row in rows]


def list_client_matters(session: Session, client_id: str) -> list[Matter]:
    """Every matter of a client, oldest first; for conflict checks and the client's file."""
    rows = session.scalars(select(MatterRow).where(MatterRow.client_id == client_id).order_by(MatterRow.id))
    return [_matter(row) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels say about the matter; empty before it is opened."""
    matter = find_matter_by_lead(session, lead_id)
    if matter is None:
        return {}
    client_file = find_client_file(session, matter.client_id)
    return {
        "matter": {
            "id": matter.id,
            "matter_no": matter.matter_no,
            "client_no": client_file.client_no if client_file else "",
            "matter_type": matter.matter_type,
            "title": matter.title,
            "state": matter.state,
            "lawyer_id": matter.lawyer_id,
            "security_level": matter.security_level,
            "plan": matter.plan,
            "opened_at": matter.opened_at.isoformat(),
            "closed_at": matter.closed_at.isoformat() if matter.closed_at else None,
            "members": list_members(session, matter.id),
        }
    }


def _move(context: Context, row: MatterRow, state: str, **data: Any) -> Matter:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.matter_no, old=row.state, new=state, reason="the matter is not at that point")
    old, row.state = row.state, state
    context.session.flush()
    context.audit("matter.moved", f"matter:{row.id}", matter_no=row.matter_no, old=old, new=state, **data)
    return _matter(row)


def _get_row(session: Session, matter_id: str) -> MatterRow:
    row = session.get(MatterRow, matter_id)
    if row is None:
        raise NotFound(kind="matter", id=matter_id)
    return row


def _matter(row: MatterRow) -> Matter:
    return Matter(**{name: getattr(row, name) for name in Matter.__dataclass_fields__})
