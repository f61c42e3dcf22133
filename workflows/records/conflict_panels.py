"""Panels (合伙人合议): which partners vote on a conflict, how they voted, and what that comes to.

The firm's rule asks for ``conflicts/panel_size`` unrelated partners. Where there are fewer, all of them vote and the majority is
of those; where there is none the director decides alone, but then may not clear what compliance found to be absolute.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import StateRefused
from workflows.records import conflict_hits, conflicts, people, walls
from workflows.records.conflicts import ABSOLUTE, CLEAR, WAIVABLE
from workflows.records.rule_packs import get_rule

VOTES = (CLEAR, WAIVABLE, ABSOLUTE)
ESCALATE = "ESCALATE"


def choose_panel(context: Context, check_id: str, excluded: Sequence[str]) -> list[str]:
    """The unrelated partners who vote on a check, as many as the rule asks for or as there are.

    The director is not among them, because the director decides when they do not agree. Of more partners
    than needed the check's own id draws the lot, so that nobody picks the panel.
    """
    session = context.session
    size = int(get_rule("conflicts", "panel_size", context.now.astimezone(FIRM_ZONE).date()).value)
    check = conflicts.get_check(session, check_id)
    out = {*excluded, *walls.find_kept_away(session, check.lead_id)}
    partners = [each for each in people.list_people(session, "partner") if each.id not in out and "director" not in each.roles]
    drawn = sorted(partners, key=lambda each: hashlib.sha256(f"{check_id}:{each.id}".encode()).digest())[:size]
    panel = sorted(each.id for each in drawn)
    context.audit("conflict_panel_called", f"conflict_check:{check_id}", panel=panel, asked_for=size)
    return panel


def vote(context: Context, check_id: str, *, choice: str, reason: str, conditions: str) -> None:
    """Keep one partner's vote; a dissenting one stays. Raises ``StateRefused`` for a second vote or a waiver of an absolute."""
    check = conflicts.get_check(context.session, check_id)
    if any(each["by"] == context.actor.id for each in list_votes(check)):
        raise StateRefused(what=check.check_no, old="", new=choice, reason="each partner votes once")
    check_choice(context.session, check_id, choice)
    conflicts.add_decision(context, check_id, decision=choice, reason=reason, conditions=conditions, is_vote=True)


def check_choice(session: Session, check_id: str, choice: str) -> None:
    """Raise ``StateRefused`` for something that is no choice, or for a waiver of a conflict found to be absolute."""
    if choice not in VOTES or (choice == WAIVABLE and is_absolute(session, check_id)):
        raise StateRefused(what=check_id, old="", new=choice, reason="an absolute conflict cannot be waived")


def check_director(session: Session, check_id: str, choice: str) -> None:
    """Raise ``StateRefused`` when the director would clear alone what compliance found to be absolute."""
    check_choice(session, check_id, choice)
    votes = {each["decision"] for each in list_votes(conflicts.get_check(session, check_id))}
    if choice == CLEAR and is_absolute(session, check_id) and CLEAR not in votes:
        raise StateRefused(what=check_id, old=ABSOLUTE, new=CLEAR, reason="nobody clears an absolute conflict alone")


def is_absolute(session: Session, check_id: str) -> bool:
    """Whether compliance confirmed an absolute conflict, or could not rule one out."""
    return any(hit.final_class == ABSOLUTE for hit in conflict_hits.list_hits(session, check_id))


def list_votes(check: conflicts.ConflictCheck) -> list[dict[str, str]]:
    """The votes of the panel in a check's present round."""
    return [each for each in check.decisions if each.get("is_vote") and each["round"] == check.round]


def find_majority(votes: Sequence[dict[str, str]], members: int) -> str | None:
    """What more than half of a panel voted for; None as long as there is no such thing."""
    if not votes:
        return None
    choice, count = Counter(each["decision"] for each in votes).most_common(1)[0]
    return choice if count * 2 > members else None


def count_votes(session: Session, check_id: str, members: int) -> str:
    """What the panel came to, or ``ESCALATE``: a tie, or an absolute conflict on which not all are of one mind."""
    votes = list_votes(conflicts.get_check(session, check_id))
    majority = find_majority(votes, members)
    if majority is None:
        return ESCALATE
    said = {each["decision"] for each in votes}
    is_contested = ABSOLUTE in said and said != {ABSOLUTE}
    return ESCALATE if is_contested or (majority == CLEAR and is_absolute(session, check_id)) else majority
