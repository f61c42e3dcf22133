"""Floors (最低保管年限): what other law or an agreement asks for beside the table of periods; the longest wins (D6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotAllowed, StateRefused
from workflows.records import complaints, documents, volume_contents, volumes
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import Volume

AML, ACCOUNTING, INVOICE, COMPLAINT = "aml", "accounting", "invoice", "complaint"
CONTRACT, INSURANCE = "contract", "insurance"
NAMES: Mapping[str, str] = {
    AML: "反洗钱客户身份资料和交易记录",
    ACCOUNTING: "会计凭证原件",
    INVOICE: "发票存根",
    COMPLAINT: "有投诉的案卷",
    CONTRACT: "委托合同约定",
    INSURANCE: "执业保险事故",
}
#: what somebody enters by hand; the others follow from the volume's contents
ENTERED = (CONTRACT, INSURANCE)
SETTERS = frozenset({"archivist", "compliance", "director"})


class RetentionFloorRow(Base):
    __tablename__ = "retention_floors"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Floor:
    """One floor of one volume: until when it holds, why, and where that is written."""

    kind: str
    until: date
    reason: str
    basis: str

    @property
    def name(self) -> str:
        """What it is called."""
        return NAMES[self.kind]

    @property
    def sentence(self) -> str:
        """The floor as the cover says it."""
        return f"{self.name}，不得早于{self.until.year}年12月31日销毁（{self.basis}）"


def list_floors(session: Session, volume: Volume) -> list[Floor]:
    """Every floor of a volume whose matter is closed, the longest first."""
    if volume.closed_on is None:
        return []
    found = [_by_rule(volume, kind) for kind in _kinds_of(session, volume)]
    found += [
        Floor(row.kind, row.until, row.reason, row.reason)
        for row in session.scalars(select(RetentionFloorRow).where(RetentionFloorRow.volume_id == volume.id))
    ]
    return sorted(found, key=lambda floor: floor.until, reverse=True)


def longest(session: Session, volume: Volume) -> Floor | None:
    """The floor that counts, or None."""
    return next(iter(list_floors(session, volume)), None)


def add_floor(context: Context, volume_id: str, *, kind: str, until: date, reason: str) -> None:
    """Enter what a contract or an insurer asks for. Raises ``NotAllowed`` and ``StateRefused``."""
    if context.actor.kind != "system" and not context.actor.roles & SETTERS:
        raise NotAllowed(reason="the archivist, compliance or the director enters this")
    volume = volumes.get_volume(context.session, volume_id)
    if kind not in ENTERED or not reason.strip() or volume.state in volumes.GONE:
        raise StateRefused(
            what=volume.title, old=volume.state, new=kind, reason="no such floor, no reason, or the volume is gone"
        )
    row = RetentionFloorRow(
        id=new_id(),
        volume_id=volume_id,
        kind=kind,
        until=date(until.year, 12, 31),  # a period ends with its year
        reason=reason.strip(),
        set_at=context.now,
        set_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("retention_floor.added", f"volume:{volume_id}", kind=kind, until=row.until.isoformat(), reason=row.reason)


def _kinds_of(session: Session, volume: Volume) -> list[str]:
    """The floors that follow from what the volume is and holds."""
    kinds = [AML] if volume.cover.get("aml") else []
    in_slot = documents.list_documents(session, volume.lead_id, slot="complaint")
    if in_slot or complaints.list_complaints(session, case_lead_id=volume.lead_id):
        kinds.append(COMPLAINT)
    receipts = [piece for piece in volume_contents.list_pieces(session, volume.id) if piece.slot == "fee_receipts"]
    if receipts:
        originals = any(piece.form == volume_contents.ORIGINAL for piece in receipts)
        kinds.append(ACCOUNTING if originals else INVOICE)
    return kinds


def _by_rule(volume: Volume, kind: str) -> Floor:
    assert volume.closed_on is not None
    rule = get_rule("retention_floors", f"{kind}_years", volume.closed_on)
    return Floor(kind, date(volume.closed_on.year + int(rule.value), 12, 31), NAMES[kind], rule.legal_basis)
