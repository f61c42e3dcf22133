"""The firm's compliance year (年度合规): what is due by whom, its proof, who declared, who signed (P29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused
from workflows.records import people
from workflows.records.rule_packs import get_rule

OPEN, SIGNED = "OPEN", "SIGNED"
INTERESTS, CONFIDENTIALITY = "interests", "confidentiality"
MORNING, EVENING = time(9), time(18)
FIRST_MONTH = 11  # days from here on lie in the year before
SIGNERS = frozenset({"partner", "director"})
READERS = frozenset({"compliance", "partner", "director", "admin", "finance", "archivist"})


class ComplianceYearRow(Base):
    __tablename__ = "compliance_years"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str | None] = mapped_column(String(80))
    signed_by_name: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")


class ComplianceItemRow(Base):
    __tablename__ = "compliance_items"
    __table_args__ = (UniqueConstraint("year_id", "key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    year_id: Mapped[str] = mapped_column(ForeignKey("compliance_years.id"), index=True)
    key: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    everybody: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(Text)
    help: Mapped[str] = mapped_column(Text)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    result: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    proof: Mapped[list[str]] = mapped_column(Json, default=list)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(String(80))
    done_by_name: Mapped[str | None] = mapped_column(String(120))
    returned: Mapped[str] = mapped_column(Text, default="")


class DeclarationRow(Base):
    __tablename__ = "compliance_declarations"

    item_id: Mapped[str] = mapped_column(ForeignKey("compliance_items.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_name: Mapped[str] = mapped_column(String(120))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    values: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class ComplianceYear:
    """One year's calendar; ``id`` is also its own file, in which the proofs and the year's paper lie."""

    id: str
    year: int
    state: str
    opened_at: datetime
    signed_at: datetime | None
    signed_by_name: str | None
    note: str


@dataclass(frozen=True)
class ComplianceItem:
    """One thing to do; ``everybody`` is interests or confidentiality when each person declares; ``proof`` are document ids."""

    id: str
    year_id: str
    key: str
    title: str
    title_en: str
    role: str
    everybody: str
    basis: str
    help: str
    begins_at: datetime
    due_at: datetime
    result: str | None
    note: str
    proof: list[str]
    done_at: datetime | None
    done_by: str | None
    done_by_name: str | None
    returned: str

    def is_late(self, now: datetime) -> bool:
        """Whether its day has passed undone."""
        return self.done_at is None and self.due_at < now


@dataclass(frozen=True)
class Declaration:
    """What one person declared for an item."""

    person_id: str
    person_name: str
    declared_at: datetime
    values: dict[str, Any]


def next_opening(now: datetime) -> datetime:
    """When the next year's calendar is opened (1 November, by the rule pack)."""
    local = now.astimezone(FIRM_ZONE)
    this = datetime.combine(_day(local.year, str(_rule("opens", local.date()))), MORNING, FIRM_ZONE)
    return this if this > local else this.replace(year=this.year + 1)


def open_year(context: Context) -> ComplianceYear:
    """Open the calendar that runs at this moment, with its items from the rule pack; one that is open is given back."""
    today = context.now.astimezone(FIRM_ZONE).date()
    year = today.year + (1 if today.month >= FIRST_MONTH else 0)
    found = find_year(context.session, year)
    if found is not None:
        return found
    row = ComplianceYearRow(id=new_id(), year=year, state=OPEN, opened_at=context.now)
    context.session.add(row)
    context.session.flush()
    for item in _rule("items", today):
        context.session.add(
            ComplianceItemRow(
                id=new_id(),
                year_id=row.id,
                key=item["key"],
                title=item["title"],
                title_en=item["title_en"],
                role=item["role"],
                everybody=item["everybody"],
                basis=item["basis"],
                help=item["help"],
                begins_at=datetime.combine(_day_of(year, item["begins"]), MORNING, FIRM_ZONE),
                due_at=datetime.combine(_day_of(year, item["due"]), EVENING, FIRM_ZONE),
            )
        )
    context.session.flush()
    context.audit("compliance.year_opened", f"compliance_year:{row.id}", year=year)
    return _year(row)


