"""Opinions on the volumes of a list: the archivist's first look, the lawyers, compliance, finance (P21, U2 to U3c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import appraisals, legal_holds, matters, people, stand_ins, volumes
from workflows.records.appraisals import Item
from workflows.records.rule_packs import get_rule

LAWYER, COMPLIANCE, FINANCE = "lawyer", "compliance", "finance"


class AppraisalOpinionRow(Base):
    __tablename__ = "appraisal_opinions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appraisal_id: Mapped[str] = mapped_column(String(32), index=True)
    person_id: Mapped[str] = mapped_column(String(32))
    person_name: Mapped[str] = mapped_column(String(120))
    item_ids: Mapped[list[str]] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_silent: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True)
class Asked:
    """One lawyer who is asked about some volumes of a list."""

    id: str
    appraisal_id: str
    person_id: str
    person_name: str
    item_ids: list[str]
    asked_at: datetime
    settled_at: datetime | None
    is_silent: bool


def look(context: Context, appraisal_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the archivist's first look at each volume. Raises ``StateRefused`` unless every volume of the list has one."""
    found = {str(row.get("item_id")): row for row in rows}
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.LISTED):
        said = found.get(item.id)
        if said is None or not said.get("condition") or not said.get("proposal"):
            raise StateRefused(what=item.file_no, old="初审", new="征求意见", reason="the volume was not looked at")
        row = appraisals.get_item_row(context.session, item.id)
        row.first_look = {
            "condition": said["condition"],
            "pages_found": int(said.get("pages_found") or 0),
            "value_note": said.get("value_note") or "",
            "proposal": said["proposal"],
            "years": int(said.get("years") or 0),
            "originals": said.get("originals") or "",
            **_who(context),
        }
    appraisals.keep_step(context, appraisal_id, "first_look", {"count": len(found)})
    context.audit("appraisal.looked_at", f"appraisal:{appraisal_id}", volumes=len(found))


def ask_lawyers(context: Context, appraisal_id: str) -> list[Asked]:
    """Ask the lead lawyer of each volume's matter, or who stands in; a partner speaks where nobody is left."""
    by_person: dict[str, list[str]] = {}
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.LISTED):
        by_person.setdefault(_lawyer_of(context.session, item), []).append(item.id)
    asked = []
    for person_id, item_ids in by_person.items():
        row = AppraisalOpinionRow(
            id=new_id(),
            appraisal_id=appraisal_id,
            person_id=person_id,
            person_name=people.find_name(context.session, person_id) or "",
            item_ids=item_ids,
            asked_at=context.now,
        )
        context.session.add(row)
        asked.append(_asked(row))
    context.session.flush()
    return asked


def answer(context: Context, opinion_id: str, rows: Sequence[Mapping[str, Any]]) -> Asked:
    """Keep what a lawyer says about the volumes they were asked about."""
    row = _get_row(context.session, opinion_id)
    said = {str(each.get("item_id")): each for each in rows}
    for item_id in row.item_ids:
        given = said.get(item_id, {})
        agrees = given.get("agrees") == "yes"
        opinion = {"agrees": agrees, "reason": given.get("reason") or "", "silent": False, **_who(context)}
        _add(context, item_id, LAWYER, opinion)
    return _settle(context, row)


def take_silence(context: Context, opinion_id: str) -> Asked:
    """Nothing was said in time: the volumes are to be kept some years more."""
    row = _get_row(context.session, opinion_id)
    years = silence_years(context)
    for item_id in row.item_ids:
        said = f"{row.person_name}逾期未表态，视为续存{years}年"
        opinion = {"agrees": False, "reason": said, "silent": True, "years": years, **_who(context)}
        _add(context, item_id, LAWYER, opinion | {"by": row.person_name})
    row.is_silent = True
    return _settle(context, row)


def say_compliance(context: Context, appraisal_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep compliance's look at floors and holds; a hold is set at once and takes the volume off the list."""
    for given in rows:
        item = appraisals.get_item_row(context.session, str(given["item_id"]))
        objects = given.get("floors_ok") != "yes" or given.get("hold") == "yes"
        opinion = {"objects": objects, "reason": given.get("reason") or "", **_who(context)}
        _add(context, item.id, COMPLIANCE, opinion)
        if given.get("hold") == "yes":
            said = given.get("reason") or "鉴定中提出"
            legal_holds.place_hold(context, item.lead_id, cause=legal_holds.DISPUTE, reason=str(said), volume_id=item.volume_id)
    appraisals.drop_blocked(context, appraisal_id=appraisal_id)
    context.audit("appraisal.compliance_said", f"appraisal:{appraisal_id}")


def say_finance(context: Context, appraisal_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep finance's look at vouchers and fees."""
    for given in rows:
        is_ok = given.get("accounting_ok") == "yes"
        opinion = {"objects": not is_ok, "reason": given.get("reason") or "", **_who(context)}
        _add(context, str(given["item_id"]), FINANCE, opinion)
    context.audit("appraisal.finance_said", f"appraisal:{appraisal_id}")


def all_settled(session: Session, appraisal_id: str) -> bool:
    """Whether every lawyer has spoken or let the time pass."""
    query = select(AppraisalOpinionRow.id).where(
        AppraisalOpinionRow.appraisal_id == appraisal_id, AppraisalOpinionRow.settled_at.is_(None)
    )
    return session.scalar(query.limit(1)) is None


def get_asked(session: Session, opinion_id: str) -> Asked:
    """What a lawyer was asked; raises NotFound."""
    return _asked(_get_row(session, opinion_id))


def silence_years(context: Context) -> int:
    """For how long silence keeps a volume."""
    return int(get_rule("appraisal", "silence_years", context.now.astimezone(FIRM_ZONE).date()).value)


def _lawyer_of(session: Session, item: Item) -> str:
    volume = volumes.get_volume(session, item.volume_id)
    lawyer_id = matters.get_matter(session, volume.matter_id).lawyer_id
    found = stand_ins.find_stand_in(session, lawyer_id, item.lead_id)
    return found or next(person.id for person in people.list_people(session, "partner"))


def _add(context: Context, item_id: str, role: str, opinion: dict[str, Any]) -> None:
    row = appraisals.get_item_row(context.session, item_id)
    row.opinions = {**row.opinions, role: opinion}
    context.session.flush()


def _settle(context: Context, row: AppraisalOpinionRow) -> Asked:
    row.settled_at = context.now
    context.session.flush()
    context.audit("appraisal.lawyer_said", f"appraisal:{row.appraisal_id}", person=row.person_id, silent=row.is_silent)
    if all_settled(context.session, row.appraisal_id):
        context.send_message("appraisal.opinions_settled", correlation=row.appraisal_id)
    return _asked(row)


def _who(context: Context) -> dict[str, str]:
    return {"by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}


def _get_row(session: Session, opinion_id: str) -> AppraisalOpinionRow:
    row = session.get(AppraisalOpinionRow, opinion_id)
    if row is None:
        raise NotFound(kind="appraisal opinion", id=opinion_id)
    return row


def _asked(row: AppraisalOpinionRow) -> Asked:
    return Asked(**{name: getattr(row, name) for name in Asked.__dataclass_fields__})
