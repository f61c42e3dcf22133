"""Changes of an engagement (委托变更): what was asked, by whom and why, and how it ended.

Lawyers Law (律师法) art. 32: the client may refuse further representation at any time, the firm only on its grounds.
Civil Code (民法典) art. 923: a sub-delegation needs the client's consent; art. 933: either side may end a mandate; art. 935:
what is necessary goes on when the client is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import contracts, deadlines, matters
from workflows.records.contract_facts import name_instructors
from workflows.records.rule_packs import get_rule

AMEND, SUBSTITUTE, DELEGATE = "amend", "substitute", "delegate"
CLIENT_ENDS, WITHDRAW, EXTINCT = "client_ends", "withdraw", "extinct"
KINDS: Mapping[str, str] = {
    AMEND: "变更合同条款",
    SUBSTITUTE: "更换律师",
    DELEGATE: "转委托",
    CLIENT_ENDS: "客户解除委托",
    WITHDRAW: "本所退出委托",
    EXTINCT: "委托人死亡或者终止",
}
OPEN, DONE, REFUSED = "OPEN", "DONE", "REFUSED"
NEXT: Mapping[str, frozenset[str]] = {OPEN: frozenset({DONE, REFUSED}), DONE: frozenset(), REFUSED: frozenset()}


class ChangeRow(Base):
    """One change; ``supplement_no`` is the number of a supplementary agreement, ``steps`` what each step said."""

    __tablename__ = "changes"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8), index=True)
    initiator: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    supplement: Mapped[int] = mapped_column(Integer, default=0)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_name: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Change:
    """One change of an engagement."""

    id: str
    matter_id: str
    lead_id: str
    kind: str
    state: str
    initiator: str
    reason: str
    supplement: int
    steps: dict[str, Any]
    asked_at: datetime
    asked_by_name: str
    ended_at: datetime | None

    @property
    def kind_name(self) -> str:
        """What is changed, in Chinese."""
        return KINDS[self.kind]


def ask(context: Context, matter_id: str, *, kind: str, initiator: str, reason: str, **more: Any) -> Change:
    """Open a change of a running matter; a withdrawal close to a hearing or deadline is refused (``StateRefused``)."""
    matter = matters.get_matter(context.session, matter_id)
    if matter.state not in matters.RUNNING:
        raise StateRefused(what=matter.matter_no, old=matter.state, new=kind, reason="the matter is not running")
    if kind == WITHDRAW:
        check_withdrawal(context, matter, replaced=bool(more.get("replaced")))
    supplement = 0
    if kind == AMEND:
        query = select(func.max(ChangeRow.supplement)).where(ChangeRow.lead_id == matter.lead_id)
        supplement = int(context.session.scalar(query) or 0) + 1
    row = ChangeRow(
        id=new_id(), matter_id=matter_id, lead_id=matter.lead_id, kind=kind, state=OPEN, initiator=initiator, reason=reason,
        supplement=supplement, steps={"apply": more}, asked_at=context.now,
        asked_by_name=context.name_of(context.actor.id) or context.actor.name,
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    context.audit("change.asked", f"matter:{matter_id}", kind=kind, initiator=initiator)
    return _change(row)


def check_withdrawal(context: Context, matter: matters.Matter, *, replaced: bool) -> None:
    """Raise StateRefused when a deadline ends so soon that leaving the client would harm them (民法典 art. 935)."""
    today = context.now.astimezone(FIRM_ZONE).date()
    days = int(get_rule("changes", "hearing_block_days", today).value)
    near = [each for each in list_near(context.session, matter.lead_id, today, days)]
    if near and not replaced:
        raise StateRefused(what=matter.matter_no, old=matter.state, new=WITHDRAW, reason="a deadline or hearing is too near")


def list_near(session: Session, lead_id: str, today: date, days: int) -> list[date]:
    """The days within so many days on which an open deadline of a case ends."""
    ends = [each.due_on for each in deadlines.list_deadlines(session, lead_id) if each.due_on and each.state in deadlines.OPEN]
    return sorted(day for day in ends if today <= day <= today + timedelta(days=days))


def note_step(context: Context, change_id: str, step: str, values: Mapping[str, Any]) -> Change:
    """Keep what a step of the change said. Raises ``StateRefused`` when it has ended."""
    row = _get_row(context.session, change_id)
    if row.state != OPEN:
        raise StateRefused(what=KINDS[row.kind], old=row.state, new=row.state, reason="the change has ended")
    row.steps = {**row.steps, step: {**dict(values), "by": context.name_of(context.actor.id) or context.actor.name}}
    context.session.flush()
    context.audit("change.step_kept", f"matter:{row.matter_id}", step=step)
    return _change(row)


def finish(context: Context, change_id: str, *, refused: bool) -> Change:
    """End a change."""
    row = _get_row(context.session, change_id)
    state = REFUSED if refused else DONE
    if state not in NEXT[row.state]:
        raise StateRefused(what=KINDS[row.kind], old=row.state, new=state, reason="the change has ended")
    row.state, row.ended_at = state, context.now
    context.session.flush()
    context.audit("change.ended", f"matter:{row.matter_id}", kind=row.kind, state=state)
    return _change(row)


def apply_amendment(context: Context, change_id: str, document_id: str) -> None:
    """Put signed supplementary terms into the contract, which is then AMENDED."""
    change = get_change(context.session, change_id)
    contract = contracts.find_contract(context.session, change.lead_id)
    if contract is None:
        raise NotFound(kind="contract", id=change.lead_id)
    new = change.steps["revise"]
    terms = {**contract.terms, **{key: new[key] for key in ("scope_in", "term_end") if new.get(key)}}
    if new.get("fee_changes") == "yes":
        terms |= {"fee_amount": new["fee_amount"], "schedule": _schedule(contract.terms, new["fee_amount"])}
    if new.get("instructors_change") == "yes":
        terms["instructors"] = new.get("instructors") or []
    contracts.amend_contract(context, contract.id, terms=terms, document_id=document_id)


def _schedule(terms: Mapping[str, Any], total: str) -> list[dict[str, Any]]:
    """The payments as agreed before, the last one taking the difference."""
    rows = [dict(row) for row in terms.get("schedule") or []]
    if rows:
        before = sum(float(row["amount"]) for row in rows[:-1])
        rows[-1]["amount"] = f"{float(total) - before:.2f}".removesuffix(".00")
    return rows


def rescind(context: Context, change_id: str) -> None:
    """End the contract as rescinded; the matter is closed and filed like any other."""
    change = get_change(context.session, change_id)
    contract = contracts.find_contract(context.session, change.lead_id)
    if contract is not None and contract.state in contracts.IN_FORCE:
        contracts.end_contract(context, contract.id, rescinded=True, reason=f"{change.kind_name}：{change.reason}")
    context.send_message("matter.close_requested", correlation=change.matter_id, payload={"close_reason": "rescission"})


def get_change(session: Session, change_id: str) -> Change:
    """A change by id. Raises ``NotFound``."""
    return _change(_get_row(session, change_id))


def list_changes(session: Session, lead_id: str) -> list[Change]:
    """The changes of a case, newest first."""
    rows = session.scalars(select(ChangeRow).where(ChangeRow.lead_id == lead_id).order_by(ChangeRow.id.desc()))
    return [_change(row) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest change, for letters and panels."""
    found = list_changes(session, lead_id)
    if not found:
        return {}
    change, contract = found[0], contracts.find_contract(session, lead_id)
    number = f"{contract.contract_no}-B{change.supplement}" if contract and change.supplement else ""
    asked_on = change.asked_at.astimezone(FIRM_ZONE).date()
    grounds = get_rule("changes", "withdrawal_grounds", asked_on).value
    ends = [each for each in deadlines.list_deadlines(session, lead_id) if each.due_on and each.state in deadlines.OPEN]
    revised = change.steps.get("revise") or {}
    said = {
        "kind_name": change.kind_name, "reason": change.reason, "number": number,
        "ground_name": grounds.get(change.steps["apply"].get("ground") or "", ""),
        "notice_days": get_rule("changes", "withdrawal_notice_days", asked_on).value,
        "instructors_text": name_instructors(revised.get("instructors") or []) or "无（仅甲方本人或者法定代表人）",
        "deadlines": [f"{each.title}：{each.due_on.isoformat()}" for each in ends if each.due_on],
    }  # fmt: skip
    return {"change": {**said, **change.steps}}


def _get_row(session: Session, change_id: str) -> ChangeRow:
    row = session.get(ChangeRow, change_id)
    if row is None:
        raise NotFound(kind="change", id=change_id)
    return row


def _change(row: ChangeRow) -> Change:
    return Change(**{name: getattr(row, name) for name in Change.__dataclass_fields__})
