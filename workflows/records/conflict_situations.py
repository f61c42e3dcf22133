"""What a hit is to the firm: its side, its state, whether it is the same case; the inputs of decision table D1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import conflicts, interests, matters, people
from workflows.records.conflict_hits import Found
from workflows.records.conflict_index import CROWD, Hit
from workflows.records.conflict_names import normalise
from workflows.records.conflict_register import SUBJECTS
from workflows.records.conflict_words import read_words
from workflows.records.document_texts import Mention
from workflows.records.leads import ENDED, Lead, get_lead
from workflows.records.parties import Party, find_party
from workflows.records.rule_packs import get_rule

IMPORTED = "imported"
TELLING = 3  # a personal name of two characters is found in too many texts by chance
ADVERSE = frozenset({("client", "opposing"), ("opposing", "client")})


def mask(identifier: str) -> str:
    """An identifier with its middle hidden: enough to compare two, not enough to use one."""
    return identifier if len(identifier) < 8 else f"{identifier[:4]}{'*' * (len(identifier) - 8)}{identifier[-4:]}"


@dataclass
class Past:
    """One lead of the firm that the search touched, with what became of it."""

    lead: Lead
    matter: matters.Matter | None
    status: str
    team: list[str] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_reversed(self) -> bool:
        """Both of the new matter's sides stood on the opposite ones."""
        return self.pairs >= ADVERSE


@dataclass(frozen=True)
class Scene:
    """The new matter that is checked."""

    session: Session
    lead: Lead
    parties: dict[str, Party]
    team: frozenset[str]
    now: datetime


def describe(scene: Scene, hits: Sequence[Hit]) -> list[Found]:
    """Each hit with the two sides to compare and its situation."""
    pasts = _read_pasts(scene, hits)
    return [_describe_hit(scene, hit, pasts) for hit in hits]


def _read_pasts(scene: Scene, hits: Sequence[Hit]) -> dict[str, Past]:
    pasts: dict[str, Past] = {}
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for hit in hits:
        if hit.lead_id is None:
            continue
        if hit.lead_id not in pasts:
            pasts[hit.lead_id] = _read_past(scene, hit.lead_id)
        party = find_party(scene.session, hit.subject_id)
        if party:
            pairs[hit.lead_id].add((scene.parties[hit.query.key].role, party.role))
    for lead_id, past in pasts.items():
        past.pairs = pairs[lead_id]
    return pasts


def _read_past(scene: Scene, lead_id: str) -> Past:
    lead = get_lead(scene.session, lead_id)
    matter = matters.find_matter_by_lead(scene.session, lead_id)
    team = list(matters.list_members(scene.session, matter.id)) if matter else [lead.lawyer_id] if lead.lawyer_id else []
    return Past(lead, matter, _status(scene, lead, matter), team)


def _status(scene: Scene, lead: Lead, matter: matters.Matter | None) -> str:
    """``current`` or ``former`` for a matter; ``declined``, ``earlier`` or ``later`` for a lead that became none.

    A lead whose check has let it pass keeps its place, also before one that came first and was searched later.
    """
    if matter:
        return "current" if matter.state in matters.RUNNING else "former"
    if lead.state in ENDED:
        return "declined"
    theirs, ours = (_has_passed(scene.session, each) for each in (lead.id, scene.lead.id))
    return "earlier" if (theirs if theirs != ours else lead.id < scene.lead.id) else "later"


def _has_passed(session: Session, lead_id: str) -> bool:
    return any(check.state in conflicts.GOOD for check in conflicts.list_checks(session, lead_id))


