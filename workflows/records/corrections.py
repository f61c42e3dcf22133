"""Corrective actions (整改): a problem, its root cause, who does what by when, the proof, and whether it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.access import identities
from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused
from workflows.records import people
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

OPENED, ANALYSED, PLANNED, APPROVED, DONE, CLOSED = "OPENED", "ANALYSED", "PLANNED", "APPROVED", "DONE", "CLOSED"
NEXT: Mapping[str, frozenset[str]] = {
    OPENED: frozenset({ANALYSED}),
    ANALYSED: frozenset({PLANNED}),
    PLANNED: frozenset({APPROVED, ANALYSED}),
    APPROVED: frozenset({DONE}),
    DONE: frozenset({CLOSED, OPENED}),
    CLOSED: frozenset(),
}
STATE_NAMES: Mapping[str, str] = {
    OPENED: "待查原因",
    ANALYSED: "拟定措施",
    PLANNED: "待审批",
    APPROVED: "落实中",
    DONE: "待检验效果",
    CLOSED: "已关闭",
}
SOURCES: Mapping[str, str] = {
    "complaint": "投诉",
    "survey": "满意度调查",
    "review": "满意度分析会",
    "deadline": "期限失误",
    "archive": "归档超期",
    "loan": "借阅遗失",
    "inventory": "档案盘点",
    "incident": "泄密与个人信息事件",
    "audit": "内部检查",
    "other": "其他",
}
SEVERITIES: Mapping[str, str] = {"low": "低", "medium": "中", "high": "高"}
KINDS: Mapping[str, str] = {
    "training": "培训",
    "rule": "制度",
    "process": "流程图变更",
    "template": "文书模板",
    "discipline": "内部处分",
    "refund": "退费",
    "other": "其他",
}
READERS = frozenset({"complaint", "compliance", "partner", "director"})
CHECKERS = ("compliance", "director", "partner")


class CorrectionRow(Base):
    __tablename__ = "corrective_actions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    correction_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    source: Mapped[str] = mapped_column(String(12))
    source_id: Mapped[str] = mapped_column(String(32), index=True)
    source_no: Mapped[str] = mapped_column(String(60))
    problem: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(8))
    barred: Mapped[list[str]] = mapped_column(Json)
    analysis: Mapped[dict[str, Any]] = mapped_column(Json)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    rounds: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_name: Mapped[str] = mapped_column(String(120))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Correction:
    """One corrective action.

    ``actions`` are what, owner, due_on, measure, kind, and once done proof and done_at; ``barred`` do not work on it;
    ``rounds`` is how often it was begun anew because it had not helped.
    """

    id: str
    correction_no: str
    state: str
    source: str
    source_id: str
    source_no: str
    problem: str
    facts: str
    severity: str
    barred: list[str]
    analysis: dict[str, Any]
    actions: list[dict[str, Any]]
    steps: dict[str, Any]
    rounds: int
    opened_at: datetime
    opened_by_name: str
    done_at: datetime | None
    closed_at: datetime | None

    def list_late(self, today: date) -> list[dict[str, Any]]:
        """The actions whose day has passed undone."""
        return [each for each in self.actions if not each.get("done_at") and str(each["due_on"])[:10] < today.isoformat()]


def open_correction(
    context: Context,
    *,
    source: str,
    problem: str,
    facts: str = "",
    severity: str = "medium",
    source_id: str = "",
    source_no: str = "",
    barred: Sequence[str] = (),
    actions: Sequence[Mapping[str, Any]] = (),
) -> Correction:
    """Enter a problem to be mended, under the next number; ``actions`` may already be proposed by where it comes from."""
    day = context.now.astimezone(FIRM_ZONE).date()
    number = allocate(context, "correction", day.year)
    row = CorrectionRow(
        id=new_id(),
        correction_no=get_rule("numbers", "correction_no", day).value.format(year=day.year, number=number),
        state=OPENED,
        source=source if source in SOURCES else "other",
        source_id=source_id,
        source_no=source_no,
        problem=problem,
        facts=facts,
        severity=severity if severity in SEVERITIES else "medium",
        barred=list(barred),
        analysis={},
        actions=[_action(context, each) for each in actions],
        steps={},
        rounds=0,
        opened_at=context.now,
        opened_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("correction.opened", f"correction:{row.id}", number=row.correction_no, source=row.source)
    return _correction(row)


def analyse(context: Context, correction_id: str, form: Mapping[str, Any]) -> Correction:
    """Keep the root cause; the last of the whys is it."""
    row = _get_row(context.session, correction_id)
    row.analysis = {**form, **_by(context)}
    row.problem, row.severity = str(form.get("problem") or row.problem), str(form.get("severity") or row.severity)
    return _moved(context, row, ANALYSED, "correction.analysed")


def plan(context: Context, correction_id: str, actions: Sequence[Mapping[str, Any]]) -> Correction:
    """Keep who does what by when, and how it will be known to help."""
    row = _get_row(context.session, correction_id)
    row.actions = [_action(context, each) for each in actions]
    row.steps = {**row.steps, "plan": {**_by(context), "by_id": context.actor.id}}
    return _moved(context, row, PLANNED, "correction.planned")


def approve(context: Context, correction_id: str, *, approved: bool, note: str) -> Correction:
    """The director's word on the plan; never by who made it."""
    row = _get_row(context.session, correction_id)
    made = row.steps.get("plan") or {}
    if made.get("by_id") in identities(context.actor):
        raise FourEyes(who=made["by"], task="拟定整改措施")
    row.steps = {**row.steps, "approval": {"approved": approved, "note": note, **_by(context)}}
    return _moved(context, row, APPROVED if approved else ANALYSED, "correction.decided")


