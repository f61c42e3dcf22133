"""Tables of periods (保管期限表): which one the firm has in force, chosen by its director, and what decision D6 asks of a volume.

Two come with the product: the national table of 1991 and the firm's own ("modern"). Rows of both stand in
``decisions/retention.dmn``, thresholds in ``rules/retention_1991.yaml`` and ``rules/retention_modern.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import volume_slots
from workflows.records.money import to_decimal
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import Volume

NATIONAL, OWN = "1991", "modern"
PACKS: Mapping[str, str] = {NATIONAL: "1991年《律师业务档案保管期限表》", OWN: "本所档案保管期限表"}
DECIDERS = frozenset({"director", "compliance"})


class RetentionChoiceRow(Base):
    __tablename__ = "retention_choices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pack: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    chosen_by: Mapped[str] = mapped_column(String(80))
    chosen_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class RetentionChoice:
    """One decision of the firm on the table it applies from then on."""

    id: str
    pack: str
    reason: str
    chosen_at: datetime
    chosen_by: str
    chosen_by_name: str

    @property
    def name(self) -> str:
        """What the table is called."""
        return PACKS[self.pack]


def choose(context: Context, pack: str, reason: str) -> RetentionChoice:
    """Put another table in force. Raises ``NotAllowed``, ``NotFound`` and ``StateRefused``."""
    if context.actor.kind != "system" and not context.actor.roles & DECIDERS:
        raise NotAllowed(reason="the director or compliance decides on the table of periods")
    if pack not in PACKS:
        raise NotFound(kind="retention table", id=pack)
    before = pack_in_force(context.session)
    if pack == before or not reason.strip():
        raise StateRefused(what=PACKS[pack], old=before, new=pack, reason="it is in force already, or no reason is given")
    row = RetentionChoiceRow(
        id=new_id(),
        pack=pack,
        reason=reason.strip(),
        chosen_at=context.now,
        chosen_by=context.actor.id,
        chosen_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("retention_pack.chosen", f"retention_pack:{pack}", before=before, reason=row.reason)
    return _choice(row)


def pack_in_force(session: Session) -> str:
    """The table that counts now; the national one until the firm decides otherwise."""
    found = session.scalar(select(RetentionChoiceRow.pack).order_by(RetentionChoiceRow.id.desc()).limit(1))
    return found or NATIONAL


def list_choices(session: Session) -> list[RetentionChoice]:
    """Every decision of the firm on its table, newest first."""
    return [_choice(row) for row in session.scalars(select(RetentionChoiceRow).order_by(RetentionChoiceRow.id.desc()))]


def threshold(pack: str, key: str, on: date) -> Any:
    """A threshold of a table."""
    return get_rule(f"retention_{pack}", key, on).value


def inputs_of(volume: Volume, pack: str, on: date) -> dict[str, Any]:
    """What decision D6 asks of a volume under a table of periods."""
    amount, said = to_decimal(volume.cover.get("amount")), bool(volume.cover.get("amount"))
    return {
        "retention_pack": pack,
        "volume_kind": volume_slots.get_kind(volume.matter_type).key,
        "has_lasting_value": bool(volume.cover.get("traits")),
        "is_large_amount": amount >= to_decimal(threshold(pack, "permanent_amount", on)),
        # An amount that nobody wrote down does not make a case small.
        "is_small_amount": said and amount < to_decimal(threshold(pack, "small_amount", on)),
        "sentence_years": int(volume.cover.get("sentence_years") or 0),
    }


def _choice(row: RetentionChoiceRow) -> RetentionChoice:
    return RetentionChoice(**{name: getattr(row, name) for name in RetentionChoice.__dataclass_fields__})
