"""The appraisal group's meetings (鉴定会议): who is there, what becomes of each volume, who signs; then it takes effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import JuanzongError, NotAllowed, StateRefused
from workflows.records import appraisals, people, retention_periods, volumes
from workflows.records.appraisals import Item
from workflows.records.rule_packs import get_rule

MEETING = "meeting"
_STATES = {
    appraisals.DESTROY: appraisals.TO_DESTROY,
    appraisals.KEEP: appraisals.KEPT,
    appraisals.PERMANENT: appraisals.FOREVER,
    "transfer": appraisals.TRANSFER,
}


class QuorumMissing(JuanzongError):
    """The group needs an odd number of at least {least} people: a director as chair, an archivist, a lawyer or partner."""


class MustKeep(JuanzongError):
    """Volume {file_no} may not be destroyed: compliance objects, and a single objection of compliance keeps it."""


def hold(
    context: Context,
    appraisal_id: str,
    *,
    members: Sequence[str],
    decisions: Sequence[Mapping[str, Any]],
    minutes: Sequence[str],
    dissent: str,
) -> None:
    """Keep a meeting and its decision on each volume; nothing takes effect before all have signed.

    Raises ``QuorumMissing``, ``MustKeep`` and ``StateRefused``.
    """
    check_quorum(context, members)
    for given in decisions:
        row = appraisals.get_item_row(context.session, str(given["item_id"]))
        item, decided = appraisals.item_of(row), str(given["decision"])
        if row.appraisal_id != appraisal_id or row.state not in (appraisals.LISTED, appraisals.TO_DESTROY):
            raise StateRefused(what=row.file_no, old=row.state, new=decided, reason="the volume is not on this list any more")
        if decided == appraisals.DESTROY and item.compliance_objects:
            raise MustKeep(file_no=row.file_no)
        if decided == appraisals.KEEP and not int(given.get("years") or 0):
            raise StateRefused(what=row.file_no, old=row.state, new=decided, reason="say for how many years")
        row.decision = {
            "decision": decided,
            "years": int(given.get("years") or 0),
            "reason": given.get("reason") or "",
            "dissent": given.get("dissent") or "",
        }
    names = {each: people.find_name(context.session, each) or "" for each in members}
    held = {"members": names, "minutes": list(minutes), "dissent": dissent, "signatures": {}}
    appraisals.keep_step(context, appraisal_id, MEETING, held)
    context.audit("appraisal.met", f"appraisal:{appraisal_id}", members=list(members), volumes=len(decisions))


def check_quorum(context: Context, members: Sequence[str]) -> None:
    """Raise ``QuorumMissing`` unless the group may decide: odd, at least three, its chair a director and the one who writes."""
    least = int(get_rule("appraisal", "least_members", context.now.astimezone(FIRM_ZONE).date()).value)
    found = [people.find_person(context.session, each) for each in dict.fromkeys(members)]
    roles = [frozenset(person.roles) for person in found if person is not None and person.is_active]
    chair = context.actor.id in members and "director" in context.actor.roles
    enough = len(roles) == len(members) >= least and len(members) % 2 == 1
    others = any("archivist" in each for each in roles) and any(each & {"lawyer", "partner"} for each in roles)
    if not (chair and enough and others):
        raise QuorumMissing(least=least)


def sign(context: Context, appraisal_id: str, *, signature: str, dissent: str) -> None:
    """A member signs the minutes, with what they thought otherwise. Raises ``NotAllowed`` for who was not there."""
    row = appraisals.get_row(context.session, appraisal_id)
    meeting = dict(row.steps.get(MEETING) or {})
    if context.actor.id not in meeting.get("members", {}):
        raise NotAllowed(reason="only who was at the meeting signs its minutes")
    signed = {"name": context.actor.name, "signature": signature, "dissent": dissent, "at": context.now.isoformat()}
    meeting["signatures"] = {**meeting["signatures"], context.actor.id: signed}
    row.steps = {**row.steps, MEETING: meeting}
    context.session.flush()
    context.audit("appraisal.signed", f"appraisal:{appraisal_id}", dissents=bool(dissent.strip()))


def take_effect(context: Context, appraisal_id: str) -> list[Item]:
    """Carry out what the group decided; returns the volumes that are to be destroyed. Raises ``StateRefused`` unsigned."""
    row = appraisals.get_row(context.session, appraisal_id)
    meeting = row.steps.get(MEETING) or {}
    if not meeting or set(meeting["members"]) - set(meeting["signatures"]):
        raise StateRefused(what=row.list_no, old=row.state, new=appraisals.DECIDED, reason="not everybody has signed")
    appraisals.drop_blocked(context, appraisal_id=appraisal_id)
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.LISTED, appraisals.TO_DESTROY):
        if item.decision:
            _carry_out(context, row.list_no, item)
    row.state = appraisals.DECIDED
    history = [*row.steps.get("meetings", []), meeting]
    row.steps = {**row.steps, "meetings": history}
    context.session.flush()
    context.audit("appraisal.decided", f"appraisal:{appraisal_id}", list_no=row.list_no)
    return appraisals.list_items(context.session, appraisal_id, appraisals.TO_DESTROY)


def keep_all(context: Context, appraisal_id: str, *, years: int, reason: str) -> None:
    """Keep every volume that was to be destroyed: the director or the authority is against it."""
    row = appraisals.get_row(context.session, appraisal_id)
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.TO_DESTROY):
        appraisals.get_item_row(context.session, item.id).decision = {
            "decision": appraisals.KEEP,
            "years": years,
            "reason": reason,
            "dissent": "",
        }
        _carry_out(context, row.list_no, appraisals.item_of(appraisals.get_item_row(context.session, item.id)))
    context.audit("appraisal.kept_all", f"appraisal:{appraisal_id}", reason=reason)


def _carry_out(context: Context, list_no: str, item: Item) -> None:
    """Bring one volume to where the group decided; an objection is answered by the decision."""
    row, decided = appraisals.get_item_row(context.session, item.id), item.decision["decision"]
    at = context.now.isoformat()
    row.objections = [each if each.get("settled_at") else {**each, "settled_at": at} for each in row.objections]
    state = volumes.get_volume(context.session, item.volume_id).state
    row.state = _STATES[decided]
    if decided == appraisals.DESTROY:
        if state != volumes.TO_DESTROY:
            volumes.move(context, item.volume_id, volumes.TO_DESTROY, list_no=list_no)
        return
    volumes.move(context, item.volume_id, volumes.STORED, list_no=list_no)
    if decided == "transfer":
        payload = {
            "volume_id": item.volume_id,
            "lead_id": item.lead_id,
            "file_no": item.file_no,
            "reason": item.decision["reason"],
        }
        context.send_message("volume.transfer_requested", correlation=item.volume_id, payload=payload)
        return
    years = item.decision["years"] if decided == appraisals.KEEP else None
    retention_periods.renew(context, item.volume_id, years=years, reason=item.decision["reason"], list_no=list_no)


def facts_of(session: Session, appraisal_id: str) -> dict[str, Any]:
    """What the report and the lists say about an appraisal."""
    found = appraisals.get_appraisal(session, appraisal_id)
    items = appraisals.list_items(session, appraisal_id)
    meeting = found.steps.get(MEETING) or {}
    return {
        "appraisal": {
            "list_no": found.list_no,
            "kind": "年度鉴定" if found.kind == appraisals.YEARLY else "专项鉴定",
            "reason": found.reason,
            "opened_at": found.opened_at.isoformat(),
            "opened_by": found.opened_by_name,
            "members": [
                {"name": name, "dissent": (meeting.get("signatures", {}).get(each) or {}).get("dissent", "")}
                for each, name in meeting.get("members", {}).items()
            ],
            "chair": meeting.get("by", ""),
            "met_at": meeting.get("at", ""),
            "dissent": meeting.get("dissent", ""),
            "items": [_say(number, item) for number, item in enumerate(items, 1)],
            "destroy": [
                _say(number, item)
                for number, item in enumerate(
                    [each for each in items if each.state in (appraisals.TO_DESTROY, appraisals.GONE)], 1
                )
            ],
            "blocked": [{**each, "words": "；".join(reason["words"] for reason in each["reasons"])} for each in found.blocked],
        }
    }


def _say(number: int, item: Item) -> dict[str, Any]:
    """One line of the report."""
    decided = item.decision.get("decision", "")
    years = f"{item.decision['years']}年" if decided == appraisals.KEEP else ""
    said = "；".join(item.dropped) if item.dropped else f"{appraisals.DECISIONS.get(decided, '')}{years}"
    opinions = "；".join(str(each.get("reason")) for each in item.opinions.values() if each.get("reason"))
    return {
        **item.described,
        "no": number,
        "file_no": item.file_no,
        "title": item.title,
        "condition": item.first_look.get("condition", ""),
        "outcome": ("移出清单：" if item.dropped else "") + said,
        "why": item.decision.get("reason", ""),
        "opinions": opinions or "无不同意见",
    }
