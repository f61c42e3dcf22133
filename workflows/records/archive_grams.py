"""The full-text index of the archive: short pieces of each entry's text, kept by the database's own inverted index.

An entry is cut into its single letters, its pairs, and the triples of its Latin letters and digits, so that a term of one
Chinese character is found as surely as a file number. SQLite keeps the pieces with FTS5 (without a copy of the text),
PostgreSQL in an array under a GIN index; neither needs an extension.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, column, literal_column, table, text
from sqlalchemy.dialects.postgresql import ARRAY

GRAMS = table("archive_grams", column("rowid", BigInteger), column("grams", ARRAY(Text)))
#: as migrations and ``create_all`` make it
STATEMENTS = {
    "sqlite": ["CREATE VIRTUAL TABLE archive_grams USING fts5(grams, content='', detail=none, tokenize='ascii')"],
    "postgresql": [
        "CREATE TABLE archive_grams (rowid BIGINT PRIMARY KEY, grams TEXT[] NOT NULL)",
        "CREATE INDEX ix_archive_grams_grams ON archive_grams USING gin (grams)",
    ],
}
PAIR, TRIPLE = 2, 3


def cut(body: str) -> set[str]:
    """The pieces of a text that is written as ``name_writing.normalise`` writes; its lines do not run into each other."""
    pieces: set[str] = set()
    for line in body.split("\n"):
        pieces.update(line)
        pieces.update(line[at : at + PAIR] for at in range(len(line) - 1))
        pieces.update(three for at in range(len(line) - 2) if (three := line[at : at + TRIPLE]).isascii())
    return pieces


def cut_term(term: str) -> set[str]:
    """The fewest pieces that an entry with this term must have."""
    if len(term) <= PAIR:
        return {term}
    threes = {three for at in range(len(term) - 2) if (three := term[at : at + TRIPLE]).isascii()}
    pairs = {two for at in range(len(term) - 1) if not (two := term[at : at + PAIR]).isascii()}
    return threes | pairs or {term[at : at + PAIR] for at in range(len(term) - 1)}


def is_exact(term: str) -> bool:
    """Whether having the pieces of a term means having the term."""
    return len(term) <= PAIR or (len(term) == TRIPLE and term.isascii())


def put(connection: Connection, entries: Iterable[tuple[int, str, str]]) -> None:
    """Index entries: number, a mark that restricts a search (a letter no text has), and text."""
    values = [{"id": number, "grams": _kept(connection, cut(body) | {mark})} for number, mark, body in entries]
    if values:
        connection.execute(text("INSERT INTO archive_grams (rowid, grams) VALUES (:id, :grams)"), values)


def remove(connection: Connection, entries: Iterable[tuple[int, str, str]]) -> None:
    """Take entries out, given as they were put in."""
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO archive_grams (archive_grams, rowid, grams) VALUES ('delete', :id, :grams)"
        values: list[dict[str, Any]] = [
            {"id": number, "grams": _kept(connection, cut(body) | {mark})} for number, mark, body in entries
        ]
    else:
        statement, values = "DELETE FROM archive_grams WHERE rowid = :id", [{"id": number} for number, _m, _b in entries]
    if values:
        connection.execute(text(statement), values)


def having(connection: Connection, mark: str, terms: Iterable[str]) -> ColumnElement[bool]:
    """The condition on ``GRAMS`` that an entry with a mark has the pieces of every term."""
    pieces = sorted({mark}.union(*(cut_term(term) for term in terms)))
    if connection.dialect.name == "sqlite":
        condition: ColumnElement[bool] = literal_column("archive_grams").op("MATCH")(" AND ".join(f'"{each}"' for each in pieces))
        return condition
    return GRAMS.c.grams.contains(pieces)


def _kept(connection: Connection, pieces: set[str]) -> Any:
    return " ".join(pieces) if connection.dialect.name == "sqlite" else sorted(pieces)
