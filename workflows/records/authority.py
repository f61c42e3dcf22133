"""Authority for acts (代理行为的授权依据, guard G4): the contract's special powers, or a signature for exactly that act.

Civil Procedure Law (民事诉讼法) art. 62: admitting, waiving or changing claims, settling, counterclaiming and appealing need
the client's express grant. Civil Code (民法典) art. 922: only where the client cannot be reached in time may the lawyer act
first, with a partner's consent, and reports at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, StateRefused
from workflows.records import case_access, confirmations, contracts, matters, powers

CONTRACT, CONFIRMATION, URGENT = "contract", "confirmation", "urgent"
BASIS_NAMES = {CONTRACT: "委托合同的特别授权", CONFIRMATION: "客户书面确认", URGENT: "紧急先行处理（待客户追认）"}


class AuthorityMissing(JuanzongError):
    """“{act}” is not covered: the contract gives no such special power, and the client has not signed for this act."""


class MatterActRow(Base):
    __tablename__ = "matter_acts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    act: Mapped[str] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text)
    done_on: Mapped[date] = mapped_column(Date)
    basis: Mapped[str] = mapped_column(String(12))
    confirmation_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    document_id: Mapped[str | None] = mapped_column(String(32))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))
    recorded_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Authority:
    """What covers an act; ``detail`` names it for people."""

    basis: str
    detail: str
    confirmation_id: str | None = None


@dataclass(frozen=True)
class MatterAct:
    """One act that was done for the client, with what covered it."""

    id: str
    matter_id: str
    act: str
    summary: str
    done_on: date
    basis: str
    confirmation_id: str | None
    document_id: str | None
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str


def find_authority(session: Session, matter_id: str, act: str) -> Authority | None:
    """What covers an act of this matter now, or None. A signature covers one act once."""
    matter = matters.get_matter(session, matter_id)
    contract = contracts.find_contract(session, matter.lead_id)
    binding = contract is not None and contract.state in contracts.IN_FORCE
    if contract and binding and contract.terms.get("authority") == powers.SPECIAL and act in (contract.terms.get("powers") or []):
        return Authority(CONTRACT, contract.contract_no)
    used = set(session.scalars(select(MatterActRow.confirmation_id).where(MatterActRow.matter_id == matter_id)))
    for found in confirmations.list_for_act(session, matter_id, act):
        if found.id in used:
            continue
        if found.state == confirmations.SIGNED:
            return Authority(CONFIRMATION, found.subject, found.id)
        if found.urgent and found.state in (confirmations.DRAFT, confirmations.SENT):
            return Authority(URGENT, found.subject, found.id)
    return None


def check_authority(session: Session, matter_id: str, act: str, on: date) -> Authority:
    """What covers an act. Raises ``AuthorityMissing`` where nothing does."""
    found = find_authority(session, matter_id, act)
    if found is None:
        raise AuthorityMissing(act=name_act(act, on))
    return found


def record_act(
    context: Context, matter_id: str, act: str, *, summary: str, done_on: date, document_id: str | None = None
) -> MatterAct:
    """Enter that an act was done; refused when nothing covers it, wherever the entry comes from."""
    today = context.now.astimezone(FIRM_ZONE).date()
    matter = matters.get_matter(context.session, matter_id)
    case_access.check_works_on(context.session, matter.lead_id, context.actor)
    if matter.state not in matters.RUNNING:
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matter.state, reason="the matter is not running")
    if act not in special_acts(today):
        raise ValueError(f"there is no act {act}")
    covered = check_authority(context.session, matter_id, act, today)
    row = MatterActRow(
        id=new_id(),
        matter_id=matter_id,
        act=act,
        summary=summary,
        done_on=done_on,
        basis=covered.basis,
        confirmation_id=covered.confirmation_id,
        document_id=document_id,
        recorded_at=context.now,
        recorded_by=context.actor.id,
        recorded_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("act.recorded", f"matter:{matter_id}", act=act, basis=covered.basis, detail=covered.detail)
    return MatterAct(**{name: getattr(row, name) for name in MatterAct.__dataclass_fields__})


def list_acts(session: Session, matter_id: str) -> list[MatterAct]:
    """The acts done in a matter, newest first."""
    rows = session.scalars(select(MatterActRow).where(MatterActRow.matter_id == matter_id).order_by(MatterActRow.id.desc()))
    return [MatterAct(**{name: getattr(row, name) for name in MatterAct.__dataclass_fields__}) for row in rows]


def special_acts(on: date) -> dict[str, str]:
    """Every act that needs the client's express grant, by key, with its name."""
    return {power.key: power.label for power in powers.list_powers(on) if power.special}


def name_act(act: str | None, on: date) -> str:
    """An act in Chinese; what is no act gives nothing."""
    return special_acts(on).get(act or "", "")


def describe(act: MatterAct) -> dict[str, Any]:
    """An act as a page shows it."""
    return {"act": name_act(act.act, act.done_on), "basis": BASIS_NAMES[act.basis], "row": act}
