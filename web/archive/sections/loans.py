"""The loans of a volume on its page: who has it, who waits, what was read, and the way to borrow it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE, Actor
from web.i18n import language
from web.i18n import translate as _
from workflows.records import loan_applications, loan_reading, loan_words, volume_loans, volumes
from workflows.records.volumes import Volume

ORDER = 60
SHOWN = 20
MODES = {
    volume_loans.ON_SITE: "on the spot",
    volume_loans.ORIGINAL: "original",
    volume_loans.ELECTRONIC: "on the screen",
    volume_loans.COPY: "copies",
}


def title() -> str:
    """The heading."""
    return _("Loans")


def read(session: Session, volume: Volume, person: Actor, now: datetime) -> dict[str, Any] | None:
    """Nothing before a volume is stored."""
    if volume.state not in loan_applications.LENDABLE and not volume_loans.list_of_volume(session, volume.id):
        return None
    found = volume_loans.list_of_volume(session, volume.id)
    reads = loan_reading.list_reads(session, volume.id, limit=1000)
    current = [loan for loan in found if loan.state in volume_loans.ACTIVE]
    return {
        "loans": found[:SHOWN],
        "holder": volume_loans.find_holder(session, volume.id),
        "waiting": len(volume_loans.list_queue(session, volume.id)),
        "may_borrow": loan_applications.find_lendable(session, volume.id, person) is not None,
        "may_open": {loan.id for loan in found if loan_reading.may_open_papers(session, loan, person)},
        "is_sealed": loan_reading.is_sealed_volume(volume),
        "is_index_only": volume.level == volumes.STATE_SECRET,
        "pages_read": loan_reading.count_pages(reads),
        "current": len(current),
        "late": {loan.id for loan in found if loan.is_overdue(now.astimezone(FIRM_ZONE).date())},
        "mode_name": lambda mode: loan_words.MODES[mode] if language() == "zh" else MODES[mode],
        "loan_state": lambda state: loan_words.STATES[state] if language() == "zh" else state.capitalize(),
    }
