"""Option tables (方案比选): ways to go compared for the client, explained, and chosen by every client with a signature.

Lawyers' practice standards (律师执业行为规范): the lawyer explains, the client decides. One of the ways is to do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import service_guard

DRAFT, EXPLAINED, ASKED, CHOSEN = "DRAFT", "EXPLAINED", "ASKED", "CHOSEN"
OBJECTED, DISAGREED, EXPIRED = "OBJECTED", "DISAGREED", "EXPIRED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({DRAFT, EXPLAINED}),
    EXPLAINED: frozenset({ASKED}),
    ASKED: frozenset({CHOSEN, OBJECTED, DISAGREED, EXPIRED}),
    OBJECTED: frozenset({ASKED, CHOSEN, EXPIRED}),
    DISAGREED: frozenset({EXPLAINED, EXPIRED}),
    CHOSEN: frozenset(),
    EXPIRED: frozenset(),
}
OWN = "own"
NO_WAY = "the procedure does not allow it"


class OptionTableRow(Base):
    __tablename__ = "option_tables"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(12))
    round: Mapped[int]
    topic: Mapped[str] = mapped_column(String(200))
    draft: Mapped[dict[str, Any]] = mapped_column(Json)
    review: Mapped[dict[str, Any]] = mapped_column(Json)
    meeting: Mapped[dict[str, Any]] = mapped_column(Json)
    objection: Mapped[dict[str, Any]] = mapped_column(Json)
    chosen: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    created_by_name: Mapped[str] = mapped_column(String(120))
    document_id: Mapped[str | None] = mapped_column(String(32))
    confirmation_id: Mapped[str | None] = mapped_column(String(32))


class OptionAnswerRow(Base):
    __tablename__ = "option_answers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    table_id: Mapped[str] = mapped_column(String(32), index=True)
    round: Mapped[int]
    client_name: Mapped[str] = mapped_column(String(200))
    client_email: Mapped[str] = mapped_column(String(200))
    choice: Mapped[str] = mapped_column(Text)
    own_option: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lapsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class OptionTable:
    """One comparison; ``draft`` is the form with its ``options``, ``chosen`` what the clients decided."""

    id: str
    lead_id: str
    matter_id: str
    state: str
    round: int
    topic: str
    draft: dict[str, Any]
    review: dict[str, Any]
    meeting: dict[str, Any]
    objection: dict[str, Any]
    chosen: str
    created_at: datetime
    created_by: str
    created_by_name: str
    document_id: str | None
    confirmation_id: str | None

    @property
    def titles(self) -> list[str]:
        """The options by title, in their order."""
        return [str(row["title"]) for row in self.draft["options"]]


@dataclass(frozen=True)
class OptionAnswer:
    """What one client was asked and answered; ``choice`` is an option's title, or ``own`` for an option of the client's."""

    id: str
    table_id: str
    round: int
    client_name: str
    client_email: str
    choice: str
    own_option: str
    answer: dict[str, Any]
    answered_at: datetime | None
    lapsed_at: datetime | None

    @property
    def said(self) -> str:
        """The choice in words."""
        return self.own_option if self.choice == OWN else self.choice


def draft_table(
    context: Context, *, lead_id: str, matter_id: str, values: Mapping[str, Any], table_id: str | None = None
) -> OptionTable:
    """Write a comparison, first or again after a partner returned it."""
    if table_id:
        row = _move(context.session, table_id, DRAFT)
    else:
        row = OptionTableRow(id=new_id(), lead_id=lead_id, matter_id=matter_id, state=DRAFT, round=0, chosen="")
        row.review, row.meeting, row.objection = {}, {}, {}
        context.session.add(row)
    row.topic, row.draft = values["topic"], dict(values)
    row.created_at, row.created_by, row.created_by_name = context.now, context.actor.id, context.actor.name
    return _audited(context, row)


def record_review(context: Context, table_id: str, *, decision: str, opinion: str) -> OptionTable:
    """Keep what a partner said of the comparison."""
    row = _get_row(context.session, table_id)
    row.review = {"decision": decision, "opinion": opinion, "by_name": context.actor.name, "at": context.now.isoformat()}
    return _audited(context, row, decision=decision)


def record_meeting(context: Context, table_id: str, meeting: Mapping[str, Any]) -> OptionTable:
    """Keep the talk in which the options were explained, with what the client understood in the client's own words."""
    row = _move(context.session, table_id, EXPLAINED)
    row.meeting = {**meeting, "by_name": context.actor.name}
    return _audited(context, row)


def ask_clients(context: Context, table_id: str, document_id: str) -> list[OptionAnswer]:
    """Begin a round: every client of the comparison is asked for a choice of their own."""
    service_guard.check_advice(context.session, _get_row(context.session, table_id).lead_id, context.now, ASKED)
    row = _move(context.session, table_id, ASKED)
    row.round, row.document_id = row.round + 1, document_id
    asked = []
    for client in row.draft["clients"]:
        answer = OptionAnswerRow(id=new_id(), table_id=table_id, round=row.round, choice="", own_option="", answer={})
        answer.client_name, answer.client_email = client["client_name"], client.get("client_email") or ""
        context.session.add(answer)
        asked.append(answer)
    _audited(context, row, round=row.round, clients=len(asked))
    return [_answer(each) for each in asked]


