"""Everything the page of one case file shows, read in one go and cut to what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE, Actor, queries
from web.outlines import read_outline
from workflows.records import (
    case_access,
    client_files,
    communications,
    contract_facts,
    contracts,
    document_access,
    documents,
    fee_facts,
    fees,
    invoices,
    link_handovers,
    matters,
    parties,
    people,
    receipts,
    updates,
    volume_contents,
    volumes,
)
from workflows.records.leads import Lead

SHOWN_STEPS = 30
SHOWN_UPDATES = 10
STEP_KINDS = frozenset({"user", "service", "decision"})
#: processes that a case's page never shows: complaints have a file and a page of their own (processes.md P13)
APART = frozenset({"complaint", "complaint_watch"})
#: processes whose steps tell what the client thinks of the case's lawyers, who do not see them (P17)
JUDGING = frozenset({"survey", "survey_yearly"})


@dataclass(frozen=True)
class Drawing:
    """One diagram of a running process: where its tokens are and what was done."""

    key: str
    name: str
    definition_id: str
    now: tuple[str, ...]
    done: tuple[str, ...]
    is_open: bool  # somebody has something to do here


def read(session: Session, lead: Lead, level: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """The outside of a case for everybody to whom it is open, the inside for those who see it whole."""
    matter = matters.find_matter_by_lead(session, lead.id)
    works_here = actor.id in case_access.list_people(session, lead)
    instances = [each for each in list_instances(session, lead, matter) if not (works_here and each.process_key in JUDGING)]
    found = {
        "lead": lead,
        "matter": matter,
        "level": level,
        "lawyer": person_name(session, matter.lawyer_id if matter else lead.lawyer_id),
        "team": _team(session, lead, matter),
        "parties": parties.list_parties(session, lead.id),
        "client_file": client_files.find_client_file(session, lead.client_id) if lead.client_id else None,
        "instances": instances,
        "drawings": [drawing for instance in instances if instance.state == "running" for drawing in _draw(session, instance)],
        "steps": _steps(session, instances),
        "tasks": [task for instance in instances for task in instance.tasks],
        "timers": _timers(session, instances),
        "incidents": [each for instance in instances for each in instance.incidents if each.state == "open"],
        "works_on": works_here or bool(actor.roles & {"partner", "director"}),
        "handovers": link_handovers.list_handovers(session, lead.id, actor, now),
        "now": now,
        "today": now.astimezone(FIRM_ZONE).date(),
    }
    inside = _inside(session, lead, matter, now) if level == case_access.FULL else {}
    return found | _documents(session, lead, level, actor) | inside


def list_instances(session: Session, lead: Lead, matter: matters.Matter | None) -> list[queries.InstanceView]:
    """The processes of a case, the first one first: the one that took the lead in, and those that its messages started."""
    ids = [lead.instance_id] if lead.instance_id else []
    contract = contracts.find_contract(session, lead.id)
    payments = [item.id for item in fees.list_fee_items(session, contract.id)] if contract else []
    for key in [lead.id, matter.id if matter else None, *payments]:
        if key:
            ids += [row.id for row in reversed(queries.list_instances(session, business_key=key))]
    found = [queries.get_instance(session, instance_id) for instance_id in dict.fromkeys(ids)]
    return [each for each in found if each.process_key not in APART]


def person_name(session: Session, person_id: str | None) -> str:
    """A person's name, empty for nobody."""
    person = people.find_person(session, person_id) if person_id else None
    return person.name if person else ""


def _team(session: Session, lead: Lead, matter: matters.Matter | None) -> list[tuple[str, str]]:
    if matter is not None:
        return [(person_name(session, person_id), part) for person_id, part in matters.list_members(session, matter.id).items()]
    return [(person_name(session, lead.lawyer_id), "lead")] if lead.lawyer_id else []


