"""The contract's text edited in Word by the lawyer: taken in, compared, and made the final text once it is approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import contract_edits, contract_texts, contracts, documents, refusals
from workflows.records.letter_papers import prepare_letter, set_letter, store_letter
from workflows.records.text_differences import SAME, compare_letters

EDITED, AS_IS, BACK = "EDITED", "AS_IS", "BACK"
REDLINE = "contract_redline"


def submit(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Put the edited text before the reviewer as the next version, or the generated one, or go back to the terms."""
    contract = contracts.get_contract(context.session, data["contract_id"])
    decision = values["text_decision"]
    if decision == BACK:
        contracts.return_contract(context, contract.id, reason="改用合同要素修改")
    if decision != EDITED:
        return {"text_decision": decision}
    generated = contract_texts.find_text(context.session, contract.id, contract.version)
    assert generated is not None, "the text is kept when the papers are made"
    file = documents.get_document(context.session, (values.get("edited_file") or [""])[-1])
    today = context.now.astimezone(FIRM_ZONE).date()
    if file.lead_id != contract.lead_id or file.media_type != documents.WORD:
        raise FormInvalid({"edited_file": [FieldError(refusals.NOT_WORD)]})
    content = documents.read_content(context.session, file.id)
    edited, errors = contract_edits.read_edited(content, generated.letter, today)
    if errors or edited is None:
        raise FormInvalid({"edited_file": errors})
    revised = contracts.revise_text(context, contract.id)
    contract_texts.keep_text(
        context,
        contract.id,
        version=revised.version,
        source=contract_texts.EDITED,
        letter=contract_edits.with_version(edited, contract.version, revised.version),
        document_id=file.id,
    )
    return {"text_decision": decision, "contract_version": revised.version}


def read_edit(context: Context, data: Variables) -> dict[str, Any]:
    """The usual answer: an edited file."""
    return {"text_decision": EDITED}


def prepare(context: Context, *, contract_id: str, lead_id: str, sent_version: int) -> dict[str, Any]:
    """The approved text when it was edited, and what changed since the version that the client was sent before."""
    contract = contracts.get_contract(context.session, contract_id)
    text = contract_texts.find_text(context.session, contract_id, contract.version)
    payload: dict[str, Any] = {"lead_id": lead_id, "papers": []}
    if text is not None and text.source == contract_texts.EDITED:
        base = prepare_letter(context, template="engagement_contract", lead_id=lead_id)
        payload["papers"].append({**base, "letter": text.letter.to_json()})
    sent = contract_texts.find_text(context.session, contract_id, int(sent_version)) if sent_version else None
    if text is None or sent is None or text.version == sent.version:
        return payload
    changes = [
        {"title": part.title, "text": contract_edits.mark(part.pieces)}
        for part in compare_letters(sent.letter, text.letter)
        if part.sort != SAME
    ]
    extra = {"redline": {"changes": changes, "old": sent.version, "new": text.version}}
    payload["papers"].append(prepare_letter(context, template=REDLINE, lead_id=lead_id, extra=extra))
    return payload


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set what there is to set."""
    return {"papers": [set_letter(paper, tools) for paper in payload["papers"]]}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store them; ``contract_redline_pdf_id`` is empty when the client has seen nothing else before."""
    variables: dict[str, Any] = {f"{REDLINE}_pdf_id": ""}
    for paper, made in zip(payload["papers"], result["papers"], strict=True):
        variables |= store_letter(context, paper, made) or {}
    return variables


HANDLERS = (
    Completion("contracts.submit_text", submit, "送审合同文本"),
    Prefill("contracts.read_edit", read_edit, "合同文本"),
    Effect("contracts.adopt_text", prepare, perform, finish, "定稿"),
)