def _describe_hit(scene: Scene, hit: Hit, pasts: dict[str, Past]) -> Found:
    party = scene.parties[hit.query.key]
    situation = {
        "candidate": party.role,
        "history": "",
        "status": "",
        "same_case": "no",
        "recent": "no",
        "field": scene.lead.matter_type,
        "adviser": "no",
        "same_lawyer": "no",
        "identity": _identity(party, hit),
    }
    if hit.subject_kind == interests.SUBJECT:
        subject = _describe_interest(scene, hit, situation)
    elif hit.subject_kind == CROWD:
        # Nobody's name is said here: a member may be of a walled case.
        situation["history"] = CROWD
        subject = {"name": f"≈ {hit.name} ({hit.crowd})", "kind": party.kind, "role": CROWD, "status": ""}
    elif hit.subject_kind == IMPORTED:
        subject = _describe_imported(scene, hit, situation)
    elif hit.lead_id is None:
        subject = _describe_person(scene, hit, situation)
    else:
        subject = _describe_party(scene, hit, pasts[hit.lead_id], situation)
    return Found(
        query=_side(party),
        subject=subject,
        subject_key=f"{hit.subject_kind}:{hit.subject_id}",
        reasons=[vars(reason) for reason in hit.reasons],
        score=hit.score,
        situation=situation,
    )


def _identity(party: Party, hit: Hit) -> str:
    """``differs`` for two identifiers, ``faint`` if many are as alike, ``weak`` for a way through a name alone, else ``open``."""
    if any(reason.code == "identifiers_differ" for reason in hit.reasons):
        return "differs"
    if hit.is_faint:
        return "faint"
    return "weak" if party.details.get("is_weak") else "open"


def _side(party: Party) -> dict[str, Any]:
    """What is compared of a party."""
    return {
        "name": party.name,
        "kind": party.kind,
        "role": party.role,
        "identifier": mask(party.identifier),
        "relation": party.relation,
        "other_names": "、".join(party.other_names),
        "birth_date": party.details.get("birth_date", ""),
        "phone": mask(party.phone),
        "address": party.details.get("address", ""),
        **({"path": party.details["path"]} if party.details.get("path") else {}),
    }


def _describe_interest(scene: Scene, hit: Hit, situation: dict[str, str]) -> dict[str, Any]:
    """A post or an investment of somebody of the firm, or a party of a matter at the firm before."""
    interest = interests.find_interest(scene.session, hit.subject_id)
    assert interest is not None, "the index names an interest that is gone"
    person = people.find_person(scene.session, interest.person_id)
    own = interest.person_id in scene.team
    situation["same_lawyer"] = "yes" if own else "no"
    if interest.kind == interests.FORMER_MATTER:
        situation |= {"history": interest.role, "status": "former", "recent": _within(scene, interest.until)}
    else:
        situation["history"] = "interest_own" if own else "interest_other"
    return {
        "name": interest.name,
        "kind": interest.party_kind,
        "role": situation["history"],
        "status": "former_firm" if interest.kind == interests.FORMER_MATTER else "declared",
        "identifier": mask(interest.identifier),
        "staff": person.name if person else "",
        "relation": interest.detail,
        "team_ids": [interest.person_id],
    }


def _describe_imported(scene: Scene, hit: Hit, situation: dict[str, str]) -> dict[str, Any]:
    """A name out of the firm's old files, with the side and the matter as they were imported."""
    role, matter = read_imported(scene.session, hit.subject_id)
    situation |= {"history": read_side(role), "status": "former"}
    known = {"role": situation["history"], "status": "imported", "matter_no": matter, "relation": role}
    return {"name": hit.name, "kind": "", **known}


def read_side(role: str) -> str:
    """The side that an imported word for a role means; one that says nothing is a third party, which a person looks at."""
    sides: dict[str, list[str]] = read_words()["imported_sides"]
    return next((side for side, said in sides.items() if any(each in role.casefold() for each in said)), "third")


def read_imported(session: Session, subject_id: str) -> tuple[str, str]:
    """The role and the matter of an imported name."""
    where = (SUBJECTS.c.subject_kind == IMPORTED) & (SUBJECTS.c.subject_id == subject_id)
    row = session.execute(select(SUBJECTS.c.role, SUBJECTS.c.matter).where(where)).first()
    return (row.role, row.matter) if row else ("", "")


def _within(scene: Scene, until: date | None) -> str:
    """Whether a former engagement ended less than a year ago; one without an end counts as recent."""
    today = scene.now.astimezone(FIRM_ZONE).date()
    limit = int(get_rule("conflicts", "recent_days", today).value)
    return "yes" if until is None or (today - until).days < limit else "no"