def _draw(session: Session, instance: queries.InstanceView) -> list[Drawing]:
    """The process itself, then those it has called that hold a token."""
    keys = [instance.process_key, *(key for key in instance.active if key != instance.process_key)]
    drawings = []
    for key in keys:
        definition_id = instance.definitions.get(key)
        if definition_id is None:
            continue
        done = dict.fromkeys(step.element_id for step in instance.history if step.process_key == key)
        name = read_outline(session, definition_id).label
        at = tuple(instance.active.get(key, ()))
        busy = any(task.process_key == key for task in instance.tasks)
        drawings.append(Drawing(key, name, definition_id, at, tuple(done), busy))
    return drawings


def _steps(session: Session, instances: list[queries.InstanceView]) -> list[queries.HistoryRow]:
    """The newest steps of all processes, named in the reader's language."""
    rows = [(step, instance) for instance in instances for step in instance.history if step.kind in STEP_KINDS]
    newest = sorted(rows, key=lambda row: (row[0].at, row[0].id), reverse=True)[:SHOWN_STEPS]
    found = []
    for step, instance in newest:
        definition_id = instance.definitions.get(step.process_key)
        element = read_outline(session, definition_id).elements.get(step.element_id) if definition_id else None
        found.append(replace(step, name=(element.label if element else "") or step.name))
    return found


def _timers(session: Session, instances: list[queries.InstanceView]) -> list[queries.TimerRow]:
    """The timers of all processes, next first, each named by what it waits for."""
    found = []
    for instance in instances:
        for timer in instance.timers:
            definition_id = instance.definitions.get(timer.process_key)
            name = read_outline(session, definition_id).waiting(timer.element_id, timer.name) if definition_id else timer.name
            found.append(replace(timer, name=name))
    return sorted(found, key=lambda timer: timer.due_at)


def _documents(session: Session, lead: Lead, level: str, actor: Actor) -> dict[str, Any]:
    """What somebody may read: by the volume's places once there is a volume."""
    readable = {
        document.id: document
        for document in documents.list_documents(session, lead.id)
        if document_access.may_read(session, document, actor)
    }
    volume = volumes.find_volume_by_lead(session, lead.id)
    if volume is None:
        return {"volume": None, "places": [], "missing": [], "loose": list(readable.values())}
    states = volume_contents.slot_view(session, volume.id)
    places = [(state, [document for document in state.documents if document.id in readable]) for state in states]
    placed = {document.id for _state, found in places for document in found}
    full = level == case_access.FULL
    return {
        "volume": volume,
        "places": [(state, found) for state, found in places if found],
        "missing": [state.slot for state, _found in places if full and state.is_missing],
        "loose": [document for document in readable.values() if document.id not in placed],
    }


def _inside(session: Session, lead: Lead, matter: matters.Matter | None, now: datetime) -> dict[str, Any]:
    contract = contracts.find_contract(session, lead.id)
    today = now.astimezone(FIRM_ZONE).date()
    log = communications.list_communications(session, lead.id)
    titles = {document_id: documents.find_document(session, document_id) for entry in log for document_id in entry.document_ids}
    return {
        "contract": contract,
        "terms": contract_facts.describe_terms(contract.terms, contract.fee_total, today) if contract else {},
        "fee_items": read_fees(session, contract.id) if contract else [],
        "fee_sums": fee_facts.facts(session, lead.id).get("fees") or {},
        "log": list(reversed(log)),
        "titles": {key: document.title for key, document in titles.items() if document},
        "updates": updates.list_updates(session, matter.id, limit=SHOWN_UPDATES) if matter else [],
    }


def read_fees(session: Session, contract_id: str) -> list[dict[str, Any]]:
    """The payments of a contract, each with its receipts and invoices."""
    return [
        {
            "item": item,
            "receipts": receipts.list_receipts(session, item.id),
            "invoices": [invoices.describe_invoice(each) for each in invoices.list_invoices(session, item.id)],
        }
        for item in fees.list_fee_items(session, contract_id)
    ]
