"""A letter on its way: composed in the transaction, set as PDF/A and Word outside it, stored in the case file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.context import Context
from engine.handlers import Variables
from workflows.records import case_facts, documents, letter_pdf, letter_word, letters
from workflows.records.letter_models import read_letter


def prepare_letter(
    context: Context,
    *,
    template: str,
    lead_id: str,
    kind: str | None = None,
    slot: str | None = None,
    title: str | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Fill in the letter with the case's facts as they are now; ``extra`` goes over them."""
    facts = case_facts.collect(context.session, lead_id, context.now) | (extra or {})
    letter = letters.compose(template, facts)
    return {
        "letter": letter.to_json(),
        "lead_id": lead_id,
        "kind": kind or letter.kind,
        "slot": slot or letter.slot,
        "title": title or letter.title,
        "data_digest": case_facts.digest(facts),
        "at": context.now.isoformat(),
    }


def set_letter(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set the letter; the same payload gives the same PDF."""
    letter = read_letter(payload["letter"])
    at = datetime.fromisoformat(payload["at"])
    pdf = letter_pdf.render_pdf(letter, tools.get("fonts"), at=at)
    word = letter_word.render_word(letter, at=at)
    return {"pdf": base64.b64encode(pdf).decode(), "docx": base64.b64encode(word).decode()}


def store_letter(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the PDF in its slot and Word beside it; sets ``<template>_pdf_id`` and ``<template>_docx_id``."""
    letter = read_letter(payload["letter"])
    variables = {}
    for name, media_type in (("pdf", documents.PDF), ("docx", documents.WORD)):
        document = documents.add_document(
            context,
            lead_id=payload["lead_id"],
            kind=payload["kind"],
            title=payload["title"],
            media_type=media_type,
            content=base64.b64decode(result[name]),
            slot=payload["slot"] if media_type == documents.PDF else None,
            source="letter",
            template=letter.template,
            template_version=letter.version,
            data_digest=payload["data_digest"],
        )
        if not letter.series:
            documents.supersede_earlier(context, document)
        variables[f"{letter.template}_{name}_id"] = document.id
    return variables
