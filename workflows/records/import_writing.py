"""Writing the good rows of an import: clients, open matters, parties, relations, a portion in a few statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import new_id
from engine.errors import JuanzongError
from workflows.records import conflict_changes, conflict_register
from workflows.records.client_files import ClientFileRow
from workflows.records.clients import ClientRow, find_by_identifier, hash_identifier, list_clients_by_name
from workflows.records.conflict_register import Subject
from workflows.records.conflict_secret import get_secret
from workflows.records.conflict_situations import read_side
from workflows.records.identifiers import check_credit_code, check_id_number, clean, read_person
from workflows.records.import_checks import kind_of
from workflows.records.import_refs import ImportRefRow, find_ref
from workflows.records.import_tables import CLIENTS, MATTERS, PARTIES, RELATIONS, VOLUMES
from workflows.records.matters import MatterRow
from workflows.records.numbers import allocate_many
from workflows.records.parties import CLIENT, PartyRow, split_names
from workflows.records.party_relations import Node, PartyRelationRow
from workflows.records.rule_packs import get_rule

Cells = Mapping[str, str]
SOURCE = "imported"  # of a lead, and of the parties it names
PORTIONS = {CLIENTS: 2000, MATTERS: 200, PARTIES: 2000, RELATIONS: 5000, VOLUMES: 200}


class RowRefused(JuanzongError):
    """The row cannot be written any more: {code} ({column})."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(code=code, column=column)
        self.code, self.column = code, column


