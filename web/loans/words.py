"""What loans are called on pages, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from web.i18n import language
from web.i18n import translate as _
from workflows.records import loan_words
from workflows.records import volume_loans as loans
from workflows.records.volume_loans import Loan


def state_name(state: str) -> str:
    """How far a loan is."""
    names = {
        loans.APPLIED: _("To be approved"),
        loans.APPROVED: _("Approved, to be fetched"),
        loans.REFUSED: _("Not lent"),
        loans.WITHDRAWN: _("Taken back by the applicant"),
        loans.LAPSED: _("Lapsed"),
        loans.WAITING: _("Waiting"),
        loans.OUT: _("Lent out"),
        loans.RETURNED: _("Given back"),
        loans.MISSING: _("Being searched for"),
        loans.LOST: _("Lost"),
        loans.READING: _("Open to read"),
        loans.READ: _("Reading is over"),
        loans.COPIED: _("Copied"),
    }
    return names[state]


def _either(chinese: Mapping[str, str], english: Mapping[str, str], key: str) -> str:
    return (chinese if language() == "zh" else english).get(key, key)


ENGLISH_KINDS = {
    loans.OWN: "lead lawyer",
    loans.TEAM: "team",
    loans.FIRM: "of the firm",
    loans.CLIENT: "client",
    loans.COURT: "court",
    loans.AUTHORITY: "authority",
    loans.BAR: "bar",
    loans.UNIT: "other body",
}
ENGLISH_MODES = {
    loans.ON_SITE: "on the spot",
    loans.ORIGINAL: "original",
    loans.ELECTRONIC: "on the screen",
    loans.COPY: "copies",
}
ENGLISH_STEPS = {"lead": "Lead lawyer", "partner": "Partner", "compliance": "Compliance", "director": "Director"}
ENGLISH_CONDITIONS = {
    "masking": "masked",
    "no_copy": "no copies",
    "on_site": "on the spot only",
    "own_part": "own part only",
}
ENGLISH_WAYS = {"reader": "reader", "file": "file", "copy": "copies"}
WAYS = {"reader": "阅览", "file": "打开文件", "copy": "复制"}


def kind_name(kind: str) -> str:
    """Who borrows."""
    return _either(loan_words.KINDS, ENGLISH_KINDS, kind)


def mode_name(mode: str) -> str:
    """How a volume is used."""
    return _either(loan_words.MODES, ENGLISH_MODES, mode)


def step_name(step: str) -> str:
    """Who approves."""
    return _either(loan_words.STEPS, ENGLISH_STEPS, step)


def condition_name(condition: str) -> str:
    """What an approval is tied to."""
    return _either(loan_words.CONDITIONS, ENGLISH_CONDITIONS, condition)


def way_name(way: str) -> str:
    """How something was read."""
    return _either(WAYS, ENGLISH_WAYS, way)


def awaited(loan: Loan) -> str:
    """Whose approval a loan waits for; empty when nobody's."""
    said = {each["step"] for each in loan.approvals}
    step = next((step for step in loan.path if step not in said), "")
    return step_name(step) if loan.state == loans.APPLIED and step else ""


NAMES = {
    "state_name": state_name,
    "kind_name": kind_name,
    "mode_name": mode_name,
    "step_name": step_name,
    "condition_name": condition_name,
    "way_name": way_name,
    "awaited": awaited,
}