def _describe_person(scene: Scene, hit: Hit, situation: dict[str, str]) -> dict[str, Any]:
    """A person of the firm, or a declared relative of one."""
    person_id, _, position = hit.subject_id.partition(":")
    person = people.find_person(scene.session, person_id)
    own = person_id in scene.team
    situation["history"] = "staff" if not position else "relative_own" if own else "relative_other"
    situation["same_lawyer"] = "yes" if own else "no"
    subject: dict[str, Any] = {"name": hit.name, "kind": "person", "role": situation["history"], "status": "staff"}
    if person:
        relative = person.relatives[int(position)] if position else {}
        # Whoever the hit is about does not decide on it.
        subject |= {
            "staff": person.name,
            "title": person.title,
            "relation": relative.get("relation", ""),
            "team_ids": [person_id],
        }
        subject["identifier"] = mask(relative.get("identifier", ""))
    return subject


def _describe_party(scene: Scene, hit: Hit, past: Past, situation: dict[str, str]) -> dict[str, Any]:
    """A party of another lead or matter."""
    party = find_party(scene.session, hit.subject_id)
    assert party is not None, "the index names a party that is gone"
    same_cause = _same_cause(scene.lead, past.lead)
    certainly = past.is_reversed and same_cause is not False
    related = past.is_reversed or same_cause
    situation |= {
        "history": party.role,
        "status": past.status,
        "same_case": "case" if certainly else "matter" if related else "no",
        "recent": "yes" if _is_recent(scene, past) else "no",
        "adviser": "yes" if past.matter and past.matter.matter_type == "adviser" and past.status == "current" else "no",
        "same_lawyer": "yes" if scene.team & set(past.team) else "no",
    }
    return {**_side(party), **_past_facts(scene, past)}


def describe_mention(scene: Scene, party: Party, mention: Mention, count: int) -> Found:
    """A name found in the papers of another case, of which it is no party."""
    past = _read_past(scene, mention.lead_id)
    weak = party.kind == "person" and len(normalise(party.name)) < TELLING
    situation = {
        "candidate": party.role, "history": "document", "status": past.status, "same_case": "no", "recent": "no",
        "field": scene.lead.matter_type, "adviser": "no", "same_lawyer": "yes" if scene.team & set(past.team) else "no",
        "identity": "weak" if weak else "open",
    }  # fmt: skip
    subject = {"name": party.name, "kind": "", "role": "document", **_past_facts(scene, past)}
    return Found(
        query=_side(party),
        subject={**subject, "document_id": mention.document_id, "document_title": mention.title},
        subject_key=f"document:{mention.lead_id}",
        reasons=[{"code": "in_text", "ours": mention.title, "theirs": mention.excerpt, "figure": count}],
        score=60,
        situation=situation,
    )


def _past_facts(scene: Scene, past: Past) -> dict[str, Any]:
    """Where a hit was found: the matter or lead, its client, its time and its team."""
    names = [person.name for each in past.team if (person := people.find_person(scene.session, each))]
    return {
        "status": past.status,
        "lead_id": past.lead.id,
        "lead_no": past.lead.lead_no,
        "lead_state": past.lead.state,
        "matter_no": past.matter.matter_no if past.matter else "",
        "matter_state": past.matter.state if past.matter else "",
        "client_name": past.lead.client_name,
        "cause": past.lead.outline.get("cause") or "",
        "matter_type": past.lead.matter_type,
        "since": _day(past.lead.created_at),
        "until": _day(past.matter.closed_at) if past.matter and past.matter.closed_at else "",
        "team": names,
        "team_ids": past.team,
    }


def _same_cause(ours: Lead, theirs: Lead) -> bool | None:
    """Whether two matters are about the same cause; None when one does not say."""
    causes = [normalise(lead.outline.get("cause") or "") for lead in (ours, theirs)]
    return causes[0] == causes[1] if all(causes) else None


def _is_recent(scene: Scene, past: Past) -> bool:
    """Whether the engagement ended less than a year ago."""
    if past.matter is None or past.matter.closed_at is None:
        return False
    limit = int(get_rule("conflicts", "recent_days", scene.now.astimezone(FIRM_ZONE).date()).value)
    return (scene.now - past.matter.closed_at).days < limit


def _day(moment: datetime) -> str:
    return moment.astimezone(FIRM_ZONE).date().isoformat()
