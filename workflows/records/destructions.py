"""Destructions (销毁): the list of one appraisal on its way from the director's approval to the supervisors' signatures.

Executor and supervisors are different people and none of them approved the list; a mismatch between what lies there and the
list stops the batch before anything is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime
from engine.errors import JuanzongError, NotAllowed, NotFound, StateRefused
from workflows.records import appraisals, people
from workflows.records.appraisals import Item
from workflows.records.rule_packs import get_rule

DRAFT, APPROVED, COOLING, EXECUTING, ERASED, DONE, STOPPED = (
    "DRAFT",
    "APPROVED",
    "COOLING",
    "EXECUTING",
    "ERASED",
    "DONE",
    "STOPPED",
)
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({APPROVED, STOPPED}),
    APPROVED: frozenset({COOLING, STOPPED}),
    COOLING: frozenset({COOLING, EXECUTING, STOPPED}),
    EXECUTING: frozenset({ERASED, STOPPED}),
    ERASED: frozenset({DONE}),
    DONE: frozenset(),
    STOPPED: frozenset(),
}
STATES: Mapping[str, str] = {
    DRAFT: "待主任批准",
    APPROVED: "已批准",
    COOLING: "公示冷静期",
    EXECUTING: "执行中",
    ERASED: "待监销签字",
    DONE: "已销毁",
    STOPPED: "未销毁",
}
METHODS: Mapping[str, str] = {"shredding": "粉碎", "pulping": "化浆", "none": "无纸质卷宗"}


class TooFewSupervisors(JuanzongError):
    """At least {least} supervisors must watch the destruction; neither the executor nor who approved it counts."""


class DestructionRow(Base):
    __tablename__ = "destructions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    list_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    witnesses: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    cooling_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certificate_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Destruction:
    """One list; its id is that of its appraisal. ``steps``: approval, report, notice, scan, paper, packages; who and when."""

    id: str
    list_no: str
    state: str
    steps: dict[str, Any]
    witnesses: list[dict[str, Any]]
    cooling_until: datetime | None
    certificate_no: str | None
    opened_at: datetime
    done_at: datetime | None

    @property
    def approver_id(self) -> str:
        """Who approved the list."""
        return str(self.steps.get("approval", {}).get("by_id", ""))


def open_list(context: Context, appraisal_id: str) -> Destruction:
    """Draw up the list of what an appraisal gave to destruction."""
    found = appraisals.get_appraisal(context.session, appraisal_id)
    row = DestructionRow(id=found.id, list_no=found.list_no, state=DRAFT, steps={}, witnesses=[], opened_at=context.now)
    context.session.add(row)
    context.session.flush()
    context.audit("destruction.listed", f"destruction:{row.id}", list_no=row.list_no)
    return _destruction(row)


def approve(context: Context, destruction_id: str, *, approved: bool, conditions: str) -> Destruction:
    """The director decides on the list; whoever made the first look may not. Raises ``NotAllowed``."""
    row = _get_row(context.session, destruction_id)
    proposer = appraisals.get_appraisal(context.session, destruction_id).steps.get("first_look", {}).get("by_id")
    if "director" not in context.actor.roles or context.actor.id == proposer:
        raise NotAllowed(reason="the director approves the list, and not who proposed it")
    _keep(context, row, "approval", {"approved": approved, "conditions": conditions})
    return _move(context, row, APPROVED if approved else STOPPED)


def keep_report(context: Context, destruction_id: str, said: Mapping[str, Any]) -> None:
    """Keep when the list went to the authority, and what it answered."""
    row = _get_row(context.session, destruction_id)
    _keep(context, row, "report", {**row.steps.get("report", {}), **said})


def start_cooling(context: Context, destruction_id: str) -> Destruction:
    """Publish the list inside the firm; the days run, and in no case end before the last period has."""
    row = _get_row(context.session, destruction_id)
    days = int(_rule(context, "cooling_days"))
    last = appraisals.get_appraisal(context.session, destruction_id).last_day
    earliest = datetime.combine(last + timedelta(days=1), time(9, 0), FIRM_ZONE)
    row.cooling_until = max(context.now + timedelta(days=days), earliest)
    _keep(context, row, "notice", {"until": row.cooling_until.isoformat()})
    return _move(context, row, COOLING)


def find_objectionable(session: Session, item_id: str) -> Item | None:
    """A volume against whose destruction anybody of the firm may still object, or None."""
    row = appraisals.get_item_row(session, item_id)
    found = find_destruction(session, row.appraisal_id)
    is_open = found is not None and found.state == COOLING and row.state == appraisals.TO_DESTROY
    return appraisals.item_of(row) if is_open else None


def object_to(context: Context, item_id: str, reason: str) -> Item:
    """Somebody of the firm objects: the group decides again on that volume. Raises ``StateRefused``."""
    item = find_objectionable(context.session, item_id)
    if item is None or not reason.strip():
        raise StateRefused(
            what="destruction", old="", new="objected", reason="no objection is possible now, or no reason is given"
        )
    row = appraisals.get_item_row(context.session, item_id)
    said = {"by": context.actor.name, "by_id": context.actor.id, "reason": reason.strip(), "at": context.now.isoformat()}
    row.objections = [*row.objections, said]
    context.session.flush()
    context.send_message("destruction.objected", correlation=row.appraisal_id)
    context.audit("destruction.objected", f"destruction:{row.appraisal_id}", volume=row.volume_id, reason=said["reason"])
    return appraisals.item_of(row)


def check_ready(context: Context, destruction_id: str) -> list[Item]:
    """The volumes that may now be destroyed; whatever something keeps is dropped. Raises ``StateRefused`` while objected to."""
    row = _get_row(context.session, destruction_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    appraisals.drop_blocked(context, appraisal_id=destruction_id, on=today)
    items = appraisals.list_items(context.session, destruction_id, appraisals.TO_DESTROY)
    if any(item.is_objected for item in items):
        raise StateRefused(what=row.list_no, old=row.state, new=EXECUTING, reason="an objection is not decided")
    if row.cooling_until is None or context.now < row.cooling_until:
        raise StateRefused(what=row.list_no, old=row.state, new=EXECUTING, reason="the cooling-off period runs")
    _move(context, row, EXECUTING if items else STOPPED)
    return items


def scan(context: Context, destruction_id: str, *, scanned: Sequence[str], supervisors: Sequence[str]) -> list[str]:
    """Compare what lies there with the list; returns what is wrong, and then nothing may be destroyed.

    Raises ``TooFewSupervisors``, and ``NotAllowed`` when the approver executes.
    """
    row = _get_row(context.session, destruction_id)
    if row.state != EXECUTING:
        raise StateRefused(what=row.list_no, old=row.state, new=EXECUTING, reason="the list is not at that point")
    found = _destruction(row)
    if context.actor.id == found.approver_id:
        raise NotAllowed(reason="who approved the list does not carry it out")
    check_supervisors(context, found, supervisors, executor_id=context.actor.id)
    listed = {item.file_no for item in appraisals.list_items(context.session, destruction_id, appraisals.TO_DESTROY)}
    there = {each.strip() for each in scanned if each.strip()}
    wrong = [f"清册有而现场没有：{each}" for each in sorted(listed - there)]
    wrong += [f"现场有而清册没有：{each}" for each in sorted(there - listed)]
    names = {each: people.find_name(context.session, each) or "" for each in supervisors}
    _keep(context, row, "scan", {"scanned": sorted(there), "wrong": wrong, "supervisors": names})
    if wrong:
        context.audit("destruction.mismatched", f"destruction:{row.id}", wrong=wrong)
    return wrong


def check_supervisors(context: Context, found: Destruction, supervisors: Sequence[str], *, executor_id: str) -> None:
    """Raise ``TooFewSupervisors`` unless enough different people watch who neither execute nor approved."""
    least = int(_rule(context, "least_supervisors"))
    known = {each for each in supervisors if people.find_person(context.session, each) is not None}
    if len(known - {executor_id, found.approver_id}) < max(least, len(known)) or len(known) < least:
        raise TooFewSupervisors(least=least)


def keep_paper(context: Context, destruction_id: str, said: Mapping[str, Any]) -> None:
    """Keep how the paper was destroyed. Raises ``StateRefused`` before the scan agreed with the list."""
    row = _get_row(context.session, destruction_id)
    _check_scanned(row, EXECUTING, ERASED)
    _keep(context, row, "paper", said)
    context.audit("destruction.paper_destroyed", f"destruction:{row.id}", method=said.get("method"))


def check_erasable(session: Session, destruction_id: str) -> Destruction:
    """The list whose content may be erased now. Raises ``StateRefused`` before the scan agreed with it."""
    row = _get_row(session, destruction_id)
    _check_scanned(row, EXECUTING)
    return _destruction(row)


def keep_erased(context: Context, destruction_id: str, said: Mapping[str, Any]) -> Destruction:
    """Record that content and packages are gone, and when the last backup with them ends."""
    row = _get_row(context.session, destruction_id)
    _keep(context, row, "erased", said)
    return _move(context, row, ERASED)


def witness(context: Context, destruction_id: str, *, signature: str, note: str) -> Destruction:
    """A supervisor signs that they saw it. Raises ``NotAllowed`` for anybody else."""
    row = _get_row(context.session, destruction_id)
    if context.actor.id not in row.steps.get("scan", {}).get("supervisors", {}):
        raise NotAllowed(reason="only the supervisors of this list sign")
    signed = {"id": context.actor.id, "name": context.actor.name, "signature": signature, "note": note}
    row.witnesses = [*row.witnesses, {**signed, "at": context.now.isoformat()}]
    context.session.flush()
    context.audit("destruction.witnessed", f"destruction:{row.id}")
    return _destruction(row)


def certify(context: Context, destruction_id: str, certificate_no: str) -> Destruction:
    """The list is done: its certificate stands in the register for good. Raises ``StateRefused`` unsigned."""
    row = _get_row(context.session, destruction_id)
    signed = {each["id"] for each in row.witnesses}
    if len(signed) < int(_rule(context, "least_supervisors")) or set(row.steps["scan"]["supervisors"]) - signed:
        raise StateRefused(what=row.list_no, old=row.state, new=DONE, reason="not every supervisor has signed")
    if "paper" not in row.steps:
        raise StateRefused(what=row.list_no, old=row.state, new=DONE, reason="nobody wrote down what became of the paper")
    row.certificate_no, row.done_at = certificate_no, context.now
    return _move(context, row, DONE)


def backups_end_on(context: Context) -> date:
    """Until when a backup may still hold what was erased."""
    return context.now.astimezone(FIRM_ZONE).date() + timedelta(days=int(_rule(context, "backup_days")))


def find_destruction(session: Session, destruction_id: str) -> Destruction | None:
    """The list with this id, or None."""
    row = session.get(DestructionRow, destruction_id)
    return _destruction(row) if row else None


def get_destruction(session: Session, destruction_id: str) -> Destruction:
    """The list with this id; raises NotFound."""
    return _destruction(_get_row(session, destruction_id))


def list_destructions(session: Session) -> list[Destruction]:
    """The register of destruction lists (销毁清册登记), newest first; it is kept for good."""
    return [_destruction(row) for row in session.scalars(select(DestructionRow).order_by(DestructionRow.id.desc()))]


def _check_scanned(row: DestructionRow, *states: str) -> None:
    done = row.steps.get("scan")
    if row.state not in states or not done or done["wrong"]:
        raise StateRefused(what=row.list_no, old=row.state, new=ERASED, reason="what lies there was not found to be the list")


def _keep(context: Context, row: DestructionRow, name: str, said: Mapping[str, Any]) -> None:
    row.steps = {**row.steps, name: {**said, "by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}}
    context.session.flush()


def _rule(context: Context, key: str) -> Any:
    return get_rule("appraisal", key, context.now.astimezone(FIRM_ZONE).date()).value


def _move(context: Context, row: DestructionRow, state: str) -> Destruction:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.list_no, old=row.state, new=state, reason="the list is not at that point")
    row.state = state
    context.session.flush()
    context.audit(f"destruction.{state.lower()}", f"destruction:{row.id}", list_no=row.list_no)
    return _destruction(row)


def _get_row(session: Session, destruction_id: str) -> DestructionRow:
    row = session.get(DestructionRow, destruction_id)
    if row is None:
        raise NotFound(kind="destruction", id=destruction_id)
    return row


def _destruction(row: DestructionRow) -> Destruction:
    return Destruction(**{name: getattr(row, name) for name in Destruction.__dataclass_fields__})
