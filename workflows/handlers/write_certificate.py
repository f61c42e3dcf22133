"""Effect ``departures.certify``: the certificate of a finished hand-over as PDF/A and Word; refused before all four signed."""

from __future__ import annotations

from typing import Any

from engine.context import Context
from engine.handlers import Effect
from workflows.records import case_facts, departure_signs, letters
from workflows.records.letter_papers import set_letter, store_letter

TEMPLATE = "departure_certificate"


def prepare(context: Context, *, departure_id: str) -> dict[str, Any]:
    """Fill in the certificate. Raises ``StateRefused`` while a signature is missing, whoever asks."""
    facts = departure_signs.collect_facts(context.session, departure_id, context.now)
    letter = letters.compose(TEMPLATE, facts)
    return {
        "letter": letter.to_json(), "lead_id": departure_id, "kind": letter.kind, "slot": letter.slot, "title": letter.title,
        "data_digest": case_facts.digest(facts), "at": context.now.isoformat(),
    }  # fmt: skip


HANDLERS = (Effect("departures.certify", prepare, set_letter, store_letter, title="出具交接证明"),)
