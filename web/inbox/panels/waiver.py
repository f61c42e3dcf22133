"""The waiver of a conflict: the notice as it will go to the client, who said what, and the client's consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from web.i18n import language
from workflows.records import documents, form_words, waivers

NOTICE = ("disclosed_facts", "waiver_rule", "consequences", "options", "wall_plan")
FORMS = {"APPROVED": "approve", "RETURNED": "approve", "GRANTED": "confirm", "DENIED": "confirm"}
KEYS = {"approve": ("notice_decision", "notice_opinion"), "confirm": ("waiver_decision", "waiver_opinion")}


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest waiver of the case; empty before its notice is drafted."""
    facts = waivers.facts(session, lead_id).get("waiver")
    if facts is None:
        return {}
    english = language() == "en"
    consent = facts["consent"]
    signed_at = datetime.fromisoformat(consent["signed_at"]).astimezone(FIRM_ZONE) if consent else None
    return {
        "waiver": facts,
        "waiver_notice": form_words.describe("conflict_waiver/draft", {key: facts.get(key) for key in NOTICE}, english=english),
        "waiver_opinions": [_opinion(each, english) for each in facts["opinions"]],
        "waiver_consent": consent,
        "waiver_signed_at": signed_at,
        "waiver_document": documents.find_latest(session, lead_id, "waiver"),
    }


def _opinion(said: dict[str, Any], english: bool) -> dict[str, Any]:
    form = FORMS[said["opinion"]]
    decision, text = KEYS[form]
    lines = form_words.describe(f"conflict_waiver/{form}", {decision: said["opinion"], text: said["text"]}, english=english)
    return {"by": said["by_name"], "said": [text for _, text in lines]}
