"""The sheets of a volume that the filing itself makes: cover, catalogue and remarks sheet."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Context, Effect
from engine.handlers import Variables
from workflows.records import case_facts, documents, letter_pdf, letters, matters, people, retention_periods, volumes
from workflows.records.letter_models import read_letter
from workflows.records.volume_slots import RECEIPT, SHEETS


def prepare(
    context: Context,
    *,
    volume_id: str,
    retention_code: str | None = None,
    retention_years: int = 0,
    retention_reason: str = "",
) -> dict[str, Any]:
    """Fill in the three sheets; a period of keeping that is given (from D6) is recorded first, with the law's floors."""
    if retention_code:
        retention_periods.set_period(
            context, volume_id, code=retention_code, years=int(retention_years), reason=retention_reason
        )
    volume = volumes.get_volume(context.session, volume_id)
    matter = matters.get_matter(context.session, volume.matter_id)
    lawyer = people.find_person(context.session, matter.lawyer_id)
    facts = case_facts.collect(context.session, volume.lead_id, context.now)
    # The receipt is signed by both: the lawyer handed in, the archivist accepted.
    names = (*SHEETS, RECEIPT) if volume.accepted_at else SHEETS
    facts["filing"] = {"lawyer": lawyer.name if lawyer else ""}
    return {
        "volume_id": volume_id,
        "lead_id": volume.lead_id,
        "letters": [letters.compose(name, facts).to_json() for name in names],
        "data_digest": case_facts.digest(facts),
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set the sheets."""
    at = datetime.fromisoformat(payload["at"])
    sheets = [letter_pdf.render_pdf(read_letter(plain), tools.get("fonts"), at=at) for plain in payload["letters"]]
    return {"sheets": [base64.b64encode(sheet).decode() for sheet in sheets]}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the sheets in place of earlier ones; sets ``cover_pdf_id``, ``catalogue_pdf_id`` and ``remarks_pdf_id``."""
    variables = {}
    for plain, sheet in zip(payload["letters"], result["sheets"], strict=True):
        letter = read_letter(plain)
        document = documents.add_document(
            context,
            lead_id=payload["lead_id"],
            kind=letter.kind,
            title=letter.title,
            media_type=documents.PDF,
            content=base64.b64decode(sheet),
            slot=letter.slot,
            source="letter",
            template=letter.template,
            template_version=letter.version,
            data_digest=payload["data_digest"],
        )
        documents.supersede_earlier(context, document)
        variables[f"{letter.template}_pdf_id"] = document.id
    return variables


HANDLERS = (Effect("volumes.make_sheets", prepare, perform, finish, title="生成封面、目录和备考表"),)
