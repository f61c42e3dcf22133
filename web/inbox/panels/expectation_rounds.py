"""The talks with the client, round by round: aim, expectation, risks, guidance, and what everybody answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import language
from workflows.records import expectations, form_words

SHORT = ("client_expectations", "goal", "scope_in", "scope_out", "risks", "fee_low", "fee_high", "duration")


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Every round, newest first; empty before the first."""
    english = language() == "en"
    rounds = [
        {
            "number": each.round,
            "state": each.state,
            "meeting": form_words.describe(
                "expectations/meeting", {key: each.meeting.get(key) for key in SHORT}, english=english
            ),
            "guidance": form_words.describe("expectations/guidance", each.guidance, english=english),
            "decisions": [_decision(name, said, english) for name, said in each.partner.items()],
            "refusal": each.refusal,
            "questions": each.questions,
        }
        for each in expectations.list_rounds(session, lead_id)
    ]
    return {"expectation_rounds": rounds}


def _decision(about: str, said: dict[str, Any], english: bool) -> dict[str, Any]:
    form = "expectations/wording" if about == expectations.WORDING else "expectations/decide"
    return {"by": said["by_name"], "lines": form_words.describe(form, said, english=english)}
