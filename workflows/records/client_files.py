"""Client files (客户档案): one file a client over all its matters, with a number that never repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime
from engine.errors import NotFound
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule


class ClientFileRow(Base):
    __tablename__ = "client_files"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    client_no: Mapped[str] = mapped_column(String(40), unique=True)
    tier: Mapped[str] = mapped_column(String(1))
    preferences: Mapped[dict[str, Any]] = mapped_column(Json)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(80))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(String(80))


@dataclass(frozen=True)
class ClientFile:
    """A client's file; ``tier`` A, B or C; ``preferences`` are channel, contact and remarks."""

    client_id: str
    client_no: str
    tier: str
    preferences: dict[str, Any]
    opened_at: datetime
    opened_by: str
    checked_at: datetime | None
    checked_by: str | None


def open_client_file(context: Context, client_id: str) -> ClientFile:
    """The client's file, opened with the next number when there is none yet."""
    row = context.session.get(ClientFileRow, client_id)
    if row is None:
        day = context.now.astimezone(FIRM_ZONE).date()
        number = allocate(context, "client", day.year)
        row = ClientFileRow(
            client_id=client_id,
            client_no=get_rule("numbers", "client_no", day).value.format(year=day.year, number=number),
            tier="B",
            preferences={},
            opened_at=context.now,
            opened_by=context.actor.id,
        )
        context.session.add(row)
        context.session.flush()
        context.audit("client_file.opened", f"client:{client_id}", client_no=row.client_no)
    return _client_file(row)


def check_client_file(context: Context, client_id: str, *, tier: str, preferences: dict[str, Any]) -> ClientFile:
    """Record the front desk's check of the file."""
    row = context.session.get(ClientFileRow, client_id)
    if row is None:
        raise NotFound(kind="client file", id=client_id)
    row.tier, row.preferences = tier, preferences
    row.checked_at, row.checked_by = context.now, context.actor.id
    context.session.flush()
    context.audit("client_file.checked", f"client:{client_id}", tier=tier)
    return _client_file(row)


def find_client_file(session: Session, client_id: str) -> ClientFile | None:
    """The file of a client, or None."""
    row = session.get(ClientFileRow, client_id)
    return _client_file(row) if row else None


def find_client_by_no(session: Session, client_no: str) -> str | None:
    """The id of the client whose file has a number, or None."""
    return session.scalar(select(ClientFileRow.client_id).where(ClientFileRow.client_no == client_no))


def list_client_files(session: Session) -> list[ClientFile]:
    """Every client file by number."""
    return [_client_file(row) for row in session.scalars(select(ClientFileRow).order_by(ClientFileRow.client_no))]


def _client_file(row: ClientFileRow) -> ClientFile:
    return ClientFile(**{name: getattr(row, name) for name in ClientFile.__dataclass_fields__})
