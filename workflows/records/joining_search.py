"""The batch search of a joining (入职批量检索): every name a candidate declared against everybody the firm knows.

It is the firm's one conflict search (``conflict_index``, ``party_relations``), asked from the other side: there a case's
parties are compared with the firm's people, here a person to be with all cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import conflict_index, conflict_search, leads, matters, parties
from workflows.records.joinings import LISTS, Joining
from workflows.records.parties import Party

SELF, RELATIVE = "self", "relative"
KIND_NAMES = {
    SELF: "本人", RELATIVE: "近亲属", "post": "任职单位", "investment": "投资企业", "adviser": "顾问单位",
    "former_matter": "原所事项",
}  # fmt: skip
SIDES = {"client": "原客户", "opposing": "原对方", "third": "原事项第三人"}
ROLE_NAMES = {
    "client": "委托人", "opposing": "对方当事人", "third": "第三人", "payer": "付款人", "related_client": "委托人关联方",
    "related_opposing": "对方关联方",
}  # fmt: skip
RUNNING, CLOSED, OPEN_LEAD, ENDED = "running", "closed", "lead", "ended"
STATUS_NAMES = {RUNNING: "在办", CLOSED: "已结", OPEN_LEAD: "洽谈中", ENDED: "未接受委托"}


def search(session: Session, joining: Joining) -> list[dict[str, Any]]:
    """Every party of a case that a declared name may mean, likest first, with the situation that the decision table judges."""
    declared = {party.id: (party, about) for party, about in _list_declared(joining)}
    near, _left = conflict_search.list_affiliates(session, [party for party, _about in declared.values()])
    for party in near:
        declared[party.id] = (party, {"declared": "affiliate", "said": party.relation})
    queries = conflict_search.build_queries([party for party, _about in declared.values()])
    found: list[dict[str, Any]] = []
    for hit in conflict_index.search(session, queries):
        party, about = declared[hit.query.key]
        if about["declared"] == "affiliate" and hit.score < conflict_search.CERTAIN:
            continue  # a likeness two steps away says nothing
        known = _describe(session, hit)
        if known is not None:
            found.append({"id": str(len(found)), "name": party.name, "score": hit.score, **about, **known})
    return found


def _list_declared(joining: Joining) -> Iterator[tuple[Party, dict[str, str]]]:
    """Each declared name as a party to search for, with what it is to the candidate."""
    said = joining.declaration
    yield _party(0, joining.name, "person", str(said.get("identifier") or "")), {"declared": SELF, "said": KIND_NAMES[SELF]}
    number = 0
    for each in said.get("relatives") or []:
        number += 1
        about = {"declared": RELATIVE, "said": f"{KIND_NAMES[RELATIVE]}（{each.get('relation') or ''}）"}
        yield _party(number, each["name"], "person", str(each.get("identifier") or "")), about
    for path, kind in LISTS.items():
        for each in said.get(path) or []:
            number += 1
            side = str(each.get("role") or "")
            words = SIDES.get(side, KIND_NAMES[kind])
            detail = str(each.get("detail") or "")
            said_as = f"{words}（{detail}）" if detail else words
            about = {"declared": f"former_{side}" if kind == "former_matter" else kind, "said": said_as}
            party_kind, identifier = each.get("party_kind") or "organisation", str(each.get("identifier") or "")
            yield _party(number, each["name"], party_kind, identifier), about


def _party(number: int, name: str, kind: str, identifier: str) -> Party:
    return Party(parties.THIRD, kind, str(name).strip(), identifier, id=f"declared:{number}")


def _describe(session: Session, hit: conflict_index.Hit) -> dict[str, Any] | None:
    """What a hit is in which case; None for what is no party of a case."""
    party = parties.find_party(session, hit.subject_id) if hit.subject_kind == "party" else None
    if party is None:
        return None
    lead = leads.get_lead(session, party.lead_id)
    matter = matters.find_matter_by_lead(session, lead.id)
    if matter is not None:
        status = RUNNING if matter.state in matters.RUNNING else CLOSED
    else:
        status = ENDED if lead.state in leads.ENDED else OPEN_LEAD
    return {
        "lead_id": lead.id,
        "case_no": matter.matter_no if matter else lead.lead_no,
        "client_name": lead.client_name,
        "theirs": hit.name,
        "role": party.role,
        "role_name": ROLE_NAMES.get(party.role, party.role),
        "status": status,
        "status_name": STATUS_NAMES[status],
        "alike": "sure" if hit.score >= conflict_search.CERTAIN else "maybe",
        "is_faint": hit.is_faint,
    }
