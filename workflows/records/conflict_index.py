"""The conflict index (利益冲突索引): every name the firm knows, in the forms that are compared, and the search over it.

One row a name: a party of a lead under its name, former names and other names; a person of the firm; a declared relative.
The index says who sounds or looks alike and why; ``conflict_hits`` finds out what they are to the firm.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, new_id
from workflows.records.conflict_names import CHINESE, SHORTEST, SearchName, read_name
from workflows.records.identifiers import clean

# How much a reason weighs, of 100; a hit weighs as much as its heaviest reason.
WEIGHTS: Mapping[str, int] = {
    "same_identifier": 100,
    "same_name": 98,
    "same_former_name": 96,
    "same_alias": 96,
    "same_core": 90,
    "same_phone": 85,
    "holds": 80,
    "held": 80,
    "same_sound": 75,
    "similar": 70,
}
DIFFERENT_IDENTIFIERS = 20  # same name, both identifiers known and unlike: shown, but nobody is the same
LETTERS_PER_EDIT = 4


class IndexRow(Base):
    """One name of one subject; ``subject_kind`` party, staff or relative, ``name_kind`` name, former or alias."""

    __tablename__ = "conflict_index"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(10), index=True)
    subject_id: Mapped[str] = mapped_column(String(80), index=True)
    lead_id: Mapped[str | None] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    name_kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(200))
    name_norm: Mapped[str] = mapped_column(String(200), index=True)
    core: Mapped[str] = mapped_column(String(200), index=True)
    pinyin: Mapped[str] = mapped_column(String(800), index=True)
    initials: Mapped[str] = mapped_column(String(200))
    id_hash: Mapped[str] = mapped_column(String(64), index=True)
    phone_hash: Mapped[str] = mapped_column(String(64), index=True)


@dataclass(frozen=True)
class Query:
    """One name of the new matter; ``names`` are its name, former and other names by kind."""

    key: str
    kind: str
    names: Mapping[str, str]  # name → name, former or alias
    identifier: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Reason:
    """Why a subject was found: a code of ``WEIGHTS`` or ``identifiers_differ``, the two texts compared, and a figure."""

    code: str
    ours: str
    theirs: str
    figure: int = 0


@dataclass
class Hit:
    """One subject of the index that a query may mean, with every reason."""

    query: Query
    subject_kind: str
    subject_id: str
    lead_id: str | None
    name: str
    reasons: list[Reason] = field(default_factory=list)

    @property
    def score(self) -> int:
        """0 to 100: how sure the likeness is."""
        if any(reason.code == "identifiers_differ" for reason in self.reasons):
            return DIFFERENT_IDENTIFIERS
        return max(WEIGHTS[reason.code] for reason in self.reasons)


def hash_identifier(text: str) -> str:
    """The digest under which an identity number, credit code or telephone number is compared; empty for nothing."""
    cleaned = clean(text)
    return hashlib.sha256(cleaned.encode()).hexdigest() if cleaned else ""


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
) -> None:
    """Index a subject under its names (name → name, former or alias), in place of what the index held."""
    remove_subject(session, subject_kind, subject_id)
    for name, name_kind in names.items():
        found = read_name(name, kind)
        if not found.norm:
            continue
        session.add(
            IndexRow(
                id=new_id(),
                subject_kind=subject_kind,
                subject_id=subject_id,
                lead_id=lead_id,
                kind=kind,
                name_kind=name_kind,
                name=found.name[:200],
                name_norm=found.norm[:200],
                core=found.core[:200],
                pinyin=found.pinyin[:800],
                initials=found.initials[:200],
                id_hash=hash_identifier(identifier),
                phone_hash=hash_identifier(phone),
            )
        )
    session.flush()


def remove_subject(session: Session, subject_kind: str, subject_id: str) -> None:
    """Take a subject out of the index."""
    session.execute(
        delete(IndexRow)
        .where(IndexRow.subject_kind == subject_kind, IndexRow.subject_id == subject_id)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class _Entry:
    """An index row as the search reads it."""

    subject_kind: str
    subject_id: str
    lead_id: str | None
    kind: str
    name_kind: str
    name: str
    name_norm: str
    core: str
    pinyin: str
    id_hash: str
    phone_hash: str


COLUMNS = (
    IndexRow.subject_kind, IndexRow.subject_id, IndexRow.lead_id, IndexRow.kind, IndexRow.name_kind, IndexRow.name,
    IndexRow.name_norm, IndexRow.core, IndexRow.pinyin, IndexRow.id_hash, IndexRow.phone_hash,
)  # fmt: skip


class _Book:
    """The index in memory for one search, with a look-up by each exact form."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.entries = entries
        self.cores = [entry.core for entry in entries]
        self.by: dict[str, dict[str, list[_Entry]]] = {}
        for name in ("name_norm", "core", "pinyin", "id_hash", "phone_hash"):
            found: dict[str, list[_Entry]] = defaultdict(list)
            for entry in entries:
                if getattr(entry, name):
                    found[getattr(entry, name)].append(entry)
            self.by[name] = found

    def same(self, column: str, value: str) -> list[_Entry]:
        return self.by[column].get(value, []) if value else []


