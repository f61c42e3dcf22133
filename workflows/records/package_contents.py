"""What goes into a volume's archive package: its files, their description, and the bag's own label."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib import metadata
from typing import Any

from sqlalchemy.orm import Session

from engine import queries
from workflows.records import documents, matters, package_xml, people, volume_books, volume_checks, volume_contents, volume_slots
from workflows.records.documents import Document
from workflows.records.firm import read_firm
from workflows.records.packages import METADATA, PackageFile
from workflows.records.volume_slots import RECEIPT, SHEETS
from workflows.records.volumes import Volume

SCHEMA_FILE = "metadata.xsd"
FORMS = {
    volume_contents.ORIGINAL: "原件扫描",
    volume_contents.COPY: "复制件",
    volume_contents.ELECTRONIC: "电子原生",
}
SOURCES = {"letter": "系统生成", "seal": "系统用印", "signature": "电子签署", "upload": "接收上传", "generated": "系统生成"}
#: what is told of a volume's way; every other line of its log is told by its own name
EVENTS: Mapping[str, str] = {
    "volume.opened": "开卷",
    "volume.planned": "确定归档期限",
    "volume.arranged": "整理编目",
    "volume.retention_set": "核定保管期限",
    "volume.submitted": "立卷人提交",
    "volume.checking": "进入接收检查",
    "volume.returned": "退回补正",
    "volume.accepted": "接收并赋档号",
    "volume.packed": "封装",
    "volume.stored": "入库",
}
MANY = 10_000


def list_files(session: Session, volume: Volume) -> list[PackageFile]:
    """The sheets and the reports of the checks, then every document of the catalogue as ``documents/001 title.pdf``."""
    sheets = []
    for name in (*SHEETS, RECEIPT):
        found = documents.list_documents(session, volume.lead_id, slot=name)
        if found:
            sheets.append(PackageFile(f"{name}.pdf", found[-1].id, found[-1].sha256))
    for number, book in enumerate(volume_books.list_books(session, volume), 1):
        sheets.append(PackageFile(f"volume-{number:02d}.pdf", book.id, book.sha256))
    tests = [each for each in reversed(volume_checks.list_checks(session, volume.id)) if each.report_id]
    for number, check in enumerate(tests, 1):
        report = documents.find_document(session, check.report_id or "")
        if report:
            sheets.append(PackageFile(f"reports/{number:03d} {report.file_name}", report.id, report.sha256))
    return sheets + [
        PackageFile(file_of(piece, document), document.id, document.sha256)
        for piece, document in list_pieces(session, volume)
    ]


def list_pieces(session: Session, volume: Volume) -> list[tuple[volume_contents.Piece, Document]]:
    """The catalogue with the document of each line."""
    pieces = volume_contents.list_pieces(session, volume.id)
    return [(piece, documents.get_document(session, piece.document_id)) for piece in pieces]


def file_of(piece: volume_contents.Piece, document: Document) -> str:
    """Where a line's document stands in the package."""
    return f"documents/{piece.number:03d} {document.file_name}"


def describe(session: Session, volume: Volume, now: datetime) -> dict[str, Any]:
    """The package's metadata: source, time, content, structure and management (档案法实施条例 art. 39)."""
    rows = list_pieces(session, volume)
    told = volume_contents.facts(session, volume.lead_id)
    return {
        "part": 0,
        "made_at": now.isoformat(),
        "volume": describe_volume(session, volume),
        "catalogue": [describe_piece(volume, piece, document) for piece, document in rows],
        "absences": told.get("absences", []),
        "exclusions": told.get("exclusions", []),
        "checks": [
            {"words": volume_checks.NAMES[check.kind], "at": check.checked_at.isoformat(), "passed": check.passed}
            for check in reversed(volume_checks.list_checks(session, volume.id))
        ],
        "people": _people(session, volume),
        "history": list_history(session, volume.id),
        "environment": describe_environment(document.media_type for _, document in rows),
    }


def describe_supplement(
    session: Session, volume: Volume, added: Sequence[Document], number: int, reason: str, now: datetime
) -> dict[str, Any]:
    """The metadata of a supplement: the volume it belongs to, why it is made, and its own documents with pages from 1."""
    described, page = describe(session, volume, now), 1
    catalogue = []
    for index, document in enumerate(added, 1):
        pages = document.page_count or 1
        slot = volume_slots.find_slot(volume.matter_type, document.slot or "")
        catalogue.append(
            {
                **_describe_document(document),
                "identifier": f"B{number:03d}-{index:04d}",
                "file": f"documents/{index:03d} {document.file_name}",
                "title": document.title,
                "slot_number": slot.number if slot else "",
                "slot": slot.title if slot else "补充件",
                "form": FORMS[volume_contents.ELECTRONIC],
                "dated_on": document.created_at.date().isoformat(),
                "page_from": page,
                "page_to": page + pages - 1,
                "remark": f"补充件：{reason}",
                "sha256": document.sha256,
            }
        )
        page += pages
    return described | {"part": number, "catalogue": catalogue, "absences": [], "exclusions": [], "checks": []}


