"""How a question reads the register: few statements, each with the same words every time, so that a server has them prepared.

Keys go as arrays to PostgreSQL, all in one statement, because each way over the wire costs more than what is read; SQLite
knows no arrays and has no wire: there they stand in the statement as they are, and common keys are read one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from workflows.records.conflict_found import Candidate, Match
from workflows.records.conflict_register import NAME_BITS

MOST_OF_A_KEY = 500  # names read under one common key; how many more there are is said
CHUNK = 10_000

_NAMES = "SELECT name FROM conflict_postings WHERE key {keys}"
_SOME = "SELECT name FROM conflict_postings WHERE key = ? ORDER BY name LIMIT ?"
_STAGED = "SELECT 1 FROM conflict_staged LIMIT 1"
_AT_ONCE = (  # a name by itself, under a common key with that key, and a row of nothing while an import is not finished
    "SELECT NULL::int4, name FROM conflict_postings WHERE key = ANY(%(telling)s::int4[]) UNION ALL "
    "SELECT wanted.key, found.name FROM unnest(%(common)s::int4[]) AS wanted(key) CROSS JOIN LATERAL "
    "(SELECT name FROM conflict_postings WHERE key = wanted.key ORDER BY name LIMIT %(most)s) AS found UNION ALL "
    "SELECT NULL, NULL FROM (SELECT 1 FROM conflict_staged LIMIT 1) AS staged"
)
_COUNT = "SELECT count(*) FROM conflict_postings WHERE key {keys}"
_CANDIDATES = (
    "SELECT n.no, n.name, n.name_kind, n.subject, s.lead_id, s.kind, s.id_hash, s.phone_hash, s.birth_year, s.place "
    "FROM conflict_names AS n JOIN conflict_subjects AS s ON s.no = n.subject WHERE n.no {keys}"
)
_DETAILS = (
    "SELECT s.no, s.subject_kind, s.subject_id, s.role, s.matter, n.name "
    "FROM conflict_subjects AS s JOIN conflict_names AS n ON n.no = s.no * 64 WHERE s.no {keys}"  # 1 << NAME_BITS
)
assert NAME_BITS == 6, "the first name of a subject has 64 times its number"


def _run(connection: Connection, query: str, values: Any = ()) -> list[Any]:
    """The rows of a statement, straight from the driver: thousands a question, of which each wrapper would cost."""
    is_server = connection.dialect.name == "postgresql"
    cursor: Any = connection.connection.cursor(binary=True) if is_server else connection.connection.cursor()
    try:
        cursor.execute(query, values)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _select(connection: Connection, query: str, numbers: Collection[int]) -> Iterator[Any]:
    """The rows of a query for numbers."""
    ordered = sorted(numbers)
    for i in range(0, len(ordered), CHUNK):
        some = ordered[i : i + CHUNK]
        if connection.dialect.name == "postgresql":
            yield from _run(connection, query.format(keys="= ANY(%(numbers)s::int4[])"), {"numbers": some})
        else:
            yield from _run(connection, query.format(keys=f"IN ({','.join(map(str, some))})"))


@dataclass
class Numbers:
    """The names to compare; ``unread`` counts those under common keys that were left."""

    names: set[int]
    unread: int = 0
    is_complete: bool = True


def read_numbers(session: Session, telling: Collection[int], common: Collection[int]) -> Numbers:
    """The names under any of the telling keys, and at most so many under each of the common ones."""
    connection = session.connection()
    read = _read_at_once if connection.dialect.name == "postgresql" else _read_apart
    found, some = read(connection, telling, common)
    full = [key for key, names in some.items() if len(names) > MOST_OF_A_KEY]
    for names in some.values():
        found.names.update(names[:MOST_OF_A_KEY])
    if full:
        found.unread = sum(int(row[0]) for row in _select(connection, _COUNT, full)) - MOST_OF_A_KEY * len(full)
    return found


def _read_at_once(
    connection: Connection, telling: Collection[int], common: Collection[int]
) -> tuple[Numbers, dict[int, list[int]]]:
    values = {"telling": sorted(telling), "common": sorted(common), "most": MOST_OF_A_KEY + 1}
    found, some = Numbers(set()), defaultdict(list)
    for key, name in _run(connection, _AT_ONCE, values):
        if name is None:
            found.is_complete = False
        elif key is None:
            found.names.add(name)
        else:
            some[key].append(name)
    return found, {key: sorted(names) for key, names in some.items()}


def _read_apart(
    connection: Connection, telling: Collection[int], common: Collection[int]
) -> tuple[Numbers, dict[int, list[int]]]:
    found = Numbers({row[0] for row in _select(connection, _NAMES, telling)})
    found.is_complete = not _run(connection, _STAGED)
    some = {key: [row[0] for row in _run(connection, _SOME, (key, MOST_OF_A_KEY + 1))] for key in sorted(common)}
    return found, some


def read_candidates(session: Session, numbers: Collection[int]) -> Iterator[Candidate]:
    """Names with what is compared of their subjects; who they are is read of those that match (``add_details``)."""
    return starmap(Candidate, _select(session.connection(), _CANDIDATES, numbers))


def add_details(session: Session, matches: Iterable[Match]) -> None:
    """Say of each match who it is, and give it the name its subject goes by."""
    wanted = {match.candidate.subject: match for match in matches}
    for no, subject_kind, subject_id, role, matter, name in _select(session.connection(), _DETAILS, wanted.keys()):
        match = wanted[no]
        match.name = name
        match.candidate = match.candidate._replace(subject_kind=subject_kind, subject_id=subject_id, role=role, matter=matter)
