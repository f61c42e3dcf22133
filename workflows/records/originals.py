"""Originals of clients (客户原件): what the firm holds for them, where, and the receipts for taking and returning each.

Rules of Lawyers' Practice (律师执业行为规范) on keeping the client's evidence and papers; Civil Code (民法典) art. 890, 899:
whoever keeps a thing looks after it and returns it. Nothing leaves the list without a receipt that the client signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused

HELD, RETURNING, RETURNED = "HELD", "RETURNING", "RETURNED"
STATE_NAMES: Mapping[str, str] = {HELD: "本所保管", RETURNING: "返还中，待客户签收", RETURNED: "已返还"}
NEXT: Mapping[str, frozenset[str]] = {
    HELD: frozenset({RETURNING}),
    RETURNING: frozenset({RETURNED, HELD}),
    RETURNED: frozenset(),
}
KINDS: Mapping[str, str] = {
    "evidence": "证据原件",
    "identity": "身份证件",
    "licence": "营业执照及其他证照",
    "seal": "印章",
    "contract": "合同、权利凭证",
    "other": "其他",
}
FORMS: Mapping[str, str] = {"original": "原件", "copy": "复印件"}
TAKEN, GIVEN_BACK = "taken", "returned"
BY_LINK, ON_PAPER, AT_CLOSING, AT_DECLINE = "link", "paper", "closing", "decline"
HOW_NAMES: Mapping[str, str] = {BY_LINK: "在线签收", ON_PAPER: "纸质签收", AT_CLOSING: "结案签收", AT_DECLINE: "谢绝委托时签收"}


class CustodyReceiptRow(Base):
    __tablename__ = "custody_receipts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    direction: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    person: Mapped[str] = mapped_column(String(120))
    on: Mapped[date] = mapped_column("on_day", Date)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    made_by_name: Mapped[str] = mapped_column(String(120))
    how: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signer_name: Mapped[str] = mapped_column(String(120))
    document_ids: Mapped[list[str]] = mapped_column(Json)


class OriginalRow(Base):
    __tablename__ = "client_originals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    copies: Mapped[int]
    form: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(120))
    holder_id: Mapped[str] = mapped_column(String(80), index=True)
    holder_name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), index=True)
    taken_id: Mapped[str] = mapped_column(ForeignKey("custody_receipts.id"))
    returned_id: Mapped[str | None] = mapped_column(ForeignKey("custody_receipts.id"), index=True)


@dataclass(frozen=True)
class Original:
    """One thing of the client's; ``holder`` is who of the firm answers for it, ``place`` where it lies."""

    id: str
    lead_id: str
    kind: str
    title: str
    copies: int
    form: str
    place: str
    holder_id: str
    holder_name: str
    state: str
    taken_id: str
    returned_id: str | None

    @property
    def line(self) -> str:
        """``证据原件：送货单 3份（原件）``."""
        return f"{KINDS.get(self.kind, self.kind)}：{self.title} {self.copies}份（{FORMS.get(self.form, self.form)}）"


@dataclass(frozen=True)
class CustodyReceipt:
    """One taking or returning; ``person`` is who brought or gets the things, ``signed_at`` when the receipt was signed."""

    id: str
    lead_id: str
    direction: str
    number: int
    person: str
    on: date
    made_by_name: str
    how: str
    note: str
    signed_at: datetime | None
    signer_name: str
    document_ids: list[str]


def take(
    context: Context,
    lead_id: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    person: str,
    on: date,
    holder_id: str,
    holder_name: str,
    note: str = "",
) -> CustodyReceipt:
    """Enter what the client handed in; the receipt carries the firm's seal and goes to the client."""
    if not rows:
        raise StateRefused(what="receipt", old="", new=HELD, reason="there is nothing to take")
    receipt = _open_receipt(context, lead_id, TAKEN, person=person, on=on, how=ON_PAPER, note=note)
    for row in rows:
        context.session.add(
            OriginalRow(
                id=new_id(), lead_id=lead_id, kind=str(row["kind"]), title=str(row["title"]), copies=int(row["copies"]),
                form=str(row["form"]), place=str(row["place"]), holder_id=holder_id, holder_name=holder_name, state=HELD,
                taken_id=receipt.id,
            )
        )
    context.session.flush()
    context.audit("originals.taken", f"lead:{lead_id}", count=len(rows), number=receipt.number, holder=holder_name)
    return _receipt(receipt)


def note_document(context: Context, receipt_id: str, document_id: str, *, signer_name: str = "") -> None:
    """Remember the paper of a receipt; a receipt for taking is signed once it carries the firm's seal."""
    row = _get_receipt(context.session, receipt_id)
    row.document_ids = [*row.document_ids, document_id]
    if row.direction == TAKEN:
        row.signed_at, row.signer_name = context.now, signer_name
    context.session.flush()


def begin_return(
    context: Context, lead_id: str, ids: Sequence[str], *, person: str, on: date, how: str, note: str = ""
) -> CustodyReceipt:
    """Hand things back; they stay on the firm's list until the client has signed for them."""
    if not ids:
        raise StateRefused(what="receipt", old=HELD, new=RETURNING, reason="there is nothing to return")
    receipt = _open_receipt(context, lead_id, GIVEN_BACK, person=person, on=on, how=how, note=note)
    for each in ids:
        row = context.session.get(OriginalRow, each)
        if row is None or row.lead_id != lead_id:
            raise NotFound(kind="original", id=each)
        _move(row, RETURNING)
        row.returned_id = receipt.id
    context.session.flush()
    context.audit("originals.handed_back", f"lead:{lead_id}", count=len(ids), number=receipt.number)
    return _receipt(receipt)


