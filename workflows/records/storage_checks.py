"""The store room's climate and its monthly check (八防, P22a): readings, defects, what was done about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotAllowed
from workflows.records import archive_works
from workflows.records.archive_works import ArchiveWork
from workflows.records.rule_packs import get_rule

#: the eight protections, and the log at the door
POINTS: Mapping[str, str] = {
    "fire": "防火（灭火器、电路）", "theft": "防盗（门窗、锁）", "damp": "防潮", "light": "防光", "heat": "防热（防高温）",
    "dust": "防尘",    "insects": "防虫鼠", "wet": "防高湿", "door": "出入登记完整",
}  # fmt: skip
CLIMATE = "温湿度"
MAY_READ_OFF = frozenset({"archivist", "desk"})


class StorageReadingRow(Base):
    """One reading; the temperature in tenths of a degree."""

    __tablename__ = "storage_readings"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    room: Mapped[str] = mapped_column(String(40))
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tenths: Mapped[int] = mapped_column(Integer)
    humidity: Mapped[int] = mapped_column(Integer)
    read_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Limits:
    """Between what temperature (°C) and humidity (%) paper keeps."""

    low: int
    high: int
    dry: int
    wet: int


@dataclass(frozen=True)
class Reading:
    """One reading and whether it is within the limits."""

    room: str
    read_at: datetime
    temperature: Decimal
    humidity: int
    read_by_name: str
    is_fine: bool


def read_limits(on: date) -> Limits:
    """The limits that hold on a day."""
    keys = ("temperature_low", "temperature_high", "humidity_low", "humidity_high")
    return Limits(*(int(get_rule("storage", key, on).value) for key in keys))


def add_reading(context: Context, *, room: str, temperature: Decimal, humidity: int) -> Reading:
    """Keep a reading."""
    if context.actor.kind != "system" and not context.actor.roles & MAY_READ_OFF:
        raise NotAllowed(reason="your roles do not include this")
    row = StorageReadingRow(
        id=new_id(), room=room[:40], read_at=context.now, tenths=int(temperature * 10), humidity=humidity,
        read_by_name=context.actor.name,
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    context.audit("storage.read", "storage", room=row.room, tenths=row.tenths, humidity=humidity)
    return _reading(row)


def list_readings(session: Session, *, since: datetime, room: str = "") -> list[Reading]:
    """Readings since a moment, the earliest first."""
    query = select(StorageReadingRow).where(StorageReadingRow.read_at >= since).order_by(StorageReadingRow.read_at)
    return [_reading(row) for row in session.scalars(query.where(StorageReadingRow.room == room) if room else query)]


def begin(context: Context) -> ArchiveWork:
    """Open this month's check."""
    month = context.now.astimezone(FIRM_ZONE).strftime("%Y-%m")
    return archive_works.begin(context, archive_works.STORAGE, month, {})


def check(context: Context, work_id: str, values: Mapping[str, Any]) -> ArchiveWork:
    """Keep the checklist with its reading; a climate beyond the limits is a defect by itself."""
    temperature, humidity = Decimal(str(values["temperature"])), int(values["humidity"])
    reading = add_reading(context, room=str(values.get("room") or "档案库房"), temperature=temperature, humidity=humidity)
    defects = [
        {"point": name, "note": str(values.get(f"{key}_note") or "")}
        for key, name in POINTS.items()
        if values.get(key) == "defect"
    ]
    if not reading.is_fine:
        limits = read_limits(context.now.astimezone(FIRM_ZONE).date())
        wanted = f"应为{limits.low}—{limits.high}℃、{limits.dry}—{limits.wet}%"
        defects.append({"point": CLIMATE, "note": f"实测{temperature}℃、{humidity}%，{wanted}"})
    entry = {**archive_works.stamp(context), "temperature": str(temperature), "humidity": humidity}
    return archive_works.record(context, work_id, check=entry, defects=defects, note=str(values.get("note") or ""))


def _reading(row: StorageReadingRow) -> Reading:
    limits = read_limits(row.read_at.astimezone(FIRM_ZONE).date())
    temperature = Decimal(row.tenths) / 10
    fine = limits.low <= temperature <= limits.high and limits.dry <= row.humidity <= limits.wet
    return Reading(row.room, row.read_at, temperature, row.humidity, row.read_by_name, fine)