def declare(context: Context, item_id: str, person_id: str, values: Mapping[str, Any]) -> None:
    """Keep what somebody declares or confirms; everybody for themselves (raises NotAllowed)."""
    if context.actor.kind == "person" and context.actor.id != person_id:
        raise NotAllowed(reason="everybody declares for themselves")
    _open_item(context, item_id)
    name = people.find_name(context.session, person_id) or person_id
    context.session.merge(
        DeclarationRow(item_id=item_id, person_id=person_id, person_name=name, declared_at=context.now, values=dict(values))
    )
    context.audit("compliance.declared", f"compliance_item:{item_id}", person=person_id)


def finish_item(context: Context, item_id: str, *, result: str, note: str, proof: Sequence[str]) -> ComplianceItem:
    """Keep that an item is done, with its proof; raises NotAllowed for another role, StateRefused while declarations lack."""
    row = _open_item(context, item_id)
    if context.actor.kind == "person" and not context.actor.roles & {row.role, "director"}:
        raise NotAllowed(reason="this item is another role's")
    lacking = list_undeclared(context.session, item_id) if result == "done" else []
    if lacking:
        names = "、".join(person.name for person in lacking)
        raise StateRefused(what=row.title, old="open", new="done", reason=f"not yet declared: {names}")
    row.result, row.note, row.proof = result, note, list(proof)
    row.done_at, row.done_by, row.done_by_name = context.now, context.actor.id, context.actor.name
    context.session.flush()
    context.audit("compliance.item_done", f"compliance_item:{item_id}", key=row.key, result=result)
    return _item(row)


def return_items(context: Context, year_id: str, returned: Mapping[str, str]) -> None:
    """Give items back to whoever did them, each with the partner's reason (keyed by item id)."""
    _open_year(context, year_id)
    for item_id, reason in returned.items():
        row = _get_item(context.session, item_id)
        row.result, row.done_at, row.done_by, row.done_by_name, row.returned = None, None, None, None, reason
        context.audit("compliance.item_returned", f"compliance_item:{item_id}", reason=reason)
    context.session.flush()


def sign(context: Context, year_id: str, note: str) -> ComplianceYear:
    """Close the year with a partner's signature; refused while an item is open, and for who did one of them."""
    row = _open_year(context, year_id)
    if context.actor.kind == "person" and not context.actor.roles & SIGNERS:
        raise NotAllowed(reason="a partner signs the year")
    items = list_items(context.session, year_id)
    undone = [item.title for item in items if item.done_at is None]
    if undone:
        raise StateRefused(what=str(row.year), old=OPEN, new=SIGNED, reason=f"not done: {'、'.join(undone)}")
    if context.actor.id in {item.done_by for item in items}:
        raise FourEyes(who=context.actor.name, task=str(row.year))
    row.state, row.signed_at, row.note = SIGNED, context.now, note
    row.signed_by, row.signed_by_name = context.actor.id, context.actor.name
    context.session.flush()
    context.audit("compliance.year_signed", f"compliance_year:{row.id}", year=row.year)
    return _year(row)


def find_year(session: Session, year: int) -> ComplianceYear | None:
    """The calendar of a year."""
    row = session.scalar(select(ComplianceYearRow).where(ComplianceYearRow.year == year))
    return _year(row) if row else None


def find_file(session: Session, year_id: str) -> ComplianceYear | None:
    """The calendar whose own file has this id."""
    row = session.get(ComplianceYearRow, year_id)
    return _year(row) if row else None


def get_year(session: Session, year_id: str) -> ComplianceYear:
    """A calendar by id; raises NotFound."""
    found = find_file(session, year_id)
    if found is None:
        raise NotFound(kind="compliance year", id=year_id)
    return found


def list_years(session: Session) -> list[ComplianceYear]:
    """Every calendar, newest first."""
    return [_year(row) for row in session.scalars(select(ComplianceYearRow).order_by(ComplianceYearRow.year.desc()))]


