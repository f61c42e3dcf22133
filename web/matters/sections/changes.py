"""The changes of the engagement: what was asked, by whom, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import language
from web.i18n import translate as _
from workflows.records import changes
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 60


def title() -> str:
    """The heading."""
    return _("Changes of the engagement")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Nothing before the first change."""
    found = changes.list_changes(session, lead.id)
    states = {changes.OPEN: _("Under way"), changes.DONE: _("Done"), changes.REFUSED: _("Nothing changed")}
    names = {
        changes.AMEND: _("Contract amended"),
        changes.SUBSTITUTE: _("Lawyer replaced"),
        changes.DELEGATE: _("Sub-delegation"),
        changes.CLIENT_ENDS: _("Ended by the client"),
        changes.WITHDRAW: _("Withdrawal of the firm"),
        changes.EXTINCT: _("The client is gone"),
    }
    kinds = changes.KINDS if language() == "zh" else names
    return {"changes": found, "states": states, "kinds": kinds} if found else None
