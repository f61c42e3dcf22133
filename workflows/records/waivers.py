"""Waivers (利益冲突豁免): what the firm needs before it may act in a conflict that can be waived, and how that ended.

Practice Standards art. 52: each client touched knows the facts and the possible consequences and expressly agrees, in writing
(``waiver_consents``); art. 53: after a waiver each client's secrets stay apart (``walls``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import conflict_hits, conflicts, matters, waiver_consents
from workflows.records.leads import get_lead

DRAFT, CONSENTED, WAIVED, REFUSED = "DRAFT", "CONSENTED", "WAIVED", "REFUSED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({CONSENTED, REFUSED}),
    CONSENTED: frozenset({WAIVED, REFUSED}),
    WAIVED: frozenset(),
    REFUSED: frozenset(),
}


class WaiverRow(Base):
    __tablename__ = "waivers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    check_id: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    notice: Mapped[dict[str, Any]] = mapped_column(Json)
    opinions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    consent: Mapped[dict[str, Any]] = mapped_column(Json)
    refused_reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Waiver:
    """One waiver; ``notice`` holds the wall plan, ``opinions`` what the firm said, ``consent`` all clients' signed answers."""

    id: str
    lead_id: str
    check_id: str
    state: str
    notice: dict[str, Any]
    opinions: list[dict[str, Any]]
    consent: dict[str, Any]
    refused_reason: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Touched:
    """A client of another matter whom a conflict touches; without a ``lead_id`` the firm has no file to write to."""

    name: str
    lead_id: str


def open_waiver(context: Context, check_id: str) -> Waiver:
    """The waiver of a check. Raises ``StateRefused`` for a conflict that cannot be waived."""
    session = context.session
    check = conflicts.get_check(session, check_id)
    if not may_waive(session, check_id):
        raise StateRefused(what=check.check_no, old=check.state, new=WAIVED, reason="only a waivable conflict can be waived")
    row = WaiverRow(
        id=new_id(),
        lead_id=check.lead_id,
        check_id=check_id,
        state=DRAFT,
        notice={},
        opinions=[],
        consent={},
        refused_reason="",
        created_at=context.now,
    )
    session.add(row)
    session.flush()
    context.audit("waiver_opened", f"waiver:{row.id}", check=check_id)
    return _waiver(row)


def may_waive(session: Session, check_id: str) -> bool:
    """Whether a check ended in a conflict that clients may waive: decided so, and no absolute hit stands against it."""
    check = conflicts.get_check(session, check_id)
    hits = conflict_hits.list_hits(session, check_id)
    return check.state == conflicts.WAIVABLE and not any(hit.final_class == "ABSOLUTE" for hit in hits)


def list_touched(session: Session, check_id: str) -> list[Touched]:
    """The clients of other matters whom the waivable hits of a check touch, current and former, each once."""
    found: dict[tuple[str, str], Touched] = {}
    own = get_lead(session, conflicts.get_check(session, check_id).lead_id)
    for hit in conflict_hits.list_hits(session, check_id):
        if hit.final_class != "WAIVABLE":
            continue
        lead_id = str(hit.subject.get("lead_id") or "")
        if lead_id:
            lead = get_lead(session, lead_id)
            is_client = matters.find_matter_by_lead(session, lead_id) is not None
            is_new_client = bool(own.client_id) and lead.client_id == own.client_id
            if is_client and not is_new_client:
                found.setdefault((lead.client_id or lead_id, ""), Touched(lead.client_name, lead_id))
        elif hit.subject.get("status") == "imported" and hit.subject.get("role") == "client":
            found.setdefault(("", hit.subject["name"]), Touched(hit.subject["name"], ""))
    return list(found.values())


def list_outsiders(session: Session, check_id: str) -> list[str]:
    """Who must be kept from the new matter: whoever works on the matters, or is the person, that its waivable hits name."""
    check = conflicts.get_check(session, check_id)
    hits = [hit for hit in conflict_hits.list_hits(session, check_id) if hit.final_class == "WAIVABLE"]
    named = {person_id for hit in hits for person_id in hit.subject.get("team_ids", [])}
    return sorted(named - set(check.team))


def add_opinion(context: Context, waiver_id: str, *, opinion: str, text: str) -> Waiver:
    """Keep what the director or a partner said of the whole waiver."""
    row = _get_row(context.session, waiver_id)
    who, at = context.actor, context.now.isoformat()
    row.opinions = [*row.opinions, {"opinion": opinion, "text": text, "by": who.id, "by_name": who.name, "at": at}]
    context.session.flush()
    context.audit("waiver_opinion_given", f"waiver:{waiver_id}", opinion=opinion)
    return _waiver(row)


