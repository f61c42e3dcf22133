"""Votes of the management committee (管理委员会) on an acceptance: who may vote, each vote with its reason, what it comes to.

Lawyers Law (律师法) art. 25 and the firm's rules: a matter of exceptional size is decided by the committee; a majority of all
its members who may vote carries it, and where there is none the director decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import StateRefused
from workflows.records import acceptances, people, walls

COMMITTEE = "committee"
MEMBER_ROLE = "partner"
TIE = "TIE"


class AcceptanceVoteRow(Base):
    __tablename__ = "acceptance_votes"
    __table_args__ = (UniqueConstraint("acceptance_id", "by"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptances.id"))
    vote: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Vote:
    """What one member said."""

    vote: str
    reason: str
    at: datetime
    by: str
    by_name: str


def list_members(session: Session, lead_id: str) -> list[str]:
    """Every partner who is neither of the team nor behind a wall; who approved as a lower level votes too."""
    found = acceptances.get_acceptance(session, lead_id)
    away = {*found.team_ids, found.applied_by, *walls.find_kept_away(session, lead_id)}
    return [person.id for person in people.list_people(session, MEMBER_ROLE) if person.id not in away]


def cast_vote(context: Context, lead_id: str, *, vote: str, reason: str) -> None:
    """Keep a member's vote. Raises ``StateRefused`` for who is no member or has voted, and out of turn."""
    found = acceptances.get_acceptance(context.session, lead_id)
    turn = acceptances.next_level(context.session, lead_id)
    if turn != COMMITTEE or found.state != acceptances.APPLIED:
        raise StateRefused(what=COMMITTEE, old=turn, new=vote, reason="it is not this level's turn")
    if context.actor.id not in list_members(context.session, lead_id):
        raise StateRefused(what=COMMITTEE, old=turn, new=vote, reason="you are no member for this matter")
    if any(each.by == context.actor.id for each in list_votes(context.session, found.id)):
        raise StateRefused(what=COMMITTEE, old=turn, new=vote, reason="you have voted already")
    context.session.add(
        AcceptanceVoteRow(
            id=new_id(), acceptance_id=found.id, vote=vote, reason=reason,
            at=context.now, by=context.actor.id, by_name=context.actor.name,
        )
    )  # fmt: skip
    context.session.flush()
    context.audit("acceptance_voted", f"lead:{lead_id}", round=found.round, vote=vote)


def count_votes(session: Session, lead_id: str, members: Sequence[str]) -> str:
    """APPROVE or REFUSE when more than half of all members said so, else TIE."""
    votes = list_votes(session, acceptances.get_acceptance(session, lead_id).id)
    for answer in (acceptances.APPROVE, acceptances.REFUSE):
        if 2 * sum(each.vote == answer for each in votes) > len(members):
            return answer
    return TIE


def describe_votes(session: Session, acceptance_id: str, members: Sequence[str]) -> str:
    """The result in a sentence, with every dissent named."""
    votes = list_votes(session, acceptance_id)
    yes, no = (sum(each.vote == answer for each in votes) for answer in (acceptances.APPROVE, acceptances.REFUSE))
    dissent = "；".join(f"{each.by_name}不同意：{each.reason}" for each in votes if each.vote == acceptances.REFUSE)
    counted = f"应到{len(members)}人，同意{yes}票，不同意{no}票，未表决{len(members) - yes - no}人。"
    return counted + (f"保留意见：{dissent}" if dissent else "")


def list_votes(session: Session, acceptance_id: str) -> list[Vote]:
    """The votes of one round in their order."""
    query = select(AcceptanceVoteRow).where(AcceptanceVoteRow.acceptance_id == acceptance_id).order_by(AcceptanceVoteRow.id)
    return [Vote(row.vote, row.reason, row.at, row.by, row.by_name) for row in session.scalars(query)]
