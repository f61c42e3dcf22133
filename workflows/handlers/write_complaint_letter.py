"""Effect ``complaints.render``: a letter about a complaint as PDF/A and Word in the complaint's own file."""

from __future__ import annotations

from typing import Any

from engine.context import Context
from engine.handlers import Effect
from workflows.records import case_facts, complaint_facts, letters
from workflows.records.letter_papers import set_letter, store_letter


def prepare(context: Context, *, template: str, complaint_id: str) -> dict[str, Any]:
    """Fill in the letter with the complaint's facts as they are now."""
    facts = complaint_facts.collect(context.session, complaint_id, context.now)
    letter = letters.compose(template, facts)
    return {
        "letter": letter.to_json(),
        "lead_id": complaint_id,
        "kind": letter.kind,
        "slot": letter.slot,
        "title": letter.title,
        "data_digest": case_facts.digest(facts),
        "at": context.now.isoformat(),
    }


HANDLERS = (Effect("complaints.render", prepare, set_letter, store_letter, title="生成投诉文书"),)