def record_answer(context: Context, answer_id: str, *, choice: str, own_option: str, answer: Mapping[str, Any]) -> OptionAnswer:
    """Keep one client's signed choice."""
    row = _get_answer_row(context.session, answer_id)
    table = _get_row(context.session, row.table_id)
    if table.state != ASKED or row.answered_at or row.round != table.round:
        raise StateRefused(what=table.topic, old=table.state, new=CHOSEN, reason=NO_WAY)
    if not str(answer.get("signature") or "").strip():
        raise StateRefused(what=table.topic, old=table.state, new=CHOSEN, reason="there is no signature")
    row.choice, row.own_option, row.answered_at = choice, own_option, context.now
    row.answer = {**answer, "signed_at": context.now.isoformat(), "actor": context.actor.id}
    context.session.flush()
    context.audit("option.answered", f"option_table:{table.id}", client=row.client_name, choice=choice)
    return _answer(row)


def lapse_answer(context: Context, answer_id: str) -> OptionAnswer:
    """One client did not answer in time."""
    row = _get_answer_row(context.session, answer_id)
    row.lapsed_at = context.now
    context.session.flush()
    context.audit("option.lapsed", f"option_table:{row.table_id}", client=row.client_name)
    return _answer(row)


def record_objection(context: Context, table_id: str, entry: Mapping[str, Any]) -> OptionTable:
    """Keep why a choice is unlawful or harms the client, and what a partner decided about it."""
    row = _get_row(context.session, table_id)
    if row.state != OBJECTED:
        row = _move(context.session, table_id, OBJECTED)
    row.objection = {**row.objection, **entry}
    return _audited(context, row)


def close_table(
    context: Context, table_id: str, state: str, *, chosen: str = "", confirmation_id: str | None = None
) -> OptionTable:
    """End it: CHOSEN, DISAGREED (joint clients want different things) or EXPIRED."""
    row = _get_row(context.session, table_id)
    if state == CHOSEN and row.objection.get("unlawful") == "illegal" and row.objection.get("about") == chosen:
        raise StateRefused(what=row.topic, old=row.state, new=CHOSEN, reason="the choice is unlawful")
    row = _move(context.session, table_id, state)
    row.chosen, row.confirmation_id = chosen, confirmation_id or row.confirmation_id
    return _audited(context, row, chosen=chosen)


def get_table(session: Session, table_id: str) -> OptionTable:
    """A comparison by id. Raises ``NotFound``."""
    return _table(_get_row(session, table_id))


def list_tables(session: Session, lead_id: str) -> list[OptionTable]:
    """Every comparison of a case, newest first."""
    query = select(OptionTableRow).where(OptionTableRow.lead_id == lead_id).order_by(OptionTableRow.id.desc())
    return [_table(row) for row in session.scalars(query)]


def get_answer(session: Session, answer_id: str) -> OptionAnswer:
    """One client's answer by id. Raises ``NotFound``."""
    return _answer(_get_answer_row(session, answer_id))


def list_answers(session: Session, table_id: str) -> list[OptionAnswer]:
    """The answers of the newest round, in the order the clients were asked."""
    table = _get_row(session, table_id)
    mine = (OptionAnswerRow.table_id == table_id) & (OptionAnswerRow.round == table.round)
    return [_answer(row) for row in session.scalars(select(OptionAnswerRow).where(mine).order_by(OptionAnswerRow.id))]


def list_signatures(session: Session, table_id: str) -> list[dict[str, Any]]:
    """The clients' signatures as a signature page shows them. Raises ``NotFound`` while somebody has not signed."""
    answers = list_answers(session, table_id)
    if not answers or not all(each.answered_at for each in answers):
        raise NotFound(kind="signature", id=table_id)
    return [_signature(each) for each in answers]


def _signature(given: OptionAnswer) -> dict[str, Any]:
    proof = given.answer.get("proof") or {}
    return {
        "role": given.answer.get("signer_position") or "委托人",
        "name": given.answer["signer_name"],
        "signature": given.answer["signature"],
        "signed_at": given.answer["signed_at"],
        "address": proof.get("address", ""),
        "document_sha256": proof.get("document_sha256", ""),
    }


def agree(answers: Sequence[OptionAnswer]) -> bool:
    """Whether all clients chose the same."""
    return len({each.said for each in answers}) == 1


def _move(session: Session, table_id: str, state: str) -> OptionTableRow:
    row = _get_row(session, table_id)
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.topic, old=row.state, new=state, reason=NO_WAY)
    row.state = state
    return row


def _audited(context: Context, row: OptionTableRow, **data: Any) -> OptionTable:
    context.session.flush()
    context.audit("option_table.changed", f"option_table:{row.id}", state=row.state, **data)
    return _table(row)


def _get_row(session: Session, table_id: str) -> OptionTableRow:
    row = session.get(OptionTableRow, table_id)
    if row is None:
        raise NotFound(kind="option table", id=table_id)
    return row


def _get_answer_row(session: Session, answer_id: str) -> OptionAnswerRow:
    row = session.get(OptionAnswerRow, answer_id)
    if row is None:
        raise NotFound(kind="option answer", id=answer_id)
    return row


def _table(row: OptionTableRow) -> OptionTable:
    return OptionTable(**{name: getattr(row, name) for name in OptionTable.__dataclass_fields__})


def _answer(row: OptionAnswerRow) -> OptionAnswer:
    return OptionAnswer(**{name: getattr(row, name) for name in OptionAnswer.__dataclass_fields__})
