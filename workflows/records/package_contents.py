"""What goes into a volume's archive package: its files, their description, and the bag's own label."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import case_facts, documents, matters, people, volume_checks, volume_contents
from workflows.records.documents import Document
from workflows.records.firm import read_firm
from workflows.records.packages import PackageFile
from workflows.records.volume_slots import SHEETS
from workflows.records.volumes import Volume

FORMAT = "juanzong-volume/1"


def list_files(session: Session, volume: Volume) -> list[PackageFile]:
    """The sheets, then every document of the catalogue as ``documents/001 title.pdf``."""
    sheets = []
    for name in SHEETS:
        found = documents.list_documents(session, volume.lead_id, slot=name)
        if found:
            sheets.append(PackageFile(f"{name}.pdf", found[-1].id, found[-1].sha256))
    return sheets + [
        PackageFile(f"documents/{piece.number:03d} {document.file_name}", document.id, document.sha256)
        for piece, document in _pieces(session, volume)
    ]


def describe(session: Session, volume: Volume, now: datetime) -> dict[str, Any]:
    """The package's metadata: content, structure, context and management (档案法实施条例 art. 39)."""
    matter = matters.get_matter(session, volume.matter_id)
    lawyer = people.find_person(session, matter.lawyer_id)
    facts = case_facts.collect(session, volume.lead_id, now)
    return {
        "format": FORMAT,
        "firm": {key: read_firm()[key] for key in ("name", "english_name", "credit_code", "fonds")},
        "volume": facts["volume"],
        "matter": {
            "matter_no": matter.matter_no,
            "title": matter.title,
            "type": matter.matter_type,
            "security_level": matter.security_level,
            "lawyer": lawyer.name if lawyer else matter.lawyer_id,
            "opened_at": matter.opened_at.isoformat(),
            "closed_at": matter.closed_at.isoformat() if matter.closed_at else None,
        },
        "catalogue": [_describe_piece(piece, document) for piece, document in _pieces(session, volume)],
        "absences": facts["absences"],
        "exclusions": facts["exclusions"],
        "checks": [
            {
                "kind": check.kind,
                "at": check.checked_at.isoformat(),
                "by": check.checked_by_name,
                "passed": check.passed,
                "defects": check.defects,
            }
            for check in volume_checks.list_checks(session, volume.id)
        ],
    }


def bag_info(volume: Volume, on: date) -> dict[str, str]:
    """The label of the bag."""
    firm = read_firm()
    return {
        "Source-Organization": firm["name"],
        "Organization-Address": firm["address"],
        "Contact-Phone": firm["phone"],
        "External-Identifier": volume.file_no or "",
        "External-Description": volume.title.replace("\n", " "),
        "Bagging-Date": on.isoformat(),
        "Bag-Software-Agent": "Juanzong",
    }


def _pieces(session: Session, volume: Volume) -> list[tuple[volume_contents.Piece, Document]]:
    pieces = volume_contents.list_pieces(session, volume.id)
    return [(piece, documents.get_document(session, piece.document_id)) for piece in pieces]


def _describe_piece(piece: volume_contents.Piece, document: Document) -> dict[str, Any]:
    return {
        **vars(piece),
        "dated_on": piece.dated_on.isoformat(),
        "file": f"documents/{piece.number:03d} {document.file_name}",
        "media_type": document.media_type,
        "size": document.size,
        "source": document.source,
        "template": document.template,
        "template_version": document.template_version,
        "data_digest": document.data_digest,
        "created_at": document.created_at.isoformat(),
        "created_by": document.created_by_name,
    }
