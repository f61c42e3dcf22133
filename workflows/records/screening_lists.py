"""Lists of names (名单) that the firm must not serve: terror lists, sanctions of the United Nations, notices of the PBoC.

Anti-Money-Laundering Law (反洗钱法, 2024) art. 40 and 42: whom a list names, nobody may do business with. The firm imports
each list as CSV; the newest import of a list is the one that counts. Names are compared as in the conflict search.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, ForeignKey, Index, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError
from workflows.records.clients import hash_identifier
from workflows.records.conflict_keys import index_keys, query_keys, read_form
from workflows.records.conflict_likeness import compare
from workflows.records.conflict_secret import find_secret, get_secret

LISTS = {"terror": "恐怖活动组织和人员名单", "un": "联合国制裁名单", "pboc": "中国人民银行通报名单", "other": "其他名单"}
COLUMNS = {
    "number": ("编号", "number"),
    "kind": ("类型", "kind"),
    "name": ("姓名或名称", "名称", "姓名", "name"),
    "other_names": ("别名", "aliases"),
    "identifier": ("证件号", "identifier"),
    "note": ("备注", "note"),
}
KINDS = {"个人": "person", "自然人": "person", "person": "person", "组织": "organisation", "单位": "organisation", "": ""}
CERTAIN = 85  # from here a likeness stands by itself (conflict_likeness)
SAME_NAME = 98
MOST_FAULTS = 20


class ListRefused(JuanzongError):
    """The list cannot be taken: {faults}"""


class ScreeningListRow(Base):
    __tablename__ = "screening_lists"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    list_key: Mapped[str] = mapped_column(String(20), index=True)
    issued_on: Mapped[date] = mapped_column(Date)
    count: Mapped[int]
    is_current: Mapped[bool] = mapped_column(Boolean)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by_name: Mapped[str] = mapped_column(String(120))


class ScreeningEntryRow(Base):
    __tablename__ = "screening_entries"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    list_id: Mapped[str] = mapped_column(ForeignKey("screening_lists.id"), index=True)
    number: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(300))
    other_names: Mapped[list[str]] = mapped_column(Json)
    id_hash: Mapped[str] = mapped_column(String(64), index=True)
    note: Mapped[str] = mapped_column(Text)


class ScreeningKeyRow(Base):
    """One key of the conflict search under which an entry is found."""

    __tablename__ = "screening_keys"
    __table_args__ = (Index("ix_screening_keys_key", "key"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("screening_entries.id"), primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


@dataclass(frozen=True)
class Entry:
    """Somebody a list names."""

    number: str
    kind: str
    name: str
    other_names: list[str] = field(default_factory=list)
    identifier: str = ""
    note: str = ""


@dataclass(frozen=True)
class Match:
    """An entry that may be the one asked for."""

    entry_id: str
    list_key: str
    number: str
    name: str
    score: int
    reason: str
    note: str


def read_list(text: str) -> list[Entry]:
    """The entries of a CSV text, or of cells copied from a sheet. Raises ``ListRefused`` with every fault by row."""
    text = text.strip().removeprefix("\ufeff")
    head_line = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head_line else ","))
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    places = {key: next((head.index(each) for each in names if each in head), None) for key, names in COLUMNS.items()}
    if places["name"] is None:
        raise ListRefused(faults="第1行没有“姓名或名称”一列")
    faults, found = [], []
    for line, cells in enumerate(rows[1:], 2):
        value = {key: cells[at].strip() if at is not None and at < len(cells) else "" for key, at in places.items()}
        if not any(value.values()):
            continue
        if not value["name"]:
            faults.append(f"第{line}行没有姓名或名称")
        elif value["kind"] not in KINDS:
            faults.append(f"第{line}行的类型“{value['kind']}”不是个人或者组织")
        else:
            names = [each.strip() for each in value["other_names"].replace("；", ";").split(";") if each.strip()]
            kind = KINDS[value["kind"]]
            found.append(Entry(value["number"] or str(line), kind, value["name"], names, value["identifier"], value["note"]))
    if not found and not faults:
        faults.append("文件里没有名单")
    if faults:
        more = f"（另有{len(faults) - MOST_FAULTS}处）" if len(faults) > MOST_FAULTS else ""
        raise ListRefused(faults="；".join(faults[:MOST_FAULTS]) + more)
    return found


def import_list(context: Context, list_key: str, issued_on: date, entries: Sequence[Entry]) -> str:
    """Keep a list in place of its earlier import; returns its id."""
    session = context.session
    old = update(ScreeningListRow).where(ScreeningListRow.list_key == list_key).values(is_current=False)
    session.execute(old.execution_options(synchronize_session=False))
    row = ScreeningListRow(
        id=new_id(), list_key=list_key, issued_on=issued_on, count=len(entries), is_current=True,
        imported_at=context.now, imported_by_name=context.actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for entry in entries:
        entry_id = new_id()
        id_hash = hash_identifier(get_secret(session), entry.identifier) if entry.identifier else ""
        session.add(
            ScreeningEntryRow(
                id=entry_id, list_id=row.id, number=entry.number[:60], kind=entry.kind, name=entry.name[:300],
                other_names=entry.other_names, id_hash=id_hash, note=entry.note,
            )
        )  # fmt: skip
        session.flush()
        session.add_all(ScreeningKeyRow(entry_id=entry_id, key=key) for key in sorted(_keys(entry)))
    session.flush()
    context.audit("screening_list_imported", f"list:{list_key}", count=len(entries), issued_on=issued_on.isoformat())
    return row.id


def _keys(entry: Entry) -> set[int]:
    kinds = (entry.kind,) if entry.kind else ("person", "organisation")
    return {key for name in (entry.name, *entry.other_names) for kind in kinds for key in index_keys(name, kind)}


def list_current(session: Session) -> list[ScreeningListRow]:
    """The lists that count now, by their keys."""
    query = select(ScreeningListRow).where(ScreeningListRow.is_current).order_by(ScreeningListRow.list_key)
    return list(session.scalars(query))


def find_matches(session: Session, kind: str, names: Sequence[str], identifier: str = "") -> list[Match]:
    """Who on the lists may be somebody of these names, the likeliest first; the same identifier is sure."""
    keys = {key for name in names for part in query_keys(name, kind) for key in part}
    secret = find_secret(session)
    id_hash = hash_identifier(secret, identifier) if secret and identifier else ""
    by_key = select(ScreeningKeyRow.entry_id).where(ScreeningKeyRow.key.in_(keys)) if keys else None
    found = select(ScreeningEntryRow, ScreeningListRow.list_key).join(
        ScreeningListRow, ScreeningListRow.id == ScreeningEntryRow.list_id
    )
    ways: list[ColumnElement[bool]] = [ScreeningEntryRow.id.in_(by_key)] if by_key is not None else []
    if id_hash:
        ways.append(ScreeningEntryRow.id_hash == id_hash)
    matches: dict[str, Match] = {}
    for way in ways:
        for entry, list_key in session.execute(found.where(ScreeningListRow.is_current, way)):
            for match in _judge(entry, list_key, kind, names, id_hash):
                matches.setdefault(entry.id, match)
    return sorted(matches.values(), key=lambda match: -match.score)


def _judge(entry: ScreeningEntryRow, list_key: str, kind: str, names: Sequence[str], id_hash: str) -> Iterator[Match]:
    if id_hash and entry.id_hash == id_hash:
        yield Match(entry.id, list_key, entry.number, entry.name, 100, "证件号码相同", entry.note)
        return
    theirs = [read_form(name, entry.kind or kind) for name in (entry.name, *entry.other_names)]
    found = [likeness for name in names for form in theirs if (likeness := compare(read_form(name, kind), form))]
    best = max((likeness.score for likeness in found), default=0)
    if best >= CERTAIN:
        yield Match(
            entry.id,
            list_key,
            entry.number,
            entry.name,
            best,
            "姓名或者名称相同" if best >= SAME_NAME else "姓名或者名称近似",
            entry.note,
        )