def list_items(session: Session, year_id: str) -> list[ComplianceItem]:
    """A year's items in the order in which they are due."""
    query = select(ComplianceItemRow).where(ComplianceItemRow.year_id == year_id)
    return [_item(row) for row in session.scalars(query.order_by(ComplianceItemRow.due_at, ComplianceItemRow.id))]


def get_item(session: Session, item_id: str) -> ComplianceItem:
    """An item by id; raises NotFound."""
    return _item(_get_item(session, item_id))


def list_declarations(session: Session, item_id: str) -> list[Declaration]:
    """Who declared for an item, in the order in which they did."""
    query = select(DeclarationRow).where(DeclarationRow.item_id == item_id).order_by(DeclarationRow.declared_at)
    return [Declaration(row.person_id, row.person_name, row.declared_at, dict(row.values)) for row in session.scalars(query)]


def list_undeclared(session: Session, item_id: str) -> list[people.Person]:
    """Who of the firm's people has yet to declare for an item; nobody when it does not ask everybody."""
    if not _get_item(session, item_id).everybody:
        return []
    there = {each.person_id for each in list_declarations(session, item_id)}
    return [person for person in people.list_people(session) if person.id not in there]


def facts(session: Session, year_id: str) -> dict[str, Any]:
    """What the year's paper and the partner's panel say."""
    year = get_year(session, year_id)
    rows = [_row(session, item) for item in list_items(session, year_id)]
    signed = {"by": year.signed_by_name, "at": year.signed_at.isoformat()} if year.signed_at else {}
    return {"compliance": {"year": year.year, "note": year.note, "items": rows, **signed}}


def _row(session: Session, item: ComplianceItem) -> dict[str, Any]:
    declared = len(list_declarations(session, item.id)) if item.everybody else None
    return {
        "title": item.title,
        "basis": item.basis,
        "due": item.due_at.isoformat(),
        "done": item.done_at.isoformat() if item.done_at else None,
        "by": item.done_by_name or "",
        "result": item.result or "",
        "note": item.note,
        "proofs": len(item.proof),
        "declared": declared,
    }


def list_times(now: datetime) -> Iterator[tuple[str, str]]:
    """The periods of the process, by the name its variables have."""
    today = now.astimezone(FIRM_ZONE).date()
    for key in ("declare", "declare_reminder", "late_every", "sign"):
        yield f"compliance_{key}", str(_rule(key, today))


def _rule(key: str, on: date) -> Any:
    return get_rule("compliance", key, on).value


def _day(year: int, text: str) -> date:
    month, day = (int(part) for part in text.split("-"))
    return date(year, month, day)


def _day_of(year: int, text: str) -> date:
    """A day of a year's calendar: from November on it lies in the year before."""
    day = _day(year, text)
    return day.replace(year=year - 1) if day.month >= FIRST_MONTH else day


def _open_year(context: Context, year_id: str) -> ComplianceYearRow:
    row = context.session.get(ComplianceYearRow, year_id)
    if row is None:
        raise NotFound(kind="compliance year", id=year_id)
    if row.state != OPEN:
        raise StateRefused(what=str(row.year), old=row.state, new=OPEN, reason="the year is signed")
    return row


def _open_item(context: Context, item_id: str) -> ComplianceItemRow:
    row = _get_item(context.session, item_id)
    _open_year(context, row.year_id)
    return row


def _get_item(session: Session, item_id: str) -> ComplianceItemRow:
    row = session.get(ComplianceItemRow, item_id)
    if row is None:
        raise NotFound(kind="compliance item", id=item_id)
    return row


def _year(row: ComplianceYearRow) -> ComplianceYear:
    return ComplianceYear(**{name: getattr(row, name) for name in ComplianceYear.__dataclass_fields__})


def _item(row: ComplianceItemRow) -> ComplianceItem:
    return ComplianceItem(**{name: getattr(row, name) for name in ComplianceItem.__dataclass_fields__})