def search(session: Session, queries: Iterable[Query], *, without_lead: str | None = None) -> list[Hit]:
    """Every subject that a query may mean, heaviest first; nothing is cut off.

    ``without_lead`` hides the matter's own parties.
    """
    rows = session.execute(select(*COLUMNS).order_by(IndexRow.id))
    book = _Book([entry for row in rows if (entry := _Entry(*row)).lead_id is None or entry.lead_id != without_lead])
    hits: dict[tuple[str, str, str], Hit] = {}
    for query in queries:
        for entry, reason in _compare(book, query):
            key = (query.key, entry.subject_kind, entry.subject_id)
            hit = hits.setdefault(key, Hit(query, entry.subject_kind, entry.subject_id, entry.lead_id, entry.name))
            if reason not in hit.reasons:
                hit.reasons.append(reason)
    for hit in hits.values():
        hit.reasons.sort(key=lambda reason: -WEIGHTS.get(reason.code, 101))
    return sorted(hits.values(), key=lambda hit: (-hit.score, hit.query.key, hit.subject_id))


Once = Callable[[_Entry, str, int], Iterator[tuple[_Entry, Reason]]]


def _compare(book: _Book, query: Query) -> Iterator[tuple[_Entry, Reason]]:
    """Each entry that a query may mean with a reason; an entry may come with several."""
    id_hash = hash_identifier(query.identifier)
    own_name = next(iter(query.names), "")
    for entry in book.same("id_hash", id_hash):
        yield entry, Reason("same_identifier", own_name, entry.name)
    for entry in book.same("phone_hash", hash_identifier(query.phone)):
        yield entry, Reason("same_phone", own_name, entry.name)
    for text, name_kind in query.names.items():
        name = read_name(text, query.kind)
        for entry, reason in _compare_name(book, query, name, name_kind):
            yield entry, reason
            if id_hash and entry.id_hash and entry.id_hash != id_hash and entry.kind == query.kind:
                yield entry, Reason("identifiers_differ", name.name, entry.name)


def _compare_name(book: _Book, query: Query, name: SearchName, name_kind: str) -> Iterator[tuple[_Entry, Reason]]:
    """The entries whose names are like one name."""
    found: set[int] = set()

    def once(entry: _Entry, code: str, figure: int = 0) -> Iterator[tuple[_Entry, Reason]]:
        # The first, heaviest reason says enough: names that are equal are also contained, alike and homophones.
        if id(entry) not in found:
            found.add(id(entry))
            yield entry, Reason(code, name.name, entry.name, figure)

    for entry in book.same("name_norm", name.norm):
        kinds = {name_kind, entry.name_kind}
        yield from once(entry, "same_former_name" if "former" in kinds else "same_alias" if "alias" in kinds else "same_name")
    if len(name.core) >= SHORTEST:
        for entry in book.same("core", name.core):
            yield from once(entry, "same_core")
        for entry in book.entries:
            if "organisation" in (query.kind, entry.kind) and len(entry.core) >= SHORTEST:
                if name.core in entry.core:
                    yield from once(entry, "holds")
                elif entry.core in name.core:
                    yield from once(entry, "held")
        if CHINESE.search(name.core):
            for entry in book.same("pinyin", name.pinyin):
                yield from once(entry, "same_sound")
    yield from _compare_spelling(book, name, once)


def _compare_spelling(book: _Book, name: SearchName, once: Once) -> Iterator[tuple[_Entry, Reason]]:
    """The entries that differ by a slip: one character in four."""
    most = len(name.core) // LETTERS_PER_EDIT
    if not most:
        return
    alike = process.extract(name.core, book.cores, scorer=Levenshtein.distance, score_cutoff=most, limit=None)
    for core, distance, index in alike:
        if max(len(core), len(name.core)) // LETTERS_PER_EDIT >= distance:
            yield from once(book.entries[index], "similar", int(distance))
