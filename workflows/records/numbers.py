"""Numbers without gaps: the next of a series and year, taken in the transaction that uses it."""

from __future__ import annotations

from sqlalchemy import Integer, String, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engine.context import Context
from engine.db import Base


class NumberSeries(Base):
    """The last number given of a series in a year; the row is locked until the commit."""

    __tablename__ = "number_series"
    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


def allocate(context: Context, series: str, year: int) -> int:
    """The next number of a series and year, from 1; a rollback gives it back, so there is never a gap."""
    return allocate_many(context, series, year, 1)[0]


def allocate_many(context: Context, series: str, year: int, count: int) -> range:
    """The next ``count`` numbers of a series and year, taken at once."""
    session = context.session
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(NumberSeries).values(series=series, year=year, last=0).on_conflict_do_nothing())
    following = (
        update(NumberSeries)
        .where(NumberSeries.series == series, NumberSeries.year == year)
        .values(last=NumberSeries.last + count)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    )
    last = session.execute(following).scalar_one()
    return range(last - count + 1, last + 1)


def raise_to(context: Context, series: str, year: int, number: int) -> None:
    """Let a series go on after a number that was given elsewhere; never backwards."""
    session = context.session
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(NumberSeries).values(series=series, year=year, last=0).on_conflict_do_nothing())
    behind = (NumberSeries.series == series) & (NumberSeries.year == year) & (NumberSeries.last < number)
    session.execute(update(NumberSeries).where(behind).values(last=number).execution_options(synchronize_session=False))
