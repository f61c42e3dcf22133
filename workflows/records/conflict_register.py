"""The conflict register: every name the firm knows, and the index by which a million of them are searched.

A subject (a party, a person of the firm, a relative, an imported record) has up to 64 names; the number of a name is its
subject's number and its place among the names, so that neither needs an index of its own. Postings say which name stands
under which key (``conflict_keys``): one narrow table that is its own index.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base
from engine.errors import JuanzongError
from workflows.records.conflict_keys import PERSON, index_keys, make_key
from workflows.records.conflict_secret import birth_year_of, birthplace_of, canonical, digest, get_secret
from workflows.records.name_splitting import NOWHERE, find_place
from workflows.records.name_writing import normalise

NAME_BITS = 6
MOST_NAMES = 1 << NAME_BITS


class TooManyNames(JuanzongError):
    """{name} has more than {most} names."""


class ConflictSubjectRow(Base):
    """Somebody the firm knows; ``subject_kind`` party, staff, relative or imported; role and matter of an imported one."""

    __tablename__ = "conflict_subjects"
    __table_args__ = (UniqueConstraint("subject_id", "subject_kind"),)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(80))
    lead_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(12))
    id_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    place: Mapped[int] = mapped_column(Integer, default=NOWHERE)
    role: Mapped[str] = mapped_column(String(120), default="")
    matter: Mapped[str] = mapped_column(String(200), default="")


class ConflictNameRow(Base):
    """One name of a subject; ``name_kind`` name, former or alias."""

    __tablename__ = "conflict_names"
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    subject: Mapped[int] = mapped_column(Integer)
    name_kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(Text)


class ConflictPostingRow(Base):
    """A name stands under a key."""

    __tablename__ = "conflict_postings"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


# Postings of an import until they are sorted into the index; a heap, so no primary key.
STAGED = Table("conflict_staged", Base.metadata, Column("key", Integer, nullable=False), Column("name", Integer, nullable=False))
POSTINGS: Any = ConflictPostingRow.__table__
NAMES: Any = ConflictNameRow.__table__
SUBJECTS: Any = ConflictSubjectRow.__table__


@dataclass(frozen=True)
class Subject:
    """What is put into the register."""

    subject_kind: str
    subject_id: str
    kind: str
    names: Mapping[str, str]  # name → name, former or alias; the first is the one it goes by
    lead_id: str | None = None
    identifier: str = ""
    phone: str = ""
    birth_year: int | None = None
    city: str = ""
    role: str = ""
    matter: str = ""


@lru_cache(maxsize=1024)
def find_number(place: str) -> int:
    """The number of the place a text begins with."""
    return find_place(normalise(place))[1]


def subject_values(subject: Subject, secret: bytes) -> dict[str, Any]:
    """The row of a subject, without its number."""
    birth_year, city = subject.birth_year, subject.city
    identifier = canonical(subject.identifier)
    if subject.kind == PERSON and identifier:
        birth_year = birth_year or birth_year_of(identifier)
        city = city or birthplace_of(identifier)
    return {
        "subject_kind": subject.subject_kind,
        "subject_id": subject.subject_id,
        "lead_id": subject.lead_id,
        "kind": subject.kind,
        "id_hash": digest(secret, identifier),
        "phone_hash": digest(secret, canonical(subject.phone)),
        "birth_year": birth_year,
        "place": find_number(city) if city else NOWHERE,
        "role": subject.role[:120],
        "matter": subject.matter[:200],
    }


def hash_keys(id_hash: bytes | None, phone_hash: bytes | None) -> list[int]:
    """The keys of the identifiers."""
    return [make_key(tag, value.hex()) for tag, value in (("q", id_hash), ("f", phone_hash)) if value]


def postings_of(no: int, subject: Subject, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    """The rows of names and the postings of a subject."""
    names = [(name.strip(), kind) for name, kind in subject.names.items() if normalise(name)]
    if len(names) > MOST_NAMES:
        raise TooManyNames(name=names[0][0], most=MOST_NAMES)
    first = no << NAME_BITS
    rows = [{"no": first + i, "subject": no, "name_kind": kind, "name": name} for i, (name, kind) in enumerate(names)]
    postings = [(key, first + i) for i, (name, _) in enumerate(names) for key in index_keys(name, subject.kind)]
    postings += [(key, first) for key in hash_keys(values["id_hash"], values["phone_hash"])]
    return rows, postings


def put(session: Session, subject: Subject) -> int:
    """Register a subject in place of what the register held of it; returns its number."""
    no = _clear(session, subject.subject_kind, subject.subject_id)
    values = subject_values(subject, get_secret(session))
    if no is None:
        no = int(session.execute(insert(SUBJECTS).values(**values).returning(SUBJECTS.c.no)).scalar_one())
    else:
        session.execute(insert(SUBJECTS).values(no=no, **values))
    rows, postings = postings_of(no, subject, values)
    if rows:
        session.execute(insert(NAMES), rows)
    if postings:
        session.execute(insert(POSTINGS), [{"key": key, "name": name} for key, name in dict.fromkeys(postings)])
    return no


def remove(session: Session, subject_kind: str, subject_id: str) -> None:
    """Take a subject out of the register."""
    _clear(session, subject_kind, subject_id)


def _clear(session: Session, subject_kind: str, subject_id: str) -> int | None:
    """Delete a subject with its names and postings; its number."""
    row = session.execute(
        select(SUBJECTS.c.no, SUBJECTS.c.kind, SUBJECTS.c.id_hash, SUBJECTS.c.phone_hash).where(
            SUBJECTS.c.subject_kind == subject_kind, SUBJECTS.c.subject_id == subject_id
        )
    ).first()
    if row is None:
        return None
    first = row.no << NAME_BITS
    names = session.execute(select(NAMES.c.no, NAMES.c.name).where(NAMES.c.no.between(first, first + MOST_NAMES - 1))).all()
    for no, name in names:
        keys = [*index_keys(name, row.kind), *hash_keys(row.id_hash, row.phone_hash)]
        session.execute(delete(POSTINGS).where(POSTINGS.c.key.in_(keys), POSTINGS.c.name == no))
    session.execute(delete(NAMES).where(NAMES.c.no.between(first, first + MOST_NAMES - 1)))
    session.execute(delete(SUBJECTS).where(SUBJECTS.c.no == row.no))
    return int(row.no)


def put_subject(
    session: Session,
    *,
    subject_kind: str,
    subject_id: str,
    kind: str,
    names: Mapping[str, str],
    lead_id: str | None = None,
    identifier: str = "",
    phone: str = "",
    birth_year: int | None = None,
    city: str = "",
) -> None:
    """Register a subject under its names (name → name, former or alias), in place of what the register held."""
    put(session, Subject(subject_kind, subject_id, kind, names, lead_id, identifier, phone, birth_year, city))


def remove_subject(session: Session, subject_kind: str, subject_id: str) -> None:
    """Take a subject out of the register."""
    remove(session, subject_kind, subject_id)


# --- many at once


def stage(session: Session, subjects: Sequence[Subject]) -> int:
    """Register new subjects, their postings staged until ``merge``; those already there are left. Returns how many are new."""
    secret = get_secret(session)
    connection = session.connection()
    subjects = [each if each.subject_id else replace(each, subject_id=name_record(secret, each)) for each in subjects]
    known = _list_known(session, subjects)
    fresh = {(each.subject_kind, each.subject_id): each for each in subjects}
    new = [subject for at, subject in fresh.items() if at not in known]
    subject_rows, name_rows, postings = [], [], []
    for no, subject in zip(_take_numbers(connection, len(new)), new, strict=True):
        values = subject_values(subject, secret)
        rows, found = postings_of(no, subject, values)
        subject_rows.append({"no": no, **values})
        name_rows += rows
        postings += found
    if subject_rows:
        _append(connection, SUBJECTS, subject_rows)
        _append(connection, NAMES, name_rows)
        _insert_many(connection, STAGED.name, postings)
    return len(subject_rows)


def name_record(secret: bytes, subject: Subject) -> str:
    """The id of an imported record: the same when the same row is imported again, and nothing can be read out of it."""
    parts = (subject.kind, normalise(next(iter(subject.names))), canonical(subject.identifier), subject.role, subject.matter)
    return hmac.digest(secret, "|".join(parts).encode("utf-8", "replace"), "sha256").hex()[:24]


def _list_known(session: Session, subjects: Sequence[Subject]) -> set[tuple[str, str]]:
    ids = [each.subject_id for each in subjects]
    query = select(SUBJECTS.c.subject_kind, SUBJECTS.c.subject_id)
    found: set[tuple[str, str]] = set()
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(SUBJECTS.c.subject_id == func.any(bindparam("ids", ids, ARRAY(String))))
        return {(kind, each) for kind, each in session.execute(query)}
    for i in range(0, len(ids), 5000):
        found |= {(kind, each) for kind, each in session.execute(query.where(SUBJECTS.c.subject_id.in_(ids[i : i + 5000])))}
    return found


def _take_numbers(connection: Connection, count: int) -> list[int]:
    """Numbers for new subjects. PostgreSQL has a sequence, on SQLite one command writes at a time."""
    if connection.dialect.name == "postgresql":
        query = "SELECT nextval(pg_get_serial_sequence('conflict_subjects', 'no')) FROM generate_series(1, %(count)s)"
        return [int(row[0]) for row in connection.exec_driver_sql(query, {"count": count})]
    last = int(connection.execute(select(func.coalesce(func.max(SUBJECTS.c.no), 0))).scalar_one())
    return list(range(last + 1, last + 1 + count))


def _append(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows of one shape the fastest way a database has."""
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    columns = list(rows[0])
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def _insert_many(connection: Connection, table: str, rows: Iterable[tuple[int, int]]) -> None:
    """Append pairs of key and name the fastest way a database has."""
    if connection.dialect.name == "postgresql":
        statement = f"COPY {table} (key, name) FROM STDIN (FORMAT BINARY)"
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(statement) as copy:
            copy.set_types(["int4", "int4"])
            for row in rows:
                copy.write_row(row)
        return
    connection.exec_driver_sql(f"INSERT INTO {table} (key, name) VALUES (?, ?)", list(rows))  # noqa: S608 - a name of ours


def count_staged(session: Session) -> int:
    """How many postings wait to be sorted into the index: as long as there are any, a search does not see every name."""
    return int(session.execute(select(func.count()).select_from(STAGED)).scalar_one())


def has_staged(session: Session) -> bool:
    """Whether an import is not finished."""
    return session.execute(select(STAGED.c.key).limit(1)).first() is not None


def merge(session: Session, part: int, parts: int) -> None:
    """Sort one part of what is staged into the index, in the order of the keys; the last part clears the stage."""
    low = -(1 << 31) + (1 << 32) * part // parts
    high = -(1 << 31) + (1 << 32) * (part + 1) // parts - 1
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL work_mem = '256MB'"))  # so that a part is sorted in memory
    pair = (STAGED.c.key, STAGED.c.name)
    pairs = select(*pair).where(STAGED.c.key.between(low, high)).distinct().order_by(*pair)
    session.execute(insert(POSTINGS).from_select(["key", "name"], pairs))
    if part == parts - 1:
        session.execute(delete(STAGED))


def count_subjects(session: Session) -> int:
    """How many subjects the register holds."""
    return int(session.execute(select(func.count()).select_from(SUBJECTS)).scalar_one())
