"""Letters that leave the firm under its seal (发文用印): reviewed by a second lawyer, approved, sealed, numbered, sent (P26).

Blank paper is never sealed; each letter to an authority (所函) bears a stub number, and one that is void comes back (G11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused
from workflows.records import documents, service_guard
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

DRAFTED, REVIEWED, OPINED, APPROVED = "DRAFTED", "REVIEWED", "OPINED", "APPROVED"
SEALED, SENT, RETURNED, VOID = "SEALED", "SENT", "RETURNED", "VOID"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFTED: frozenset({REVIEWED, RETURNED}),
    RETURNED: frozenset({DRAFTED, VOID}),
    REVIEWED: frozenset({OPINED, APPROVED, RETURNED}),
    OPINED: frozenset({APPROVED, RETURNED}),
    APPROVED: frozenset({SEALED, RETURNED}),
    SEALED: frozenset({SENT, VOID}),
    SENT: frozenset(),
    VOID: frozenset(),
}
STATE_NAMES: Mapping[str, str] = {
    DRAFTED: "待复核", REVIEWED: "已复核", OPINED: "合伙人已审", APPROVED: "已批准用印", SEALED: "已用印",
    SENT: "已发出", RETURNED: "已退回", VOID: "已作废",
}  # fmt: skip
LAWYER_LETTER, FIRM_LETTER, OPINION = "lawyer_letter", "firm_letter", "opinion"
CONTRACT, CERTIFICATE, OTHER = "contract", "certificate", "other"
KINDS: Mapping[str, str] = {
    LAWYER_LETTER: "律师函", FIRM_LETTER: "所函", OPINION: "法律意见书", CONTRACT: "合同", CERTIFICATE: "证明", OTHER: "其他",
}  # fmt: skip
#: the place of the volume that a kind of letter goes into
SLOTS: Mapping[str, str] = {FIRM_LETTER: "engagement", OPINION: "counsel_opinion"}
SLOT = "communications"
SEALS: Mapping[str, str] = {
    "official": "公章", "contract": "合同专用章", "finance": "财务专用章", "director": "主任签章", "electronic": "电子印章",
}  # fmt: skip
ADVICE = frozenset({LAWYER_LETTER, OPINION})  # advice for a client: nothing of it before the contract is signed (G2)


class OutgoingLetterRow(Base):
    __tablename__ = "outgoing_letters"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(10), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    addressee: Mapped[str] = mapped_column(String(200))
    addressee_kind: Mapped[str] = mapped_column(String(14))
    copies: Mapped[int]
    seal_kind: Mapped[str] = mapped_column(String(12))
    urgent: Mapped[bool]
    document_id: Mapped[str] = mapped_column(String(32))
    findings: Mapped[list[dict[str, str]]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text, default="")
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_by: Mapped[str] = mapped_column(String(80))
    drafted_by_name: Mapped[str] = mapped_column(String(120))
    steps: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    letter_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    stub_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    pages: Mapped[int | None]
    riding_seal: Mapped[bool | None]
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sealed_document_id: Mapped[str | None] = mapped_column(String(32))
    sent_on: Mapped[date | None] = mapped_column(Date)
    sending: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    void_reason: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class OutgoingLetter:
    """One letter; ``steps`` holds who reviewed, opined, approved and sealed it (id, name, at, note)."""

    id: str
    lead_id: str
    matter_id: str | None
    state: str
    kind: str
    title: str
    addressee: str
    addressee_kind: str
    copies: int
    seal_kind: str
    urgent: bool
    document_id: str
    findings: list[dict[str, str]]
    note: str
    drafted_at: datetime
    drafted_by: str
    drafted_by_name: str
    steps: dict[str, Any]
    letter_no: str | None
    stub_no: str | None
    pages: int | None
    riding_seal: bool | None
    sealed_at: datetime | None
    sealed_document_id: str | None
    sent_on: date | None
    sending: dict[str, Any]
    void_reason: str | None

    @property
    def slot(self) -> str:
        """The place of the volume that it goes into."""
        return SLOTS.get(self.kind, SLOT)


def draft(
    context: Context, letter_id: str | None, *, lead_id: str, matter_id: str | None, findings: list[dict[str, str]], **said: Any
) -> OutgoingLetter:
    """Enter a letter, or the new draft of one that was returned; ``said`` are the entries of the form.

    Raises StateRefused for advice to a client without a signed contract (G2), NotAllowed for blank paper.
    """
    document = documents.get_document(context.session, said["document_id"])
    if document.lead_id != lead_id:
        raise NotFound(kind="document", id=document.id)
    if not document.page_count:
        raise NotAllowed(reason="blank paper is not sealed")
    if said["kind"] in ADVICE:
        service_guard.check_advice(context.session, lead_id, context.now, KINDS[said["kind"]])
    row = _get_row(context.session, letter_id) if letter_id else None
    if row is None:
        row = OutgoingLetterRow(id=new_id(), lead_id=lead_id, matter_id=matter_id, steps={}, sending={})
        context.session.add(row)
    elif DRAFTED not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=DRAFTED, reason="the letter is not at that point")
    for key, value in said.items():
        setattr(row, key, value)
    row.state, row.findings, row.steps = DRAFTED, findings, {}
    row.drafted_at, row.drafted_by, row.drafted_by_name = context.now, context.actor.id, context.actor.name
    context.session.flush()
    context.audit("letter.drafted", f"letter:{row.id}", kind=row.kind, addressee=row.addressee)
    return _letter(row)


def take_step(context: Context, letter_id: str, state: str, note: str = "") -> OutgoingLetter:
    """Review, opine on or approve a letter; raises FourEyes for who took a step before, StateRefused out of turn."""
    row = _get_row(context.session, letter_id)
    if state == APPROVED and row.kind == OPINION and row.state != OPINED:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="an opinion is read by a partner first")
    others = {row.drafted_by: row.drafted_by_name, **{step["id"]: step["name"] for step in row.steps.values()}}
    if context.actor.id in others:
        raise FourEyes(who=others[context.actor.id], task=row.title)
    if state != REVIEWED and not context.actor.roles & {"partner", "director"}:
        raise NotAllowed(reason="a partner decides on this")
    return _move(context, row, state, note)


def send_back(context: Context, letter_id: str, note: str) -> OutgoingLetter:
    """Give a letter back to whoever drafted it, with the reason."""
    row = _get_row(context.session, letter_id)
    row.note = note
    return _move(context, row, RETURNED, note)


def seal(context: Context, letter_id: str, *, pages: int, riding_seal: bool, scan_id: str | None) -> OutgoingLetter:
    """Enter the use of the seal under the next number of the register, a letter to an authority also under a stub number.

    Raises NotAllowed for somebody who does not keep the seal, or where the pages differ from the approved paper's.
    """
    row = _get_row(context.session, letter_id)
    if "seal" not in context.actor.roles:
        raise NotAllowed(reason="the seal keeper seals")
    document = documents.get_document(context.session, row.document_id)
    if pages != document.page_count:
        raise NotAllowed(reason=f"the approved paper has {document.page_count} pages")
    day = context.now.astimezone(FIRM_ZONE).date()
    if SEALED not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=SEALED, reason="only an approved letter is sealed")
    row.letter_no = _number("letter_no", context, day)
    if row.kind == FIRM_LETTER:
        row.stub_no = _number("stub_no", context, day)
    row.pages, row.riding_seal, row.sealed_at, row.sealed_document_id = pages, riding_seal, context.now, scan_id
    return _move(context, row, SEALED, letter_no=row.letter_no)


def keep_sealed(context: Context, letter_id: str, document_id: str) -> None:
    """Record the paper that bears the electronic seal."""
    _get_row(context.session, letter_id).sealed_document_id = document_id


def send(context: Context, letter_id: str, *, sent_on: date, sending: dict[str, Any]) -> OutgoingLetter:
    """Record how the letter went out, with its proof, and put it into its place of the volume."""
    row = _get_row(context.session, letter_id)
    row.sent_on, row.sending = sent_on, sending
    made = _move(context, row, SENT, method=sending.get("method", ""))
    for document_id in {made.sealed_document_id or made.document_id, *sending.get("proof", [])}:
        documents.place_document(context, document_id, slot=made.slot)
    return made


def void(context: Context, letter_id: str, reason: str) -> OutgoingLetter:
    """Make a letter void; a sealed one has come back and keeps its number (作废)."""
    row = _get_row(context.session, letter_id)
    if row.state == SEALED and "seal" not in context.actor.roles:
        raise NotAllowed(reason="the seal keeper takes sealed paper back")
    row.void_reason = reason
    return _move(context, row, VOID, reason=reason)


def get_letter(session: Session, letter_id: str) -> OutgoingLetter:
    """A letter by id; raises NotFound."""
    return _letter(_get_row(session, letter_id))


def find_letter(session: Session, letter_id: str) -> OutgoingLetter | None:
    """A letter by id."""
    row = session.get(OutgoingLetterRow, letter_id)
    return _letter(row) if row else None


def list_letters(session: Session, *, lead_id: str | None = None, limit: int = 300) -> list[OutgoingLetter]:
    """The register, newest first; of one case or of all."""
    query = select(OutgoingLetterRow).order_by(OutgoingLetterRow.id.desc()).limit(limit)
    if lead_id:
        query = query.where(OutgoingLetterRow.lead_id == lead_id)
    return [_letter(row) for row in session.scalars(query)]


def _number(key: str, context: Context, day: date) -> str:
    pattern = str(get_rule("outgoing", key, day).value)
    return pattern.format(year=day.year, number=allocate(context, f"outgoing_{key}", day.year))


def _move(context: Context, row: OutgoingLetterRow, state: str, note: str = "", **said: Any) -> OutgoingLetter:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="the letter is not at that point")
    row.state = state
    step = {"id": context.actor.id, "name": context.actor.name, "at": context.now.isoformat(), "note": note}
    if state not in (RETURNED, VOID):
        row.steps = {**row.steps, state: step}
    context.session.flush()
    context.audit("letter.moved", f"letter:{row.id}", state=state, **said)
    return _letter(row)


def _get_row(session: Session, letter_id: str) -> OutgoingLetterRow:
    row = session.get(OutgoingLetterRow, letter_id)
    if row is None:
        raise NotFound(kind="letter", id=letter_id)
    return row


def _letter(row: OutgoingLetterRow) -> OutgoingLetter:
    return OutgoingLetter(**{name: getattr(row, name) for name in OutgoingLetter.__dataclass_fields__})
