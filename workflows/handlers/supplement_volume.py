"""Supplementing and correcting an archived volume: the request, the partner's word, the archivist's entry, the new sheets."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Completion, Context, Effect, Prefill
from engine.errors import FormInvalid, StateRefused
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    case_facts,
    client_mail,
    documents,
    letter_pdf,
    letters,
    matters,
    people,
    volume_supplements,
    volumes,
)
from workflows.records.letter_models import read_letter

NOT_ARCHIVED = "This case has no archived volume: put the document in while the volume is being made."
NO_FILES = "Attach what is to be added."
SHEETS = ("catalogue", "remarks")


def ask(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the request with its documents; sets ``volume_id`` and ``supplement_id``."""
    volume = volumes.find_volume_by_lead(context.session, data["lead_id"])
    if volume is None:
        raise FormInvalid({"reason": [FieldError(NOT_ARCHIVED)]})
    if not values.get("files"):
        raise FormInvalid({"files": [FieldError(NO_FILES)]})
    try:
        asked = volume_supplements.ask(
            context,
            volume.id,
            kind=values["kind"],
            reason=values["reason"],
            corrects=str(values.get("corrects") or ""),
            document_ids=list(values["files"]),
        )
    except StateRefused as refused:
        raise FormInvalid({"reason": [FieldError(NOT_ARCHIVED)]}) from refused
    return {"volume_id": volume.id, "supplement_id": asked.id, "supplement_reason": asked.reason}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """What is asked for."""
    asked = volume_supplements.get_supplement(context.session, data["supplement_id"])
    titles = [documents.get_document(context.session, each).title for each in asked.document_ids]
    volume = volumes.get_volume(context.session, asked.volume_id)
    return {
        "volume": f"{volume.file_no} {volume.title}",
        "asked": f"{volume_supplements.KINDS[asked.kind]}（{asked.asked_by_name}）：{asked.reason}",
        "corrects": asked.corrects or "—",
        "titles": "、".join(titles),
    }


def judge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Approve or refuse; sets ``supplement_approved``."""
    approved = values["decision"] == "approve"
    asked = volume_supplements.judge(context, data["supplement_id"], approved=approved)
    if not approved:
        body = f"补充（更正）归档材料的申请未获批准：{values.get('opinion') or ''}\n"
        client_mail.mail_person(context, person_id=asked.asked_by, subject="不予补充归档", body=body, lead_id=data["lead_id"])
    return {"supplement_approved": approved}


def enter(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The archivist looked at the documents and takes them in."""
    volume_supplements.enter(context, data["supplement_id"], archivist=context.actor.name)
    return {"supplement_entered": True}


def prepare(context: Context, *, supplement_id: str) -> dict[str, Any]:
    """The catalogue with its lines 补 and the remarks sheet with its note, as they are from now on."""
    entry = volume_supplements.get_supplement(context.session, supplement_id)
    volume = volumes.get_volume(context.session, entry.volume_id)
    lawyer = people.find_person(context.session, matters.get_matter(context.session, volume.matter_id).lawyer_id)
    facts = case_facts.collect(context.session, volume.lead_id, context.now)
    facts["filing"] = {"lawyer": lawyer.name if lawyer else ""}
    return {
        "supplement_id": supplement_id,
        "lead_id": volume.lead_id,
        "letters": [letters.compose(name, facts).to_json() for name in SHEETS],
        "data_digest": case_facts.digest(facts),
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set the sheets."""
    at = datetime.fromisoformat(payload["at"])
    made = [letter_pdf.render_pdf(read_letter(plain), tools.get("fonts"), at=at) for plain in payload["letters"]]
    return {"sheets": [base64.b64encode(sheet).decode() for sheet in made]}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the sheets beside the old ones; sets ``supplement_document_ids``, which go into the supplement's own bag."""
    entry = volume_supplements.get_supplement(context.session, payload["supplement_id"])
    stored = []
    for plain, sheet in zip(payload["letters"], result["sheets"], strict=True):
        letter = read_letter(plain)
        document = documents.add_document(
            context,
            lead_id=payload["lead_id"],
            kind=letter.kind,
            title=f"{letter.title}（补{entry.number}）",
            media_type=documents.PDF,
            content=base64.b64decode(sheet),
            slot=letter.slot,
            source="letter",
            template=letter.template,
            template_version=letter.version,
            data_digest=payload["data_digest"],
        )
        stored.append(document.id)
    return {"supplement_document_ids": [*entry.document_ids, *stored]}


HANDLERS = (
    Completion("supplements.ask", ask, title="申请补充归档"),
    Prefill("supplements.read", read, title="补充归档申请"),
    Completion("supplements.judge", judge, title="审批补充归档"),
    Completion("supplements.enter", enter, title="登记补充件"),
    Effect("supplements.make_sheets", prepare, perform, finish, title="生成补充目录和备考表"),
)