def finish_action(context: Context, correction_id: str, action_id: str, form: Mapping[str, Any]) -> Correction:
    """Keep that an action is done, with its proof, by its owner."""
    row = _get_row(context.session, correction_id)
    if row.state != APPROVED:
        raise _refused(row, DONE)
    found = next((each for each in row.actions if each["id"] == action_id), None)
    if found is None:
        raise NotFound(kind="action", id=action_id)
    if context.actor.kind != "system" and found["owner"] not in identities(context.actor):
        raise NotAllowed(reason="only its owner reports an action as done")
    if not form.get("proof") and not str(form.get("proof_note") or "").strip():
        raise NotAllowed(reason="an action is done with proof")
    done = {
        **found,
        "proof": form.get("proof") or [],
        "proof_note": form.get("proof_note") or "",
        "done_at": context.now.isoformat(),
    }
    row.actions = [done if each["id"] == action_id else each for each in row.actions]
    context.session.flush()
    context.audit("correction.action_done", f"correction:{row.id}", action=found["what"])
    return _correction(row)


def finish(context: Context, correction_id: str) -> Correction:
    """All actions are done; from here the time to the check of the effect counts."""
    row = _get_row(context.session, correction_id)
    if any(not each.get("done_at") for each in row.actions):
        raise _refused(row, DONE, "some actions are not done")
    row.done_at = context.now
    return _moved(context, row, DONE, "correction.done")


def check_effect(context: Context, correction_id: str, form: Mapping[str, Any]) -> Correction:
    """Whether it helped, judged by somebody who neither planned nor did it; not helpful: from the root cause again."""
    row = _get_row(context.session, correction_id)
    involved = {each["owner"]: each.get("owner_name", "") for each in row.actions}
    involved[(row.steps.get("plan") or {}).get("by_id", "")] = (row.steps.get("plan") or {}).get("by", "")
    for person in identities(context.actor) & involved.keys():
        raise FourEyes(who=involved[person], task="整改措施")
    row.steps = {**row.steps, "effect": {**form, **_by(context)}}
    if form["effective"] == "yes":
        row.closed_at = context.now
        return _moved(context, row, CLOSED, "correction.closed")
    row.rounds += 1
    return _moved(context, row, OPENED, "correction.reopened")


def find_checker(session: Session, correction_id: str) -> str:
    """Who judges the effect: somebody in charge who neither planned nor did it; empty when there is nobody."""
    row = _get_row(session, correction_id)
    out = {*(each["owner"] for each in row.actions), (row.steps.get("plan") or {}).get("by_id"), *row.barred}
    for role in CHECKERS:
        for person in people.list_people(session, role):
            if person.id not in out:
                return person.id
    return ""


def may_read(correction: Correction, viewer: Actor) -> bool:
    """Whether somebody may open one: those in charge unless it is about them, and the owners of its actions."""
    if any(each["owner"] == viewer.id for each in correction.actions):
        return True
    return bool(viewer.roles & READERS) and identities(viewer).isdisjoint(correction.barred)


def list_corrections(session: Session, *, limit: int = 500) -> list[Correction]:
    """The corrective actions, newest first."""
    rows = session.scalars(select(CorrectionRow).order_by(CorrectionRow.id.desc()).limit(limit))
    return [_correction(row) for row in rows]


def find_correction(session: Session, correction_id: str) -> Correction | None:
    """The corrective action with this id, or None."""
    row = session.get(CorrectionRow, correction_id)
    return _correction(row) if row else None


def get_correction(session: Session, correction_id: str) -> Correction:
    """The corrective action with this id; raises NotFound."""
    return _correction(_get_row(session, correction_id))


def _by(context: Context) -> dict[str, str]:
    return {"by": context.actor.name, "at": context.now.isoformat()}


def _action(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("what", "owner", "due_on", "measure", "kind")
    owner = people.find_name(context.session, str(given.get("owner") or "")) or ""
    return {"id": str(given.get("id") or new_id()), **{key: given.get(key) or "" for key in keys}, "owner_name": owner}


def _refused(row: CorrectionRow, state: str, reason: str = "the procedure does not allow it") -> StateRefused:
    return StateRefused(what=row.correction_no, old=STATE_NAMES[row.state], new=STATE_NAMES[state], reason=reason)


def _moved(context: Context, row: CorrectionRow, state: str, event: str) -> Correction:
    if state not in NEXT[row.state]:
        raise _refused(row, state)
    row.state = state
    context.session.flush()
    context.audit(event, f"correction:{row.id}", state=state)
    return _correction(row)


def _get_row(session: Session, correction_id: str) -> CorrectionRow:
    row = session.get(CorrectionRow, correction_id)
    if row is None:
        raise NotFound(kind="corrective action", id=correction_id)
    return row


def _correction(row: CorrectionRow) -> Correction:
    return Correction(**{name: getattr(row, name) for name in Correction.__dataclass_fields__})
