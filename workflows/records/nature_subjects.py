"""What a four-nature test looks at: a volume as described, its lines, its log, its package, and the facts of its files.

A subject is plain data, so that it can be gathered in a transaction, filled with what the files say outside of it, and
judged without either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.audit import chain
from workflows.records import documents, package_contents, package_xml, volume_contents, volumes
from workflows.records.file_formats import FileFacts
from workflows.records.volumes import Volume, VolumeRow

AUDIT_FIELDS = ("seq", "at", "actor", "actor_name", "on_behalf_of", "event", "subject", "definition", "data", "digest")
NUMBER = re.compile(r"^(?P<prefix>.+-\d{4}-[YCD]M?)-(?P<number>\d{4,})$")


@dataclass(frozen=True)
class Line:
    """One line of the catalogue beside what the document's own record says; ``sha256`` is the catalogue's."""

    number: int
    document_id: str
    title: str
    author: str
    dated_on: str
    page_from: int
    page_to: int
    form: str
    sha256: str
    file: str
    recorded_sha256: str
    size: int
    media_type: str
    page_count: int | None
    template: str | None
    template_version: str | None
    created_at: str
    is_own: bool


@dataclass(frozen=True)
class PackageFacts:
    """A package on disk: what looking through it found, what its XML names, whether seal, signature and copy hold."""

    faults: tuple[tuple[str, str], ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    xml_errors: tuple[str, ...] = ()
    seal_holds: bool = True
    signature: str = "intact"  # intact | broken | none
    copy_faults: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Everything the checks may ask; ``history`` holds (event, whether its line's hash fits), ``numbers`` a prefix's numbers."""

    stage: str
    at: str
    volume: dict[str, Any]
    lines: tuple[Line, ...]
    placed: tuple[str, ...]
    missing: tuple[str, ...]
    history: tuple[tuple[str, bool], ...]
    numbers: tuple[int, ...]
    environment: dict[str, str]
    xml_errors: tuple[str, ...]
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    package: PackageFacts | None = None

    def with_facts(self, files: Mapping[str, FileFacts], package: PackageFacts | None = None) -> Subject:
        """The same volume with what its files say."""
        return Subject(**{**{each.name: getattr(self, each.name) for each in fields(self)}, "files": files, "package": package})

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, without files and package."""
        plain = asdict(self)
        del plain["files"], plain["package"]
        return plain


def read_subject(plain: Mapping[str, Any]) -> Subject:
    """A subject from plain JSON."""
    given = dict(plain)
    given["lines"] = tuple(Line(**each) for each in plain["lines"])
    given["history"] = tuple((event, whole) for event, whole in plain["history"])
    for name in ("placed", "missing", "numbers", "xml_errors"):
        given[name] = tuple(plain[name])
    return Subject(**given)


def gather(session: Session, volume_id: str, stage: str, now: datetime, pending: Iterable[str] = ()) -> Subject:
    """What the records say of a volume; ``pending`` are the events of this very transaction, which the log has not yet."""
    volume = volumes.get_volume(session, volume_id)
    rows = package_contents.list_pieces(session, volume)
    states = volume_contents.slot_view(session, volume_id)
    described = package_contents.describe(session, volume, now)
    return Subject(
        stage=stage,
        at=now.isoformat(),
        volume={**described["volume"], "state": volume.state, "file_no": volume.file_no},
        lines=tuple(_line(volume, piece, document) for piece, document in rows),
        placed=tuple(document.id for state in states for document in state.documents),
        missing=tuple(state.slot.title for state in states if state.is_missing),
        history=(*_history(session, volume_id), *((event, True) for event in pending)),
        numbers=list_numbers(session, volume.file_no),
        environment=described["environment"],
        xml_errors=tuple(package_xml.find_errors(package_xml.build(described))),
    )


def list_numbers(session: Session, file_no: str | None) -> tuple[int, ...]:
    """The running numbers given here under the prefix of a file number, counted from the last one brought in from before."""
    found = NUMBER.match(file_no or "")
    if not found:
        return ()
    rows = session.execute(
        select(VolumeRow.file_no, VolumeRow.accepted_by).where(
            VolumeRow.file_no.startswith(f"{found['prefix']}-", autoescape=True)
        )
    )
    numbers = [(int(each["number"]), bool(by)) for each, by in ((NUMBER.match(no or ""), by) for no, by in rows) if each]
    first = max((number for number, is_own in numbers if not is_own), default=0)
    return tuple(sorted(number - first for number, is_own in numbers if is_own and number > first))


def _history(session: Session, volume_id: str) -> tuple[tuple[str, bool], ...]:
    """The volume's lines of the audit log, oldest first, each hashed again over its own fields."""
    lines = queries.list_audit(session, subject=f"volume:{volume_id}", limit=package_contents.MANY)
    return tuple(
        (line.event, chain(line.previous, {name: getattr(line, name) for name in AUDIT_FIELDS}) == line.hash)
        for line in reversed(lines)
    )


def _line(volume: Volume, piece: volume_contents.Piece, document: documents.Document) -> Line:
    return Line(
        number=piece.number,
        document_id=document.id,
        title=piece.title,
        author=piece.author,
        dated_on=piece.dated_on.isoformat(),
        page_from=piece.page_from,
        page_to=piece.page_to,
        form=piece.form,
        sha256=piece.sha256,
        file=package_contents.file_of(piece, document),
        recorded_sha256=document.sha256,
        size=document.size,
        media_type=document.media_type,
        page_count=document.page_count,
        template=document.template,
        template_version=document.template_version,
        created_at=document.created_at.isoformat(),
        is_own=document.lead_id == volume.lead_id,
    )