def write_clients(context: Context, import_id: str, rows: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Register clients with a file and a number each; of one that the firm has, only what is missing is filled in."""
    session, year, secret = context.session, context.now.astimezone(FIRM_ZONE).year, get_secret(context.session)
    facts = [client_facts(cells) for cells in rows]
    hashes = [
        hash_identifier(secret, str(each.get("id_number") or each.get("uscc") or each.get("document_number") or ""))
        for each in facts
    ]
    query = select(ClientRow).where(ClientRow.id_hash.in_({each for each in hashes if each}))
    known = {row.id_hash: row for row in session.scalars(query)}
    for found, id_hash in zip(facts, hashes, strict=True):
        if id_hash in known:
            known[id_hash].facts = {**found, **known[id_hash].facts}
    fresh = [place for place, id_hash in enumerate(hashes) if id_hash not in known]
    ids = {place: new_id() for place in fresh}
    if fresh:
        values = [_client_values(ids[place], facts[place], hashes[place], context) for place in fresh]
        session.execute(insert(ClientRow), values)
        template = get_rule("numbers", "client_no", context.now.astimezone(FIRM_ZONE).date()).value
        numbers = allocate_many(context, "client", year, len(fresh))
        files = [
            {"client_id": ids[place], "client_no": template.format(year=year, number=number), "tier": "B",
             "preferences": {}, "opened_at": context.now, "opened_by": context.actor.id}
            for place, number in zip(fresh, numbers, strict=True)
        ]  # fmt: skip
        session.execute(insert(ClientFileRow), files)
    ids |= {place: known[hashes[place]].id for place in range(len(rows)) if place not in ids}
    _add_refs(session, CLIENTS, {cells["ref"]: ids[place] for place, cells in enumerate(rows) if cells.get("ref")}, import_id)
    conflict_register.stage(session, [_client_subject(each) for each in facts])
    return []


def client_facts(cells: Cells) -> dict[str, Any]:
    """A row as the facts of a client, under the keys of the intake form."""
    kind, identifier = kind_of(dict(cells)), clean(cells.get("id_no", ""))
    facts: dict[str, Any] = {"kind": kind, "name": cells["name"]}
    if check_id_number(identifier) is None:
        facts |= {"id_number": identifier, **read_person(identifier)}
    elif check_credit_code(identifier) is None:
        facts["uscc"] = identifier
    elif identifier:
        facts["document_number"] = identifier
    names = {"former_names": "former_name", "other_names": "other_names", "legal_representative": "legal_representative"}
    plain = {"phone": "phone", "email": "email", "address": "address", "contact_person": "contact_name"}
    return facts | {key: cells[column] for column, key in (names | plain).items() if cells.get(column)}


def _client_values(client_id: str, facts: dict[str, Any], id_hash: str, context: Context) -> dict[str, Any]:
    moments = {"created_at": context.now, "changed_at": context.now}
    return {
        "id": client_id, "kind": facts["kind"], "name": facts["name"], "id_hash": id_hash, "facts": facts,
        "is_blocked": False, **moments,
    }  # fmt: skip


def _client_subject(facts: Mapping[str, Any]) -> Subject:
    """A client of old in the conflict register, as a former client until a matter says more."""
    others = split_names(facts.get("former_name"), facts.get("other_names"))
    identifier = facts.get("id_number") or facts.get("uscc") or facts.get("document_number") or ""
    names = {facts["name"]: "name"} | {name: kind for name, kind in others.items() if name != facts["name"]}
    return Subject("imported", "", facts["kind"], names, identifier=identifier, phone=facts.get("phone", ""), role="客户")


def find_client(session: Session, text: str) -> ClientRow:
    """The one client of an old number, a number of ours, an identifier or a name. Raises ``RowRefused``."""
    number = session.scalar(select(ClientFileRow.client_id).where(ClientFileRow.client_no == text))
    found = session.get(ClientRow, find_ref(session, CLIENTS, text) or number or "") or find_by_identifier(session, text)
    called = [found] if found else list_clients_by_name(session, text)
    if len(called) != 1:
        raise RowRefused(code="client_ambiguous" if called else "client_unknown", column="client")
    return called[0]


def write_parties(context: Context, import_id: str, rows: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Add parties to the cases they belong to; what cannot be placed any more comes back as row, code and column."""
    session = context.session
    leads = {number: _find_lead(session, number) for number in {cells["matter"] for cells in rows}}
    left = [(place, "matter_unknown", "matter") for place, cells in enumerate(rows) if leads[cells["matter"]] is None]
    placed = [(cells, str(leads[cells["matter"]])) for cells in rows if leads[cells["matter"]]]
    add_parties(context, [_party_values(cells, lead_id, place) for place, (cells, lead_id) in enumerate(placed)])
    for lead_id in sorted({lead_id for _cells, lead_id in placed}):
        payload = {"lead_id": lead_id, "trigger": "parties"}
        context.send_message("conflict.names_changed", correlation=lead_id, payload=payload)
    return left


def add_parties(context: Context, values: Sequence[dict[str, Any]]) -> None:
    """Write parties and stage them for the conflict register."""
    if not values:
        return
    context.session.execute(insert(PartyRow), list(values))
    subjects = [
        Subject(
            "party",
            row["id"],
            row["kind"],
            {row["name"]: "name"} | row["other_names"],
            row["lead_id"],
            row["identifier"],
            row["phone"],
        )
        for row in values
    ]
    conflict_register.stage(context.session, subjects)


def _find_lead(session: Session, number: str) -> str | None:
    query = select(MatterRow.lead_id).where(MatterRow.matter_no == number)
    return find_ref(session, MATTERS, number) or session.scalar(query)


def _party_values(cells: Cells, lead_id: str, place: int) -> dict[str, Any]:
    others = split_names(cells.get("former_names"), cells.get("other_names"))
    return party_values(
        lead_id, cells["name"], role=read_side(cells["role"]), kind=kind_of(dict(cells)),
        identifier=clean(cells.get("id_no", "")), relation=cells["role"], phone=cells.get("phone", ""), position=1000 + place,
        other_names={name: kind for name, kind in others.items() if name != cells["name"]},
    )  # fmt: skip


def party_values(lead_id: str, name: str, *, role: str, kind: str, position: int, **more: Any) -> dict[str, Any]:
    """A party as a row; a client's or an opponent's own relation stays empty."""
    relation = more.get("relation", "") if role not in (CLIENT,) else ""
    return {
        "id": new_id(), "lead_id": lead_id, "source": SOURCE, "position": position, "role": role, "kind": kind, "name": name,
        "identifier": more.get("identifier", ""), "phone": more.get("phone", ""), "relation": relation[:60],
        "other_names": more.get("other_names", {}), "details": {},
    }  # fmt: skip


def write_relations(context: Context, import_id: str, rows: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Add relations to the graph that a conflict search follows two steps."""
    session, values = context.session, []
    for cells in rows:
        near, far = _node(cells, "near"), _node(cells, "far")
        relation = cells["relation"] + (f" {cells['percent'].removesuffix('%')}%" if cells.get("percent") else "")
        values.append(
            {"id": new_id(), "lead_id": import_id, "relation": relation[:60],
             "near_key": near.key, "near_id": near.id, "near_name": near.name, "near_kind": near.kind,
             "near_identifier": near.identifier, "far_identifier": far.identifier,
             "far_key": far.key, "far_id": far.id, "far_name": far.name, "far_kind": far.kind}
        )  # fmt: skip
    session.execute(insert(PartyRelationRow), values)
    return []


def _node(cells: Cells, end: str) -> Node:
    identifier = clean(cells.get(f"{end}_id", ""))
    return Node(cells[end], kind_of({"name": cells[end], "id_no": identifier}), identifier)


def _add_refs(session: Session, kind: str, ids: Mapping[str, str], import_id: str) -> None:
    """Remember old numbers; one that is known already keeps its meaning."""
    known = set(session.scalars(select(ImportRefRow.ref).where(ImportRefRow.kind == kind, ImportRefRow.ref.in_(ids))))
    values = [{"kind": kind, "ref": ref, "id": to, "import_id": import_id} for ref, to in ids.items() if ref not in known]
    if values:
        session.execute(insert(ImportRefRow), values)


def end_import(context: Context, part: int, parts: int) -> None:
    """Sort one part of the new names into the index; with the last one every open matter is compared again tonight."""
    conflict_register.merge(context.session, part, parts)
    if part == parts - 1:
        conflict_changes.note(context, conflict_changes.EVERYTHING, "", "")


Writer = Callable[[Context, str, Sequence[Cells]], list[tuple[int, str, str]]]