def sign_return(context: Context, receipt_id: str, *, how: str, signer_name: str, document_ids: Sequence[str] = ()) -> None:
    """The client signed for what came back, through a link or on paper; on paper there is a scan."""
    receipt = _get_receipt(context.session, receipt_id)
    if receipt.direction != GIVEN_BACK or receipt.signed_at is not None:
        raise StateRefused(what="receipt", old=receipt.direction, new=RETURNED, reason="this receipt is not open")
    if not signer_name.strip() or (how == ON_PAPER and not document_ids):
        raise StateRefused(what="receipt", old=RETURNING, new=RETURNED, reason="there is no signature")
    receipt.how, receipt.signed_at, receipt.signer_name = how, context.now, signer_name
    receipt.document_ids = [*receipt.document_ids, *document_ids]
    for row in context.session.scalars(select(OriginalRow).where(OriginalRow.returned_id == receipt_id)):
        _move(row, RETURNED)
    context.session.flush()
    context.audit("originals.returned", f"lead:{receipt.lead_id}", number=receipt.number, how=how, signer=signer_name)


def return_rest(context: Context, lead_id: str, *, how: str, person: str, titles: Sequence[str] = ()) -> int:
    """What is still held went back with another signed paper (the closing's or the decline's); only ``titles`` when given."""
    held = [each.id for each in list_held(context.session, lead_id) if not titles or each.title in titles]
    if not held:
        return 0
    today = context.now.astimezone(FIRM_ZONE).date()
    for row in context.session.scalars(select(OriginalRow).where(OriginalRow.id.in_(held), OriginalRow.state == RETURNING)):
        _move(row, HELD)
    receipt = begin_return(context, lead_id, held, person=person, on=today, how=how)
    sign_return(context, receipt.id, how=how, signer_name=person)
    return len(held)


def list_originals(session: Session, lead_id: str) -> list[Original]:
    """Everything that was ever held for this case, in the order it came."""
    rows = session.scalars(select(OriginalRow).where(OriginalRow.lead_id == lead_id).order_by(OriginalRow.id))
    return [_original(row) for row in rows]


def list_held(session: Session, lead_id: str) -> list[Original]:
    """What has not been signed for yet (guard G5)."""
    return [each for each in list_originals(session, lead_id) if each.state != RETURNED]


def list_held_by(session: Session, person_id: str) -> list[Original]:
    """What somebody of the firm answers for."""
    rows = session.scalars(select(OriginalRow).where(OriginalRow.holder_id == person_id, OriginalRow.state != RETURNED))
    return [_original(row) for row in rows]


def list_receipts(session: Session, lead_id: str) -> list[CustodyReceipt]:
    """The receipts of a case, newest first."""
    query = select(CustodyReceiptRow).where(CustodyReceiptRow.lead_id == lead_id).order_by(CustodyReceiptRow.id.desc())
    return [_receipt(row) for row in session.scalars(query)]


def get_receipt(session: Session, receipt_id: str) -> CustodyReceipt:
    """A receipt by id. Raises ``NotFound``."""
    return _receipt(_get_receipt(session, receipt_id))


def list_of_receipt(session: Session, receipt_id: str) -> list[Original]:
    """The things on a receipt."""
    mine = (OriginalRow.taken_id == receipt_id) | (OriginalRow.returned_id == receipt_id)
    return [_original(row) for row in session.scalars(select(OriginalRow).where(mine).order_by(OriginalRow.id))]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """``taken`` and ``returned``, the newest receipt of each kind, for its letter; empty texts where there is none."""
    found = {TAKEN: _blank(), GIVEN_BACK: _blank()}
    for receipt in reversed(list_receipts(session, lead_id)):
        rows = list_of_receipt(session, receipt.id)
        found[receipt.direction] = {
            "number": receipt.number, "person": receipt.person, "on": receipt.on.isoformat(), "by": receipt.made_by_name,
            "note": receipt.note, "text": "；".join(each.line for each in rows),
            "rows": [
                {"kind": KINDS.get(each.kind, each.kind), "title": each.title, "copies": each.copies,
                 "form": FORMS.get(each.form, each.form), "place": each.place}
                for each in rows
            ],
        }  # fmt: skip
    return {"custody": found}


def _blank() -> dict[str, Any]:
    return {"number": "", "person": "", "on": "", "by": "", "note": "", "text": "", "rows": []}


def _open_receipt(
    context: Context, lead_id: str, direction: str, *, person: str, on: date, how: str, note: str
) -> CustodyReceiptRow:
    known = select(func.count()).where(CustodyReceiptRow.lead_id == lead_id, CustodyReceiptRow.direction == direction)
    row = CustodyReceiptRow(
        id=new_id(), lead_id=lead_id, direction=direction, number=(context.session.scalar(known) or 0) + 1, person=person, on=on,
        made_at=context.now, made_by=context.actor.id, made_by_name=context.actor.name, how=how, note=note, signer_name="",
        document_ids=[],
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    return row


def _move(row: OriginalRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="it is not at that point")
    row.state = state


def _get_receipt(session: Session, receipt_id: str) -> CustodyReceiptRow:
    row = session.get(CustodyReceiptRow, receipt_id)
    if row is None:
        raise NotFound(kind="custody receipt", id=receipt_id)
    return row


def _receipt(row: CustodyReceiptRow) -> CustodyReceipt:
    return CustodyReceipt(**{name: getattr(row, name) for name in CustodyReceipt.__dataclass_fields__})


def _original(row: OriginalRow) -> Original:
    return Original(**{name: getattr(row, name) for name in Original.__dataclass_fields__})
