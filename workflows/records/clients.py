"""Clients (客户): who they are, over all their leads and matters; one identity number or credit code is one client."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import matters
from workflows.records.client_files import find_client_file
from workflows.records.conflict_secret import find_secret, get_secret
from workflows.records.identifiers import clean

# Client states (processes.md 2): DRAFT is a lead without client facts and has no row here.
PROSPECT, ACTIVE, DORMANT, FORMER, BLOCKED = "PROSPECT", "ACTIVE", "DORMANT", "FORMER", "BLOCKED"
DORMANT_DAYS = 365
PLAIN = 64  # digits of a digest from before there was a key; a keyed one is shorter


class ClientRow(Base):
    __tablename__ = "clients"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(200), index=True)
    id_hash: Mapped[str] = mapped_column(String(64), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    is_blocked: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_into: Mapped[str | None] = mapped_column(String(32), index=True)  # the same client under another entry


def identifier_of(client: dict[str, Any]) -> str:
    """The identifier in a client's facts: identity number, credit code, or the number of another document."""
    for key in ("id_number", "uscc", "document_number", "registration_number"):
        if client.get(key):
            return str(client[key])
    return ""


def hash_identifier(secret: bytes, identifier: str) -> str:
    """The keyed digest under which clients are told apart by their number; empty for nothing."""
    cleaned = clean(identifier)
    return _key_digest(secret, hashlib.sha256(cleaned.encode()).hexdigest()) if cleaned else ""


def _key_digest(secret: bytes, plain: str) -> str:
    # Made of the plain digest, so that those of before can be keyed without the numbers.
    return hmac.digest(secret, f"client:{plain}".encode(), "sha256").hex()[:32]


def has_plain_digests(session: Session) -> bool:
    """Whether clients are left whose number stands as a digest without a key."""
    return session.scalars(select(ClientRow.id).where(func.length(ClientRow.id_hash) == PLAIN).limit(1)).first() is not None


def key_digests(session: Session) -> int:
    """Put keyed digests in the place of plain ones; returns how many."""
    rows = list(session.scalars(select(ClientRow).where(func.length(ClientRow.id_hash) == PLAIN)))
    for row in rows:
        row.id_hash = _key_digest(get_secret(session), row.id_hash)
    session.flush()
    return len(rows)


def write_client(context: Context, client: dict[str, Any]) -> str:
    """Keep a client's newest facts and return the id; the same identifier is the same client, whatever the name is now."""
    session = context.session
    id_hash = hash_identifier(get_secret(session), identifier_of(client))
    row = find_by_identifier(session, identifier_of(client))
    if row is None:
        row = ClientRow(id=new_id(), id_hash=id_hash, kind=client["kind"], name=client["name"], facts={}, created_at=context.now)
        session.add(row)
        context.audit("client_registered", f"client:{row.id}")
    row.kind, row.name = client["kind"], client["name"]
    row.facts, row.changed_at = {**row.facts, **client}, context.now
    session.flush()
    return row.id


def get_client(session: Session, client_id: str) -> ClientRow:
    """A client by id. Raises ``NotFound``."""
    row = session.get(ClientRow, client_id)
    if row is None:
        raise NotFound(kind="client", id=client_id)
    return row


def find_by_identifier(session: Session, identifier: str) -> ClientRow | None:
    """The client with an identity number, credit code or other document number."""
    secret = find_secret(session)
    id_hash = hash_identifier(secret, identifier) if secret else ""
    row = session.scalars(select(ClientRow).where(ClientRow.id_hash == id_hash)).first() if id_hash else None
    return session.get(ClientRow, row.merged_into) if row is not None and row.merged_into else row


def list_clients_by_name(session: Session, name: str) -> list[ClientRow]:
    """Clients of exactly this name, oldest first."""
    query = select(ClientRow).where(ClientRow.name == name, ClientRow.merged_into.is_(None))
    return list(session.scalars(query.order_by(ClientRow.id)))


def merge(context: Context, kept_id: str, gone_id: str, *, reason: str) -> None:
    """Make one client of two entries: leads, matters and files of the second hang on the first, which keeps its own facts.

    The second entry stays with its facts and points at the first. Raises ``StateRefused`` for one that was merged before,
    two numbers of the same document, and a blocked client.
    """
    session = context.session
    kept, gone = get_client(session, kept_id), get_client(session, gone_id)
    said = ""
    if kept.id == gone.id or gone.merged_into or kept.merged_into:
        said = "it is so already"
    elif kept.kind != gone.kind:
        said = "a person and an organisation are not the same client"
    elif gone.is_blocked or kept.is_blocked:
        said = "the client is blocked: ask compliance"
    if said:
        raise StateRefused(what=gone.name, old="TWO", new="ONE", reason=said)
    taken = {"client_files"} if find_client_file(session, kept.id) else set()
    for table in Base.metadata.sorted_tables:
        if "client_id" in table.columns and table.name not in taken:
            session.execute(update(table).where(table.columns.client_id == gone.id).values(client_id=kept.id))
    session.expire_all()
    gone.merged_into, kept.facts, kept.changed_at = kept.id, {**gone.facts, **kept.facts}, context.now
    session.flush()
    context.audit("clients_merged", f"client:{kept.id}", gone=gone.id, reason=reason)


def client_state(session: Session, client_id: str, now: datetime) -> str:
    """What a client is to the firm now: read off the matters, so that it cannot drift from them."""
    if get_client(session, client_id).is_blocked:
        return BLOCKED
    theirs = matters.list_client_matters(session, client_id)
    if not theirs:
        return PROSPECT
    if any(matter.state in matters.RUNNING for matter in theirs):
        return ACTIVE
    last = max((matter.closed_at for matter in theirs if matter.closed_at), default=None)
    return DORMANT if last and now - last < timedelta(days=DORMANT_DAYS) else FORMER


def is_blocked(session: Session, client_id: str) -> bool:
    """Whether no new business may be done with a client."""
    return get_client(session, client_id).is_blocked


def block_client(context: Context, client_id: str, *, blocked: bool, reason: str) -> None:
    """Stop or allow new business with a client. Raises ``StateRefused`` without a reason, and when it is so already."""
    row = get_client(context.session, client_id)
    old, new = (BLOCKED, "OPEN") if row.is_blocked else ("OPEN", BLOCKED if blocked else "OPEN")
    if row.is_blocked == blocked or not reason.strip():
        said = "it is so already" if row.is_blocked == blocked else "a reason is needed"
        raise StateRefused(what=row.name, old=old, new=new, reason=said)
    row.is_blocked = blocked
    context.session.flush()
    context.audit("client_blocked" if blocked else "client_unblocked", f"client:{client_id}", reason=reason)


def describe(session: Session, client_id: str, now: datetime) -> dict[str, str]:
    """A client in a line, for pages."""
    row = get_client(session, client_id)
    found = find_client_file(session, client_id)
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "client_no": found.client_no if found else "",
        "state": client_state(session, client_id, now),
    }
