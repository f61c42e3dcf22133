"""Transfers (移交, P22d): volumes that leave the firm for an archive house, a merged firm or at dissolution (档案法 art. 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import legal_holds, volume_loans, volumes
from workflows.records.numbers import allocate

LISTED, TESTED, APPROVED, HANDED_OVER, REFUSED = "LISTED", "TESTED", "APPROVED", "HANDED_OVER", "REFUSED"
NEXT = {
    LISTED: frozenset({LISTED, TESTED, REFUSED}),
    TESTED: frozenset({LISTED, APPROVED, REFUSED}),
    APPROVED: frozenset({HANDED_OVER, LISTED, REFUSED}),
    HANDED_OVER: frozenset(),
    REFUSED: frozenset(),
}
STATES = {LISTED: "编制清单", TESTED: "检测合格", APPROVED: "已批准", HANDED_OVER: "已移交", REFUSED: "不移交"}
KINDS = {"archive_house": "移交档案馆", "merged_firm": "因合并移交", "dissolution": "因解散移交", "other": "依法移交其他机构"}
FROM = frozenset({volumes.STORED, volumes.APPRAISING})


class TransferRow(Base):
    __tablename__ = "volume_transfers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(200))
    basis: Mapped[str] = mapped_column(Text)
    notify_clients: Mapped[bool] = mapped_column(default=False)
    volume_ids: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12), index=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_by: Mapped[str] = mapped_column(String(80))
    begun_by_name: Mapped[str] = mapped_column(String(120))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    signed: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    report_id: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Transfer:
    """One transfer; ``signed`` holds what both sides signed, ``file_sha256`` the digest of what was handed out."""

    id: str
    number: str
    kind: str
    recipient: str
    basis: str
    notify_clients: bool
    volume_ids: list[str]
    state: str
    begun_at: datetime
    begun_by: str
    begun_by_name: str
    file_sha256: str | None
    signed: dict[str, Any]
    report_id: str | None
    ended_at: datetime | None


def begin(
    context: Context, *, kind: str, recipient: str, basis: str, volume_ids: Sequence[str], notify_clients: bool
) -> Transfer:
    """List volumes for a transfer; raises StateRefused with the first that may not leave."""
    year = context.now.astimezone(FIRM_ZONE).year
    check_free(context.session, volume_ids)
    for volume_id in sorted(set(volume_ids) & list_under_way(context.session)):
        title = volumes.get_volume(context.session, volume_id).title
        raise StateRefused(what=title, old=LISTED, new=LISTED, reason="another transfer lists it")
    row = TransferRow(
        id=new_id(),
        number=f"YJ-{year}-{allocate(context, 'transfer', year):03d}",
        kind=kind,
        recipient=recipient,
        basis=basis,
        notify_clients=notify_clients,
        volume_ids=list(volume_ids),
        state=LISTED,
        begun_at=context.now,
        begun_by=context.actor.id,
        begun_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("transfer.listed", f"transfer:{row.id}", number=row.number, volumes=len(row.volume_ids))
    payload = {"transfer_id": row.id, "lead_id": row.id, "starter_id": context.actor.id, "title": row.number}
    context.send_message("transfer.begun", correlation=row.id, payload=payload)
    return _transfer(row)


def find_obstacle(session: Session, volume_id: str) -> str:
    """Why a volume may not leave: where it is in its life, a loan, a hold; nothing when it may."""
    volume = volumes.get_volume(session, volume_id)
    if volume.state not in FROM:
        return "案卷不在库，或者尚未入库"
    if not volume.package_sha256:
        return "没有归档包"
    if volume_loans.has_open_loan(session, volume_id):
        return "案卷正在借阅或者已有借阅申请"
    if legal_holds.is_on_hold(session, volume.lead_id):
        return "案卷处于证据保全（投诉、争议或者审计）中"
    return ""


def list_under_way(session: Session) -> set[str]:
    """The volumes that a transfer lists which is neither done nor given up."""
    rows = session.scalars(select(TransferRow.volume_ids).where(TransferRow.state.in_((LISTED, TESTED, APPROVED))))
    return {volume_id for listed in rows for volume_id in listed}


def check_free(session: Session, volume_ids: Sequence[str]) -> None:
    """Raise StateRefused for the first volume that may not leave (G8's blocks hold for transfers too)."""
    for volume_id in volume_ids:
        reason = find_obstacle(session, volume_id)
        if reason:
            volume = volumes.get_volume(session, volume_id)
            raise StateRefused(what=volume.file_no or volume.title, old=volume.state, new=volumes.TRANSFERRED, reason=reason)


def relist(context: Context, transfer_id: str, volume_ids: Sequence[str]) -> Transfer:
    """Change the list; whatever was tested or approved has to be so again."""
    row = _get_row(context.session, transfer_id)
    check_free(context.session, volume_ids)
    row.volume_ids, row.signed = list(volume_ids), {}
    return _move(context, row, LISTED)


def move(context: Context, transfer_id: str, state: str) -> Transfer:
    """Bring a transfer into its next state; raises StateRefused."""
    return _move(context, _get_row(context.session, transfer_id), state)


def keep_file(context: Context, transfer_id: str, sha256: str, report_id: str) -> None:
    """Record what is handed out: the digest of the file and the list as a document."""
    row = _get_row(context.session, transfer_id)
    row.file_sha256, row.report_id = sha256, report_id
    context.session.flush()
    context.audit("transfer.packed", f"transfer:{transfer_id}", sha256=sha256)


def sign(context: Context, transfer_id: str, side: str, values: dict[str, Any]) -> Transfer:
    """Keep one side's signature (``firm`` or ``recipient``)."""
    row = _get_row(context.session, transfer_id)
    if row.state != APPROVED:
        raise StateRefused(what=row.number, old=row.state, new="signed", reason="the transfer is not approved")
    row.signed = {**row.signed, side: {**values, "at": context.now.isoformat(), "kept_by": context.actor.name}}
    context.session.flush()
    context.audit("transfer.signed", f"transfer:{transfer_id}", side=side, name=values.get("name"))
    return _transfer(row)


def hand_over(context: Context, transfer_id: str) -> Transfer:
    """The volumes have left: both sides signed, and still nothing holds them; raises StateRefused."""
    row = _get_row(context.session, transfer_id)
    if not {"firm", "recipient"} <= set(row.signed):
        raise StateRefused(what=row.number, old=row.state, new=HANDED_OVER, reason="both sides have to sign")
    check_free(context.session, row.volume_ids)
    moved = _move(context, row, HANDED_OVER)
    for volume_id in row.volume_ids:
        volumes.move(context, volume_id, volumes.TRANSFERRED, transfer=row.number, recipient=row.recipient)
    row.ended_at = context.now
    context.session.flush()
    return moved


def get_transfer(session: Session, transfer_id: str) -> Transfer:
    """The transfer with this id; raises NotFound."""
    return _transfer(_get_row(session, transfer_id))


def list_transfers(session: Session, *, limit: int = 100) -> list[Transfer]:
    """The transfers, newest first."""
    return [_transfer(row) for row in session.scalars(select(TransferRow).order_by(TransferRow.id.desc()).limit(limit))]


def _move(context: Context, row: TransferRow, state: str) -> Transfer:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.number, old=row.state, new=state, reason="the transfer is not at that point")
    row.state = state
    context.session.flush()
    context.audit(f"transfer.{state.lower()}", f"transfer:{row.id}")
    return _transfer(row)


def _get_row(session: Session, transfer_id: str) -> TransferRow:
    row = session.get(TransferRow, transfer_id)
    if row is None:
        raise NotFound(kind="transfer", id=transfer_id)
    return row


def _transfer(row: TransferRow) -> Transfer:
    return Transfer(**{name: getattr(row, name) for name in Transfer.__dataclass_fields__})
