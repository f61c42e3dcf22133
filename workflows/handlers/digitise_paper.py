"""Digitising paper: the batch, the scans and their fineness, two people's look, the text layer, the places, the return."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import bound_pages, digitising, documents, scan_quality, text_layers, volume_contents, volumes
from workflows.records.rule_packs import get_rule

NEED_CONTRACT = "A contractor needs a contract and somebody who supervises."
NO_SCANS = "Upload the scans."
TOO_COARSE = "Scanned too coarsely, or not a scan: {what}. At least {least} dots per inch."
SAY_WHAT = "Say which page is wrong and how."
WITH_OCR = "将自动识别中文文字层"
WITHOUT_OCR = "本机未安装OCR（OCRmyPDF与简体中文语言包），扫描件没有文字层，不能全文检索"
FOLDER = "scans"


def begin(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Take the papers over; sets ``batch_id``."""
    if values["scanned_by"] == digitising.CONTRACTOR:
        missing = [key for key in ("contract_no", "supervisor") if not str(values.get(key) or "").strip()]
        if missing:
            raise FormInvalid({key: [FieldError(NEED_CONTRACT)] for key in missing})
    return {"batch_id": digitising.prepare(context, data["lead_id"], values).id}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """What the batch is, what was found, whether scans get a text layer here."""
    batch = digitising.get_batch(context.session, data["batch_id"])
    found = [f"{each['name']}：{each['found']}" for each in batch.checks if not each["passed"]]
    titles = [documents.get_document(context.session, each["document_id"]).title for each in batch.scans]
    outside = f"；外包合同{batch.contract_no}，监督人{batch.supervisor}" if batch.contract_no else ""
    return {
        "batch": f"{batch.papers}，{batch.sheets}页{outside}",
        "found": "；".join(found) or data.get("scan_defects") or "无",
        "scans": "、".join(titles),
        "ocr": WITH_OCR if text_layers.find_tool() else WITHOUT_OCR,
    }


def scan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Take the scans in when every page is fine enough."""
    least = int(get_rule("digitising", "least_dots", context.now.astimezone(FIRM_ZONE).date()).value)
    files = [each for each in values.get("files") or [] if documents.find_document(context.session, each)]
    if not files:
        raise FormInvalid({"files": [FieldError(NO_SCANS)]})
    coarse = []
    for document_id in files:
        document = documents.get_document(context.session, document_id)
        pages = scan_quality.find_coarse(documents.read_content(context.session, document_id), document.media_type, least)
        if pages:
            coarse.append(f"{document.title}（{'、'.join(map(str, pages))}）")
    if coarse:
        raise FormInvalid({"files": [FieldError(TOO_COARSE, {"what": "；".join(coarse), "least": least})]})
    digitising.enter_scans(context, data["batch_id"], [{"document_id": each, "slot": values["place"]} for each in files])
    return {"scan_defects": ""}


def look(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """One of two people compares every page with the paper; sets ``scans_good``."""
    passed, found = values["verdict"] == "pass", str(values.get("found_now") or "").strip()
    if not passed and not found:
        raise FormInvalid({"found_now": [FieldError(SAY_WHAT)]})
    digitising.enter_check(context, data["batch_id"], passed=passed, found=found)
    return {"scans_good": passed, "scan_defects": found}


def prepare(context: Context, *, batch_id: str) -> dict[str, Any]:
    """The scans that get a text layer."""
    batch = digitising.get_batch(context.session, batch_id)
    there = [documents.get_document(context.session, each["document_id"]) for each in batch.scans]
    return {
        "batch_id": batch_id,
        "scans": [{"id": each.id, "media_type": each.media_type, "title": each.title, "name": each.file_name} for each in there],
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Read the scans where OCR is installed; what was read is written beside the database."""
    made = {}
    for scan_ in payload["scans"]:
        content = tools["read_document"](scan_["id"])
        pages = bound_pages.set_pages(
            content, scan_["media_type"], title=scan_["title"], name=scan_["name"], fonts=tools.get("fonts")
        )
        layered = text_layers.add_text(pages.content)
        if layered:
            path = Path(tools["data_dir"]) / FOLDER / f"{scan_['id']}.pdf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(layered)
            made[scan_["id"]] = str(path)
    return {"made": made}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Put the scans into their places; sets ``scans_with_text`` and ``scans_linked``."""
    batch = digitising.link(context, payload["batch_id"])
    volume = volumes.find_volume_by_lead(context.session, batch.lead_id)
    linked = 0
    for entry in batch.scans:
        document_id = entry["document_id"]
        path = result["made"].get(document_id)
        if path:
            document_id = documents.replace_content(
                context, document_id, content=Path(path).read_bytes(), source="upload"
            ).id
        if volume is not None and volume.state in volumes.OPEN:
            volume_contents.add_to_slot(context, volume.id, document_id, slot=entry["slot"], form=volume_contents.COPY)
            linked += 1
    return {"scans_with_text": len(result["made"]), "scans_linked": linked}


def give_back(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The paper went back."""
    digitising.give_back(context, data["batch_id"], str(values["returned_to"]))
    return {"paper_returned": True}


HANDLERS = (
    Completion("digitising.begin", begin, title="登记数字化批次"),
    Prefill("digitising.read", read, title="数字化批次"),
    Completion("digitising.scan", scan, title="上传扫描件"),
    Completion("digitising.look", look, title="质检"),
    Effect("digitising.link", prepare, perform, finish, title="识别文字并归入卷内"),
    Completion("digitising.give_back", give_back, title="归还纸质材料"),
)
