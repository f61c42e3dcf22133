"""Joinings (入职): a candidate's declaration, what the batch search found, the walls, and the person registered (P25).

Lawyers Law (律师法) art. 39 and the Practice Standards bind the firm as one: what a lateral hire did before is searched before
they come, by names only, for the secrets stay with the firm before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.access import identities
from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused
from workflows.records import interests, people, walls
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

INVITED, DECLARED, SEARCHED, JUDGED, APPROVED = "INVITED", "DECLARED", "SEARCHED", "JUDGED", "APPROVED"
JOINED, REFUSED, LAPSED = "JOINED", "REFUSED", "LAPSED"
NEXT: Mapping[str, frozenset[str]] = {
    INVITED: frozenset({DECLARED, LAPSED}),
    DECLARED: frozenset({SEARCHED}),
    SEARCHED: frozenset({JUDGED}),
    JUDGED: frozenset({APPROVED, REFUSED, SEARCHED}),
    APPROVED: frozenset({JOINED}),
    JOINED: frozenset(),
    REFUSED: frozenset(),
    LAPSED: frozenset(),
}
STATE_NAMES: Mapping[str, str] = {
    INVITED: "待候选人申报",
    DECLARED: "待检索",
    SEARCHED: "合规审查中",
    JUDGED: "待主任决定",
    APPROVED: "待开通账号",
    JOINED: "已入职",
    REFUSED: "不予录用",
    LAPSED: "逾期未申报",
}
ENDED = frozenset({JOINED, REFUSED, LAPSED})
NONE, WALL, NOTICE, REFUSE = "NONE", "WALL", "NOTICE", "REFUSE"
MEASURES: Mapping[str, str] = {NONE: "无须措施", WALL: "隔离", NOTICE: "隔离并告知客户", REFUSE: "不宜录用"}
WATCH = frozenset({"director", "compliance", "admin"})
#: the lists of the declaration and the kind of interest each becomes
LISTS: Mapping[str, str] = {
    "posts": interests.POST,
    "investments": interests.INVESTMENT,
    "advisers": interests.ADVISER,
    "former_matters": interests.FORMER_MATTER,
}


class JoiningRow(Base):
    __tablename__ = "joinings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    joining_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(200))
    post: Mapped[str] = mapped_column(String(100))
    declaration: Mapped[dict[str, Any]] = mapped_column(Json)
    hits: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    person_id: Mapped[str | None] = mapped_column(String(32))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_by_name: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Joining:
    """One candidate; ``hits`` are what the search found, with the measure that the table proposed and that was decided."""

    id: str
    joining_no: str
    state: str
    name: str
    email: str
    post: str
    declaration: dict[str, Any]
    hits: list[dict[str, Any]]
    steps: dict[str, Any]
    person_id: str | None
    begun_at: datetime
    begun_by_name: str
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still under way."""
        return self.state not in ENDED


