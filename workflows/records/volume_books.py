"""The bound volume (合订本): which documents go into which part, how a part is made, and where the newest stands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engine import queries
from engine.clock import FIRM_ZONE
from engine.context import Context
from workflows.records import bound_pages, documents, letter_pdf, text_layers, volumes
from workflows.records.documents import Document
from workflows.records.firm import read_firm
from workflows.records.letter_models import read_letter
from workflows.records.pdf_binding import Binder
from workflows.records.rule_packs import get_rule
from workflows.records.volume_contents import Piece, list_pieces
from workflows.records.volume_slots import BOOK
from workflows.records.volumes import Volume

KIND = "volume_book"
LOG = 500  # lines of a volume's log


@dataclass(frozen=True)
class Line:
    """One document of a part: where it comes from and the numbers on its pages."""

    document_id: str
    number: int
    title: str
    name: str
    media_type: str
    page_from: int
    page_to: int


@dataclass(frozen=True)
class Made:
    """One part as written: where, how long, whether PDF/A, and what could not be bound or read."""

    path: str
    sha256: str
    pages: int
    not_pdfa: list[str]
    problems: list[str]
    scans: list[str]
    read_by_ocr: list[str]


def split(pieces: list[Piece], limit: int) -> list[list[Piece]]:
    """The parts (分册) of a volume, each of at most so many pages; a document is never cut in two."""
    parts: list[list[Piece]] = []
    pages = 0
    for piece in pieces:
        length = piece.page_to - piece.page_from + 1
        if not parts or pages + length > limit:
            parts.append([])
            pages = 0
        parts[-1].append(piece)
        pages += length
    return parts or [[]]


def list_parts(session: Session, volume: Volume) -> list[list[Piece]]:
    """The parts of a volume as the rule pack cuts it on the day of its making."""
    day = (volume.accepted_at or volume.opened_at).astimezone(FIRM_ZONE).date()
    return split(list_pieces(session, volume.id), int(get_rule("retention", "sheets_per_volume", day).value))


def part_name(number: int, count: int) -> str:
    """Which part of how many."""
    return f"第{number}册 共{count}册" if count > 1 else "全1册"


def lines_of(session: Session, pieces: list[Piece]) -> list[dict[str, Any]]:
    """The documents of a part as plain JSON."""
    found = []
    for piece in pieces:
        document = documents.get_document(session, piece.document_id)
        line = Line(
            piece.document_id,
            piece.number,
            piece.title,
            document.file_name,
            document.media_type,
            piece.page_from,
            piece.page_to,
        )
        found.append(asdict(line))
    return found


def stamp_lines(volume: Volume) -> list[str]:
    """What the 归档 stamp says on an accepted volume's cover; nothing before."""
    if volume.accepted_at is None:
        return []
    return [read_firm()["name"], volume.file_no or "", f"{volume.accepted_at.astimezone(FIRM_ZONE):%Y-%m-%d}"]


def bind(part: Mapping[str, Any], *, target: Path, read: Callable[[str], bytes], fonts: Path | None, at: datetime) -> Made:
    """Write one part: cover, catalogue, the documents with their page numbers, and the remarks sheet."""
    binder = Binder(fonts, at)
    problems: list[str] = []
    scans: list[str] = []
    read_by_ocr: list[str] = []
    for sheet in part["before"]:
        letter = read_letter(sheet)
        stamp = part["stamp"] if letter.slot == "cover" else ()
        binder.add(letter_pdf.render_pdf(letter, fonts, at=at), letter.title, stamp=stamp)
    for plain in part["lines"]:
        line = Line(**plain)
        pages = bound_pages.set_pages(
            read(line.document_id), line.media_type, title=line.title, name=line.name, fonts=fonts, at=at
        )
        content = pages.content
        if pages.problem:
            problems.append(f"{line.number} {line.title}")
        elif pages.is_picture or text_layers.is_scan(content):
            scans.append(f"{line.number} {line.title}")
            layered = text_layers.add_text(content)
            if layered:
                content = layered
                read_by_ocr.append(line.document_id)
        binder.add(content, f"{line.number} {line.title}", _labels(line, bool(pages.problem)))
    for sheet in part["after"]:
        letter = read_letter(sheet)
        binder.add(letter_pdf.render_pdf(letter, fonts, at=at), letter.title)
    bound = binder.write(target, part["title"])
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    return Made(str(target), digest, bound.pages, bound.not_pdfa, problems, scans, read_by_ocr)


def _labels(line: Line, is_sheet: bool) -> list[str]:
    """The numbers on a document's pages; a sheet that stands for several pages bears them all."""
    if is_sheet and line.page_to > line.page_from:
        return [f"{line.page_from}–{line.page_to}"]
    return [str(number) for number in range(line.page_from, line.page_to + 1)]


def keep(context: Context, volume_id: str, made: list[Made], *, data_digest: str) -> list[Document]:
    """Store the parts in place of what was bound earlier; the remarks of the making stay in the log."""
    volume = volumes.get_volume(context.session, volume_id)
    earlier = list_books(context.session, volume)
    stored = []
    for index, part in enumerate(made, 1):
        content = Path(part.path).read_bytes()
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise documents.DocumentDamaged(title=volume.title)
        stored.append(
            documents.add_document(
                context,
                lead_id=volume.lead_id,
                matter_id=volume.matter_id,
                kind=KIND,
                title=f"案卷合订本（{part_name(index, len(made))}）",
                media_type=documents.PDF,
                content=content,
                slot=BOOK,
                source="generated",
                template=f"volume:{volume.id}",
                data_digest=data_digest,
            )
        )
        context.audit(
            "volume.bound",
            f"volume:{volume_id}",
            part=index,
            parts=len(made),
            pages=part.pages,
            is_pdfa=not part.not_pdfa,
            not_pdfa=part.not_pdfa,
            problems=part.problems,
            scans=part.scans,
            has_ocr=text_layers.find_tool() is not None,
        )
    for book in earlier:
        documents.supersede(context, book.id, stored[0].id)
    return stored


def list_books(session: Session, volume: Volume) -> list[Document]:
    """The parts of the volume as bound last; empty before the first making."""
    found = documents.list_documents(session, volume.lead_id, slot=BOOK)
    return [each for each in found if each.template == f"volume:{volume.id}"]


def list_held(session: Session, book: Document) -> list[str]:
    """The ids of the documents that a bound volume holds, whichever of its parts it is."""
    return [piece.document_id for piece in list_pieces(session, (book.template or "").removeprefix("volume:"))]


def read_notes(session: Session, volume_id: str, parts: int) -> dict[str, Any]:
    """What the last making noticed, over all its parts: problems, scans, what is not PDF/A."""
    told = [row for row in queries.list_audit(session, subject=f"volume:{volume_id}", limit=LOG) if row.event == "volume.bound"]
    data = [row.data for row in told[:parts]]
    return {
        "problems": [each for part in data for each in part.get("problems", [])],
        "scans": [each for part in data for each in part.get("scans", [])],
        "not_pdfa": sorted({each for part in data for each in part.get("not_pdfa", [])}),
        "is_pdfa": bool(data) and all(part.get("is_pdfa") for part in data),
    }
