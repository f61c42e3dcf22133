"""Everything letters and panels may say about a case, put together from the records that hang on its lead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import (
    acceptance_facts,
    assessments,
    changes,
    client_costs,
    closings,
    conflict_facts,
    contracts,
    declines,
    expectations,
    fee_facts,
    intake_facts,
    leads,
    matters,
    originals,
    risk_settlements,
    surveys,
    time_bills,
    updates,
    volume_contents,
    volume_supplements,
    volumes,
    waivers,
)
from workflows.records.firm import read_firm

# Each gives {"<noun>": {…}} or nothing while its record does not exist yet.
SOURCES: tuple[Callable[[Session, str], dict[str, Any]], ...] = (
    leads.facts,
    intake_facts.facts,
    conflict_facts.facts,
    waivers.facts,
    assessments.facts,
    expectations.facts,
    acceptance_facts.facts,
    contracts.facts,
    changes.facts,
    declines.facts,
    fee_facts.facts,
    client_costs.facts,
    risk_settlements.facts,
    time_bills.facts,
    originals.facts,
    matters.facts,
    updates.facts,
    closings.facts,
    surveys.facts,
    volumes.facts,
    volume_contents.facts,
    volume_supplements.facts,
)


def collect(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The facts of a case file as plain JSON: one entry a noun, and ``firm``, ``today`` (ISO, firm's zone), ``now``."""
    facts: dict[str, Any] = {}
    for source in SOURCES:
        for noun, value in source(session, lead_id).items():
            if noun in facts:
                raise ValueError(f"two records speak of {noun}")
            facts[noun] = value
    facts["firm"] = read_firm()
    facts["now"] = now.isoformat()
    facts["today"] = now.astimezone(FIRM_ZONE).date().isoformat()
    plain: dict[str, Any] = orjson.loads(orjson.dumps(facts, default=str))
    return plain


def digest(facts: dict[str, Any]) -> str:
    """SHA-256 of facts, whatever the order of their keys; recorded with every document made from them."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()
