"""Screenings (名单筛查): whether a list names somebody of a lead; a hit freezes the lead until it is judged.

Anti-Money-Laundering Law (反洗钱法, 2024) art. 40, 42; nothing of it may reach the client. Only compliance and the director see
the hits; a confirmed one blocks the client for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import clients, leads, parties, screening_lists

CLEAR, REVIEW, DISMISSED, CONFIRMED = "CLEAR", "REVIEW", "DISMISSED", "CONFIRMED"
SAME, DIFFERENT = "SAME", "DIFFERENT"
READERS = frozenset({"compliance", "director"})


class ScreeningRow(Base):
    __tablename__ = "screenings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(12))
    names: Mapped[list[str]] = mapped_column(Json)
    lists: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    hits: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    screened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    judged_by: Mapped[str] = mapped_column(String(80))
    decision: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class Name:
    """Somebody to look for: of what kind, under which names, with which identifier, and what they are to the lead."""

    part: str
    kind: str
    names: tuple[str, ...]
    identifier: str = ""


def list_names(session: Session, lead_id: str, owners: Sequence[Mapping[str, Any]] = ()) -> list[Name]:
    """Everybody a lead names, and the beneficial owners that the due diligence found."""
    found = [
        Name(party.role, party.kind, tuple(party.names), party.identifier) for party in parties.list_parties(session, lead_id)
    ]
    found += [Name("owner", "person", (str(row["owner_name"]),), str(row.get("owner_id") or "")) for row in owners]
    return found


def screen(context: Context, lead_id: str, owners: Sequence[Mapping[str, Any]] = ()) -> ScreeningRow:
    """Look for everybody on every list that counts; a pair that was judged before is not asked again."""
    session = context.session
    known = {
        (hit["entry_id"], hit["name"]): hit for row in list_screenings(session, lead_id) for hit in row.hits if hit["verdict"]
    }
    names, hits = list_names(session, lead_id, owners), []
    for each in names:
        for match in screening_lists.find_matches(session, each.kind, each.names, each.identifier):
            before = known.get((match.entry_id, each.names[0]), {})
            hits.append(
                {**asdict(match), "listed": match.name, "name": each.names[0], "part": each.part,
                 "verdict": before.get("verdict") or "", "why": before.get("why") or ""}
            )  # fmt: skip
    current = screening_lists.list_current(session)
    row = ScreeningRow(
        id=new_id(), lead_id=lead_id, names=[each.names[0] for each in names], hits=hits, screened_at=context.now,
        state=REVIEW if any(not hit["verdict"] for hit in hits) else CLEAR, judged_by="", decision={},
        lists=[{"key": each.list_key, "issued_on": each.issued_on.isoformat(), "count": each.count} for each in current],
    )  # fmt: skip
    session.add(row)
    session.flush()
    context.audit("lead_screened", f"lead:{lead_id}", names=len(names), lists=len(current))
    if row.state == REVIEW:
        leads.freeze(context, lead_id, frozen=True)
    return row


def judge(context: Context, screening_id: str, verdicts: Mapping[str, Mapping[str, str]]) -> bool:
    """Keep compliance's verdict on each hit; True when one of them is the same person."""
    check_reader(context.actor)
    row = get_screening(context.session, screening_id)
    if row.state != REVIEW:
        raise StateRefused(what=screening_id, old=row.state, new="judged", reason="the procedure does not allow it")
    judged = [{**hit, **verdicts.get(f"{hit['entry_id']}:{hit['name']}", {})} for hit in row.hits]
    if any(not hit["verdict"] for hit in judged):
        raise StateRefused(what=screening_id, old=row.state, new="judged", reason="not every hit is judged")
    row.hits, row.judged_by = judged, context.actor.id
    is_listed = any(hit["verdict"] == SAME for hit in judged)
    context.audit("screening_judged", f"lead:{row.lead_id}", hits=len(judged))
    if not is_listed:
        row.state = DISMISSED
        leads.freeze(context, row.lead_id, frozen=False)
    context.session.flush()
    return is_listed


def decide(context: Context, screening_id: str, *, confirmed: bool, reason: str) -> None:
    """The director confirms a hit – the client is blocked and the lead stays frozen – or finds another person behind it."""
    if "director" not in context.actor.roles:
        raise NotAllowed(reason="only the director decides on a hit")
    row = get_screening(context.session, screening_id)
    if row.state != REVIEW or not row.judged_by or row.judged_by == context.actor.id:
        raise StateRefused(what=screening_id, old=row.state, new="decided", reason="the procedure does not allow it")
    row.state = CONFIRMED if confirmed else DISMISSED
    row.decision = {"reason": reason, "by_name": context.actor.name, "at": context.now.isoformat()}
    lead = leads.get_lead(context.session, row.lead_id)
    if confirmed and lead.client_id and not clients.is_blocked(context.session, lead.client_id):
        clients.block_client(context, lead.client_id, blocked=True, reason="screening")
    if not confirmed:
        leads.freeze(context, row.lead_id, frozen=False)
    context.session.flush()
    context.audit("screening_decided", f"lead:{row.lead_id}")


def is_listed(session: Session, lead_id: str) -> bool:
    """Whether a hit of the lead was confirmed."""
    return any(row.state == CONFIRMED for row in list_screenings(session, lead_id))


def list_screenings(session: Session, lead_id: str) -> list[ScreeningRow]:
    """Every screening of a lead, newest first."""
    query = select(ScreeningRow).where(ScreeningRow.lead_id == lead_id).order_by(ScreeningRow.id.desc())
    return list(session.scalars(query))


def get_screening(session: Session, screening_id: str) -> ScreeningRow:
    """A screening by id. Raises ``NotFound``."""
    row = session.get(ScreeningRow, screening_id)
    if row is None:
        raise NotFound(kind="screening", id=screening_id)
    return row


def check_reader(actor: Actor) -> None:
    """Raise ``NotAllowed`` for everybody but compliance and the director: a hit is nobody else's to know."""
    if not actor.roles & READERS:
        raise NotAllowed(reason="your roles do not include this")
