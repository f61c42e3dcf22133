"""Holiday tables (节假日安排): the State Council's table of a year, proposed by one person and approved by another.

An approved table stands in place of the library's for its year; ``install`` hands all of them to the calendar.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import calendar
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, NotAllowed, NotFound, StateRefused

PROPOSED, APPROVED, REFUSED, REPLACED = "PROPOSED", "APPROVED", "REFUSED", "REPLACED"
OFF, WORK = "off", "work"
KINDS = {"休": OFF, "放假": OFF, "off": OFF, "班": WORK, "上班": WORK, "调休": WORK, "work": WORK}
MOST_DAYS = 100
COLUMNS = ("date", "kind", "name")


class TableRefused(JuanzongError):
    """This table cannot be taken: {problems}"""


class HolidayTableRow(Base):
    __tablename__ = "holiday_tables"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12))
    notice: Mapped[str] = mapped_column(Text)
    days: Mapped[list[dict[str, str]]] = mapped_column(Json)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    moved: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class HolidayTable:
    """One year's table; ``days`` are rows of date, kind (off, work) and name; ``moved`` is what its approval moved."""

    id: str
    year: int
    state: str
    notice: str
    days: list[dict[str, str]]
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    moved: dict[str, Any]


def read_csv(content: bytes) -> tuple[int, list[dict[str, str]]]:
    """The year and the rows of a table with the columns date, off or work, name. Raises ``TableRefused`` with every problem."""
    rows, problems = [], []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    for number, line in enumerate(csv.reader(io.StringIO(text)), start=1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue
        try:
            rows.append(_read_row(cells))
        except ValueError as wrong:
            problems.append(f"第{number}行：{wrong}")
    problems += [] if problems else _check(rows)
    if problems:
        raise TableRefused(problems="；".join(problems[:20]))
    rows.sort(key=lambda row: row["date"])
    return int(rows[0]["date"][:4]), rows


def _read_row(cells: Sequence[str]) -> dict[str, str]:
    if len(cells) < 2:
        raise ValueError("应有日期、休或班、名称三列")
    try:
        day = date.fromisoformat(cells[0].replace("/", "-"))
    except ValueError:
        raise ValueError(f"“{cells[0]}”不是日期（应为2027-01-01）") from None
    kind = KINDS.get(cells[1].lower())
    if kind is None:
        raise ValueError(f"“{cells[1]}”既不是休也不是班")
    name = cells[2] if len(cells) > 2 else ""
    if kind == OFF and not name:
        raise ValueError("放假日应写明节日名称")
    if kind == WORK and day.weekday() < 5:
        raise ValueError(f"{day.isoformat()}是平日，不是调休上班日")
    return {"date": day.isoformat(), "kind": kind, "name": name[:40]}


def _check(rows: Sequence[dict[str, str]]) -> list[str]:
    """What is wrong with the rows together."""
    if not rows:
        return ["没有任何日期"]
    dates = [row["date"] for row in rows]
    twice = sorted({day for day in dates if dates.count(day) > 1})
    years = sorted({day[:4] for day in dates})
    problems = [f"{day}出现了两次" for day in twice]
    problems += [f"一张表只放一个年度，这里有{'、'.join(years)}"] if len(years) > 1 else []
    problems += [f"最多{MOST_DAYS}天"] if len(rows) > MOST_DAYS else []
    problems += [] if any(row["kind"] == OFF for row in rows) else ["没有一个放假日"]
    return problems


def propose_table(context: Context, *, content: bytes, notice: str) -> HolidayTable:
    """Keep a table for somebody else to approve. Raises ``TableRefused``."""
    year, rows = read_csv(content)
    waiting = context.session.scalar(
        select(HolidayTableRow).where(HolidayTableRow.year == year, HolidayTableRow.state == PROPOSED)
    )
    if waiting is not None:
        raise StateRefused(what=str(year), old=PROPOSED, new=PROPOSED, reason="another table for this year waits for approval")
    row = HolidayTableRow(
        id=new_id(),
        year=year,
        state=PROPOSED,
        notice=notice,
        days=rows,
        proposed_by=context.actor.id,
        proposed_at=context.now,
        moved={},
    )
    context.session.add(row)
    context.session.flush()
    context.audit("holiday_table.proposed", f"holiday_table:{row.id}", year=year, days=len(rows))
    return _table(row)


def decide_table(context: Context, table_id: str, *, approved: bool, reason: str) -> HolidayTable:
    """The second person's word; an approved table takes the place of the one before. Raises ``NotAllowed`` for the proposer."""
    row = _get_row(context.session, table_id)
    if context.actor.id == row.proposed_by:
        raise NotAllowed(reason="somebody else approves the table you proposed")
    state = APPROVED if approved else REFUSED
    if row.state != PROPOSED:
        raise StateRefused(what=str(row.year), old=row.state, new=state, reason="the table was decided before")
    if approved:
        query = select(HolidayTableRow).where(HolidayTableRow.year == row.year, HolidayTableRow.state == APPROVED)
        for older in context.session.scalars(query):
            older.state = REPLACED
    row.state, row.decided_by, row.decided_at, row.reason = state, context.actor.id, context.now, reason
    context.session.flush()
    context.audit("holiday_table.decided", f"holiday_table:{row.id}", year=row.year, state=state, reason=reason)
    return _table(row)


def keep_moved(context: Context, table_id: str, moved: dict[str, Any]) -> None:
    """Keep what the approval of a table moved."""
    row = _get_row(context.session, table_id)
    row.moved = moved
    context.session.flush()


def read_tables(session: Session) -> dict[int, dict[date, str | None]]:
    """The approved tables as the calendar takes them."""
    rows = session.scalars(select(HolidayTableRow).where(HolidayTableRow.state == APPROVED))
    return {row.year: as_calendar(row.days) for row in rows}


def as_calendar(days: Sequence[dict[str, str]]) -> dict[date, str | None]:
    """One year's rows as the calendar takes them."""
    return {date.fromisoformat(each["date"]): each["name"] if each["kind"] == OFF else None for each in days}


def install(session: Session) -> None:
    """Hand the approved tables to the calendar of this process."""
    calendar.install(read_tables(session))


def compare(session: Session, table: HolidayTable) -> list[dict[str, Any]]:
    """The days on which a table differs from what counts now: whether offices worked, and whether they will."""
    if table.state == PROPOSED:
        now = read_tables(session)
    else:
        return []
    then = {**now, table.year: as_calendar(table.days)}
    found = []
    day = date(table.year, 1, 1)
    for number in range(366):
        each = date.fromordinal(day.toordinal() + number)
        if each.year != table.year:
            break
        with calendar.using(now):
            before, old = calendar.is_working_day(each), calendar.holiday_name(each)
        with calendar.using(then):
            after, new = calendar.is_working_day(each), calendar.holiday_name(each)
        if before != after:
            found.append({"on": each, "worked": before, "works": after, "old": old or "", "new": new or ""})
    return found


def get_table(session: Session, table_id: str) -> HolidayTable:
    """The table with this id; raises NotFound."""
    return _table(_get_row(session, table_id))


def list_tables(session: Session) -> list[HolidayTable]:
    """Every table, the newest first."""
    rows = session.scalars(select(HolidayTableRow).order_by(HolidayTableRow.id.desc()))
    return [_table(row) for row in rows]


def _get_row(session: Session, table_id: str) -> HolidayTableRow:
    row = session.get(HolidayTableRow, table_id)
    if row is None:
        raise NotFound(kind="holiday table", id=table_id)
    return row


def _table(row: HolidayTableRow) -> HolidayTable:
    return HolidayTable(**{name: getattr(row, name) for name in HolidayTable.__dataclass_fields__})
