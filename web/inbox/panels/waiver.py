"""The notice of a conflict to the client of this case: its text as it will go out, who said what, and the client's consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from web import auth
from web.i18n import language
from workflows.records import conflict_facts, conflicts, documents, form_words, waiver_consents, waivers

NOTICE = ("disclosed_facts", "waiver_rule", "consequences", "options", "wall_plan")


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest consent asked of this client, and the hits it is about; empty while nobody is asked."""
    found = waiver_consents.find_newest(session, lead_id)
    if found is None:
        return {}
    facts = waivers.facts(session, lead_id)["waiver"]
    english = language() == "en"
    consent = facts["consent"]
    signed_at = datetime.fromisoformat(consent["signed_at"]).astimezone(FIRM_ZONE) if consent else None
    check = conflicts.get_check(session, found.check_id)
    hits = conflict_facts.describe_check(session, check, viewer=auth.current_actor(), english=english)["hits"]
    return {
        "waiver": facts,
        "waiver_client": found.client_name,
        "waiver_hits": [hit for hit in hits if hit["final"] == "WAIVABLE"],
        "waiver_notice": form_words.describe("conflict_consent/draft", {key: facts.get(key) for key in NOTICE}, english=english),
        "waiver_opinions": [_opinion(each, english) for each in facts["opinions"]],
        "waiver_consent": consent,
        "waiver_signed_at": signed_at,
        "waiver_document": documents.find_latest(session, lead_id, "waiver"),
    }


def _opinion(said: dict[str, Any], english: bool) -> dict[str, Any]:
    decided = said["opinion"] in ("APPROVED", "RETURNED")
    form = "conflict_consent/approve" if decided else "consent_withdrawal/decide"
    keys = ("notice_decision", "notice_opinion") if decided else ("withdrawal_decision", "withdrawal_measures")
    lines = form_words.describe(form, dict(zip(keys, (said["opinion"], said["text"]), strict=True)), english=english)
    return {"by": said["by_name"], "said": [text for _, text in lines]}