def invite(context: Context, *, name: str, email: str, post: str) -> Joining:
    """Enter a candidate under the next number. Raises ``NotAllowed``."""
    check_watches(context.actor)
    day = context.now.astimezone(FIRM_ZONE).date()
    number = allocate(context, "joining", day.year)
    row = JoiningRow(
        id=new_id(), joining_no=get_rule("staff", "joining_no", day).value.format(year=day.year, number=number), state=INVITED,
        name=name.strip(), email=email.strip(), post=post.strip(), declaration={}, hits=[], steps={}, person_id=None,
        begun_at=context.now, begun_by_name=context.name_of(context.actor.id) or context.actor.name, ended_at=None,
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    context.audit("joining.begun", f"joining:{row.id}", number=row.joining_no)
    return joining_of(row)


def check_watches(actor: Actor) -> None:
    """Raise ``NotAllowed`` for somebody who has nothing to do with joinings."""
    if actor.kind != "system" and not actor.roles & WATCH:
        raise NotAllowed(reason="your roles do not include this")


def declare(context: Context, joining_id: str, said: Mapping[str, Any]) -> Joining:
    """Keep what the candidate declares."""
    row = _get_row(context.session, joining_id)
    row.declaration = {**dict(said), "at": context.now.isoformat()}
    return _move(context, row, DECLARED)


def lapse(context: Context, joining_id: str) -> Joining:
    """The candidate did not declare in time."""
    return _move(context, _get_row(context.session, joining_id), LAPSED)


def keep_hits(context: Context, joining_id: str, hits: Sequence[Mapping[str, Any]]) -> Joining:
    """Keep what the batch search found."""
    row = _get_row(context.session, joining_id)
    row.hits = [dict(each) for each in hits]
    return _move(context, row, SEARCHED)


def propose_measures(context: Context, joining_id: str, measures: Sequence[str]) -> Joining:
    """Keep what the decision table proposes, in the order of the hits."""
    row = _get_row(context.session, joining_id)
    row.hits = [{**hit, "proposed": measure} for hit, measure in zip(row.hits, measures, strict=True)]
    context.session.flush()
    context.audit("joining.searched", f"joining:{row.id}", hits=len(row.hits))
    return joining_of(row)


def judge(context: Context, joining_id: str, judged: Mapping[str, Mapping[str, str]], *, opinion: str) -> Joining:
    """Compliance decides each hit: hit id → measure and reason; a lighter one only with a reason. Raises ``StateRefused``."""
    row = _get_row(context.session, joining_id)
    order = list(MEASURES)
    hits = []
    for hit in row.hits:
        said = judged.get(hit["id"], {})
        measure, reason = said.get("measure", ""), str(said.get("reason") or "").strip()
        if measure not in MEASURES or (order.index(measure) < order.index(hit["proposed"]) and not reason):
            raise _refused(row, JUDGED, "each hit has a measure, and a lighter one than proposed a reason")
        hits.append({**hit, "measure": measure, "reason": reason})
    row.hits = hits
    row.steps = {**row.steps, "judge": {"opinion": opinion, "by_id": context.actor.id, **_by(context)}}
    return _move(context, row, JUDGED)


def decide(context: Context, joining_id: str, *, decision: str, note: str) -> Joining:
    """The director's word: approve, refuse, or return; never by who judged, never approved against a hit that forbids it."""
    row = _get_row(context.session, joining_id)
    judged = row.steps.get("judge") or {}
    if judged.get("by_id") in identities(context.actor):
        raise FourEyes(who=judged["by"], task="审查候选人利益冲突")
    if decision == APPROVED and any(hit.get("measure") == REFUSE for hit in row.hits):
        raise _refused(row, APPROVED, "a hit forbids the joining")
    row.steps = {**row.steps, "decision": {"decision": decision, "note": note, **_by(context)}}
    return _move(context, row, {APPROVED: APPROVED, REFUSED: REFUSED}.get(decision, SEARCHED))


def admit(context: Context, joining_id: str, *, login: str, roles: list[str], title: str, email: str) -> Joining:
    """Register the person, index what was declared, put up the walls. Raises ``StateRefused`` unless approved."""
    row = _get_row(context.session, joining_id)
    if row.state != APPROVED:
        raise _refused(row, JOINED, "the director approves first")
    said = row.declaration
    keys = ("name", "relation", "identifier")
    relatives = [{key: str(each.get(key) or "") for key in keys} for each in said.get("relatives") or []]
    registered = people.register(context, login=login, name=row.name, roles=roles, title=title, email=email, relatives=relatives)
    row.person_id = registered["person_id"]
    declared = [{**each, "kind": kind} for path, kind in LISTS.items() for each in said.get(path) or []]
    interests.declare(context, row.person_id, declared)
    for lead_id in list_walled(joining_of(row)):
        reason = f"{row.joining_no} {row.name}入职前利益冲突审查"
        promised = [{"person_id": row.person_id, "name": row.name, "at": said.get("at", ""), "text": "候选人申报时的保密承诺"}]
        plan = {"source": row.joining_no}
        walls.put_up(context, lead_id, [row.person_id], reason, check_id="", plan=plan, undertakings=promised)
    return _move(context, row, JOINED)


def list_walled(joining: Joining) -> list[str]:
    """The cases that a wall keeps the new person from."""
    walled = [hit["lead_id"] for hit in joining.hits if hit.get("measure") in (WALL, NOTICE) and hit["lead_id"]]
    return list(dict.fromkeys(walled))


def list_to_notify(joining: Joining) -> list[str]:
    """The cases whose clients are told of the wall."""
    return list(dict.fromkeys(hit["lead_id"] for hit in joining.hits if hit.get("measure") == NOTICE and hit["lead_id"]))


def list_joinings(session: Session, *, limit: int = 300) -> list[Joining]:
    """All of them, newest first."""
    return [joining_of(row) for row in session.scalars(select(JoiningRow).order_by(JoiningRow.id.desc()).limit(limit))]


def find_joining(session: Session, joining_id: str) -> Joining | None:
    """One by id, or None."""
    row = session.get(JoiningRow, joining_id)
    return joining_of(row) if row else None


def get_joining(session: Session, joining_id: str) -> Joining:
    """One by id. Raises ``NotFound``."""
    return joining_of(_get_row(session, joining_id))


def joining_of(row: JoiningRow) -> Joining:
    """The row as others read it."""
    return Joining(**{name: getattr(row, name) for name in Joining.__dataclass_fields__})


def _by(context: Context) -> dict[str, str]:
    return {"by": context.name_of(context.actor.id) or context.actor.name, "at": context.now.isoformat()}


def _refused(row: JoiningRow, state: str, reason: str) -> StateRefused:
    return StateRefused(what=row.joining_no, old=STATE_NAMES[row.state], new=STATE_NAMES[state], reason=reason)


def _move(context: Context, row: JoiningRow, state: str) -> Joining:
    if state not in NEXT[row.state]:
        raise _refused(row, state, "the procedure does not allow it")
    row.state = state
    if state in ENDED:
        row.ended_at = context.now
    context.session.flush()
    context.audit("joining.moved", f"joining:{row.id}", state=state)
    return joining_of(row)


def _get_row(session: Session, joining_id: str) -> JoiningRow:
    row = session.get(JoiningRow, joining_id)
    if row is None:
        raise NotFound(kind="joining", id=joining_id)
    return row