def gather_consents(context: Context, waiver_id: str) -> Waiver:
    """Take up every client's signed consent. Raises ``StateRefused`` while one is missing."""
    row = _get_row(context.session, waiver_id)
    found = waiver_consents.list_consents(context.session, waiver_id=waiver_id)
    if not found or any(each.state != waiver_consents.CONSENTED for each in found):
        raise StateRefused(what=waiver_id, old=row.state, new=CONSENTED, reason="a client's consent is missing")
    _move(row, CONSENTED)
    row.consent = {"clients": [_describe(each) for each in found]}
    context.session.flush()
    context.audit("waiver_consents_complete", f"waiver:{waiver_id}", clients=len(found))
    return _waiver(row)


def _describe(consent: waiver_consents.Consent) -> dict[str, Any]:
    """What is sealed of one client's consent."""
    digest = hashlib.sha256(orjson.dumps([consent.notice, consent.consent], option=orjson.OPT_SORT_KEYS)).hexdigest()
    signed = {key: consent.consent.get(key, "") for key in ("signer_name", "signer_position", "signed_at")}
    shown = consent.consent.get("proof", {}).get("document_sha256", "")
    return {"client": consent.client_name, "side": consent.side, **signed, "document_sha256": shown, "digest": digest}


def keep_plan(context: Context, waiver_id: str, plan: Mapping[str, Any]) -> None:
    """Keep the wall plan with the waiver, so that it is sealed with it."""
    row = _get_row(context.session, waiver_id)
    row.notice = dict(plan)
    context.session.flush()
    context.audit("wall_planned", f"waiver:{waiver_id}", insiders=plan["insiders"], outsiders=plan["outsiders"])


def close_waiver(context: Context, waiver_id: str, state: str, reason: str = "") -> Waiver:
    """End a waiver, and its conflict check with it."""
    row = _get_row(context.session, waiver_id)
    _move(row, state)
    if state == WAIVED and waiver_consents.is_withdrawn(context.session, row.check_id):
        raise StateRefused(what=waiver_id, old=CONSENTED, new=WAIVED, reason="a client took the consent back")
    row.closed_at, row.refused_reason = context.now, reason
    context.session.flush()
    result = conflicts.WAIVED if state == WAIVED else conflicts.REFUSED
    conflicts.close_check(context, row.check_id, result, annex_digest=digest_of(row))
    context.audit("waiver_closed", f"waiver:{waiver_id}", result=state)
    return _waiver(row)


def digest_of(row: WaiverRow) -> str:
    """SHA-256 of a waiver: the plan, what the firm said, every client's signed consent; sealed with its check."""
    return hashlib.sha256(orjson.dumps(conflicts.read_columns(row), option=orjson.OPT_SORT_KEYS)).hexdigest()


def get_waiver(session: Session, waiver_id: str) -> Waiver:
    """A waiver by id. Raises ``NotFound``."""
    return _waiver(_get_row(session, waiver_id))


def find_waiver(session: Session, check_id: str) -> Waiver | None:
    """The waiver of a check."""
    row = session.scalars(select(WaiverRow).where(WaiverRow.check_id == check_id)).first()
    return _waiver(row) if row else None


def get_signature(session: Session, consent_id: str) -> dict[str, Any]:
    """A client's signature under a notice as a signature page shows it. Raises ``NotFound`` before there is one."""
    return waiver_consents.get_signature(session, consent_id)


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels say of the newest notice to the client of a case: ``waiver``; empty while there is none."""
    found = waiver_consents.find_newest(session, lead_id)
    if found is None:
        return {}
    consent = {key: value for key, value in found.consent.items() if key != "signature"}
    said = {"state": found.state, "side": found.side, "opinions": found.opinions, "consent": consent}
    return {"waiver": {**found.notice, **said}}


def _move(row: WaiverRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.id, old=row.state, new=state, reason="the procedure does not allow it")
    row.state = state


def _get_row(session: Session, waiver_id: str) -> WaiverRow:
    row = session.get(WaiverRow, waiver_id)
    if row is None:
        raise NotFound(kind="waiver", id=waiver_id)
    return row


def _waiver(row: WaiverRow) -> Waiver:
    return Waiver(**{name: getattr(row, name) for name in Waiver.__dataclass_fields__})