def describe_volume(session: Session, volume: Volume) -> dict[str, Any]:
    """What a volume says of itself; empty values are left out of the XML."""
    matter = matters.get_matter(session, volume.matter_id)
    lawyer = people.find_person(session, matter.lawyer_id)
    firm, cover = read_firm(), volume.cover
    return {
        "firm": firm["name"],
        "credit_code": firm["credit_code"],
        "fonds": firm["fonds"],
        "client": volume.client_name,
        "lawyer": lawyer.name if lawyer else matter.lawyer_id,
        "opened_at": volume.opened_at.isoformat(),
        "closed_on": _day(volume.closed_on),
        "submitted_at": _day(volume.submitted_at),
        "accepted_at": _day(volume.accepted_at),
        "title": volume.title,
        "matter_no": matter.matter_no,
        "series": volume.series,
        "kind": volume_slots.get_kind(volume.matter_type).title,
        **{key: str(cover.get(key) or "") for key in ("cause", "opponents", "court", "instance", "case_no", "result")},
        "level": volume.level,
        "file_no": volume.file_no or f"待编（{matter.matter_no}-{volume.series}）",
        "pieces": volume.pieces,
        "pages": volume.pages,
        "retention_code": volume.retention_code,
        "retention": volume.retention,
        "retention_reason": volume.retention_reason,
        "expires_on": _day(volume.expires_on),
        "submitted_by": volume.submitted_by_name,
        "accepted_by": volume.accepted_by_name,
        "remarks": volume.remarks,
    }


def describe_piece(volume: Volume, piece: volume_contents.Piece, document: Document) -> dict[str, Any]:
    """What a line of the catalogue says of its document."""
    slot = volume_slots.find_slot(volume.matter_type, piece.slot)
    return {
        **vars(piece),
        "identifier": f"{piece.number:04d}",
        "slot": slot.title if slot else piece.slot,
        "form": FORMS.get(piece.form, piece.form),
        "dated_on": piece.dated_on.isoformat(),
        "file": file_of(piece, document),
        **_describe_document(document),
    }


def _describe_document(document: Document) -> dict[str, Any]:
    return {
        "media_type": document.media_type,
        "size": document.size,
        "algorithm": "SHA-256",
        "source": SOURCES.get(document.source, document.source),
        "template": document.template,
        "template_version": document.template_version,
        "data_digest": document.data_digest,
        "created_at": document.created_at.isoformat(),
        "created_by": document.created_by_name,
    }


def describe_environment(media_types: Any) -> dict[str, str]:
    """With what the package was made, so that it can be read when that is long gone."""
    return {
        "软件名称": "Juanzong 卷宗",
        "软件版本": _version(),
        "运行环境": f"Python {platform.python_version()}，{platform.system()} {platform.machine()}",
        "文件格式": "、".join(sorted(set(media_types))) or "无",
        "元数据格式": f"XML 1.0（UTF-8），模式文件 {SCHEMA_FILE}，{package_xml.FORMAT}",
        "打包格式": "BagIt 1.0（RFC 8493），SHA-256",
    }


def list_history(session: Session, volume_id: str) -> list[dict[str, str]]:
    """A volume's way as the audit log has it, with the hash of each line in the chain."""
    lines = queries.list_audit(session, subject=f"volume:{volume_id}", limit=MANY)
    return [
        {"event": EVENTS.get(line.event, line.event), "at": line.at.isoformat(), "by": line.actor_name, "hash": line.hash}
        for line in reversed(lines)
    ]


def metadata_files(described: Mapping[str, Any]) -> dict[str, bytes]:
    """The package's XML and the schema that explains it."""
    return {METADATA: package_xml.build(described), SCHEMA_FILE: package_xml.read_schema()}


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


def _people(session: Session, volume: Volume) -> list[dict[str, str]]:
    """The firm, and who made, handed in and accepted the volume."""
    firm = read_firm()
    matter = matters.get_matter(session, volume.matter_id)
    named = [("承办律师", matter.lawyer_id), ("立卷人", volume.submitted_by), ("接收人", volume.accepted_by)]
    found = [{"id": firm["credit_code"], "kind": "机构", "name": firm["name"], "part": "立档单位"}]
    for part, person_id in named:
        if person_id:
            person = people.find_person(session, person_id)
            found.append({"id": person_id, "kind": "人员", "name": person.name if person else person_id, "part": part})
    return found


def _version() -> str:
    """The installed version; a checkout that was never installed has none."""
    try:
        return metadata.version("juanzong")
    except metadata.PackageNotFoundError:
        return "源代码检出"


def _day(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None
