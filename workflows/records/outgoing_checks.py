"""What strikes in a letter before anybody reads it: promises, authority, names, amounts, the addressee (P26)."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import (
    conflict_index,
    conflict_search,
    contracts,
    document_texts,
    documents,
    leads,
    matters,
    parties,
    promises,
)
from workflows.records.parties import Party
from workflows.records.powers import SPECIAL
from workflows.records.rule_packs import get_rule

PROMISE, AUTHORITY, NAME, AMOUNT, ADDRESSEE, UNREAD = "promise", "authority", "name", "amount", "addressee", "unread"
_AMOUNT = re.compile(r"(\d[\d,，]*(?:\.\d+)?)\s*(万)?元")
TEN_THOUSAND = 10000


def find_findings(
    session: Session, lead_id: str, document_id: str, *, addressee: str, addressee_kind: str, now: datetime
) -> list[dict[str, str]]:
    """What reviewers must look at: ``kind`` and ``words``; empty when nothing strikes."""
    document = documents.get_document(session, document_id)
    found = _judge_addressee(session, lead_id, addressee, addressee_kind)
    try:
        text = document_texts.extract(documents.read_content(session, document_id), document.media_type)
    except document_texts.UNREADABLE:
        text = ""
    if not text.strip():
        return [{"kind": UNREAD, "words": document.title}, *found]
    plain = re.sub(r"\s+", "", text)
    found += [{"kind": PROMISE, "words": each.words} for each in promises.find_promises(text)]
    found += _judge_authority(session, lead_id, plain, now)
    found += _judge_facts(session, lead_id, plain, text)
    return found


def _judge_authority(session: Session, lead_id: str, text: str, now: datetime) -> list[dict[str, str]]:
    """Dispositions in the text that the client has not given the firm special authority for."""
    contract = contracts.find_contract(session, lead_id)
    if contract is not None and contract.terms.get("authority") == SPECIAL:
        return []
    words = get_rule("outgoing", "special_words", now.astimezone(FIRM_ZONE).date()).value
    return [{"kind": AUTHORITY, "words": word} for word in words if word in text]


def _judge_facts(session: Session, lead_id: str, plain: str, text: str) -> list[dict[str, str]]:
    """The client's name and the amount in dispute, where the letter says something else than the case file."""
    lead = leads.get_lead(session, lead_id)
    found = []
    if lead.client_name and lead.client_name not in plain:
        found.append({"kind": NAME, "words": lead.client_name})
    known = _decimal(str((lead.outline or {}).get("amount") or ""))
    amounts = {_yuan(match) for match in _AMOUNT.finditer(text)} - {None}
    if known and amounts and known not in amounts:
        found.append(
            {"kind": AMOUNT, "words": "、".join(f"{amount:,f}" for amount in sorted(a for a in amounts if a is not None))}
        )
    return found


def _judge_addressee(session: Session, lead_id: str, name: str, kind: str) -> list[dict[str, str]]:
    """Whether the addressee is a client of the firm in another case (P02 over the addressee alone)."""
    party = Party(parties.THIRD, kind if kind in ("person", "organisation") else "organisation", name.strip(), "", id="addressee")
    found: dict[str, dict[str, str]] = {}
    for hit in conflict_index.search(session, conflict_search.build_queries([party])):
        other = parties.find_party(session, hit.subject_id) if hit.subject_kind == "party" else None
        if other is None or other.lead_id == lead_id or other.role != parties.CLIENT or hit.score < conflict_search.CERTAIN:
            continue
        matter = matters.find_matter_by_lead(session, other.lead_id)
        number = matter.matter_no if matter else leads.get_lead(session, other.lead_id).lead_no
        found[number] = {"kind": ADDRESSEE, "words": f"{hit.name}（{number}）"}
    return list(found.values())


def _yuan(match: re.Match[str]) -> Decimal | None:
    amount = _decimal(match[1].replace(",", "").replace("，", ""))
    return amount * TEN_THOUSAND if amount is not None and match[2] else amount


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def has_promise(findings: list[dict[str, Any]]) -> list[str]:
    """The forbidden promises among findings: a letter with one is not even reviewed."""
    return [each["words"] for each in findings if each["kind"] == PROMISE]
