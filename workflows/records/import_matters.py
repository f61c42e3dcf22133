"""Writing imported open matters: each a case file of its own, taken over with its old number and without our contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import new_id
from workflows.records import people
from workflows.records.clients import ClientRow, identifier_of
from workflows.records.import_checks import TYPE_OF, kind_of, read_amount, read_day
from workflows.records.import_refs import ImportRefRow
from workflows.records.import_tables import MATTERS
from workflows.records.import_writing import SOURCE, Cells, RowRefused, add_parties, find_client, party_values
from workflows.records.leads import Lead
from workflows.records.matters import ACTIVE, MatterMemberRow, MatterRow
from workflows.records.numbers import allocate_many
from workflows.records.parties import CLIENT, OPPOSING, SEPARATORS, split_names
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import open_volume


def write_matters(context: Context, import_id: str, rows: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Open a case file for each matter and let its processes begin; what cannot be placed comes back as row, code, column.

    A matter keeps its old number: guard G1 gives numbers of ours only after a conflict check, and the process that takes
    the matter over has that check made.
    """
    left: list[tuple[int, str, str]] = []
    found: list[tuple[Cells, ClientRow, people.Person]] = []
    lawyers = {word: person for person in people.list_people(context.session, "lawyer") for word in (person.login, person.name)}
    for place, cells in enumerate(rows):
        try:
            client = find_client(context.session, cells["client"])
        except RowRefused as refused:
            left.append((place, refused.code, "client"))
            continue
        if cells["lawyer"] not in lawyers:
            left.append((place, "lawyer_unknown", "lawyer"))
            continue
        found.append((cells, client, lawyers[cells["lawyer"]]))
    if found:
        _write(context, import_id, found)
    return left


def _write(context: Context, import_id: str, found: Sequence[tuple[Cells, ClientRow, people.Person]]) -> None:
    session, day = context.session, context.now.astimezone(FIRM_ZONE).date()
    template = get_rule("numbers", "lead_no", day).value
    numbers = allocate_many(context, "lead", day.year, len(found))
    leads, matters, members, refs, parties = [], [], [], [], []
    for (cells, client, lawyer), number in zip(found, numbers, strict=True):
        lead = _lead_values(context, cells, client, lawyer, template.format(year=day.year, number=number))
        matter = _matter_values(context, cells, lead)
        leads.append(lead)
        matters.append(matter)
        members.append({"matter_id": matter["id"], "person_id": lawyer.id, "part": "lead"})
        refs.append({"kind": MATTERS, "ref": cells["ref"], "id": lead["id"], "import_id": import_id})
        parties += _parties(cells, client, str(lead["id"]))
    session.execute(insert(Lead), leads)
    session.execute(insert(MatterRow), matters)
    session.execute(insert(MatterMemberRow), members)
    session.execute(insert(ImportRefRow), refs)
    add_parties(context, parties)
    for lead, matter in zip(leads, matters, strict=True):
        _begin(context, lead, matter)


def _lead_values(context: Context, cells: Cells, client: ClientRow, lawyer: people.Person, lead_no: str) -> dict[str, Any]:
    amount = read_amount(cells.get("amount", "") or "")
    outline = {"cause": cells.get("cause") or cells.get("title") or "", "summary": cells.get("summary") or ""}
    outline |= {"amount": str(amount)} if amount is not None else {}
    return {
        "id": new_id(), "lead_no": lead_no, "state": "CONVERTED", "reception": {"source": SOURCE, "old_number": cells["ref"]},
        "phone": str(client.facts.get("phone") or ""), "client": dict(client.facts), "outline": outline, "client_id": client.id,
        "client_name": client.name, "matter_type": _type_of(cells), "lawyer_id": lawyer.id, "created_at": context.now,
        "created_by": context.actor.id,
    }  # fmt: skip


def _type_of(cells: Cells) -> str:
    return TYPE_OF.get(cells.get("matter_type", "").casefold(), "civil")


def _matter_values(context: Context, cells: Cells, lead: dict[str, Any]) -> dict[str, Any]:
    opened = read_day(cells.get("opened_on", "") or "")
    at = context.now if opened is None else context.now.replace(year=opened.year, month=opened.month, day=opened.day)
    title = cells.get("title") or " · ".join(filter(None, (lead["client_name"], cells.get("cause"))))
    return {
        "id": new_id(), "lead_id": lead["id"], "client_id": lead["client_id"], "contract_id": "", "matter_no": cells["ref"],
        "matter_type": lead["matter_type"], "title": title[:300], "state": ACTIVE, "lawyer_id": lead["lawyer_id"],
        "security_level": "internal", "plan": {}, "opened_at": at, "activated_at": at,
    }  # fmt: skip


def _parties(cells: Cells, client: ClientRow, lead_id: str) -> list[dict[str, Any]]:
    others = split_names(client.facts.get("former_name"), client.facts.get("other_names"))
    found = [
        party_values(
            lead_id, client.name, role=CLIENT, kind=client.kind, identifier=identifier_of(dict(client.facts)), position=0,
            phone=str(client.facts.get("phone") or ""),
            other_names={name: of for name, of in others.items() if name != client.name},
        )
    ]  # fmt: skip
    names = dict.fromkeys(name.strip() for name in SEPARATORS.split(cells.get("opposing", "") or "") if name.strip())
    for position, name in enumerate(names, start=1):
        found.append(party_values(lead_id, name[:200], role=OPPOSING, kind=kind_of({"name": name}), position=position))
    return found


def _begin(context: Context, lead: dict[str, Any], matter: dict[str, Any]) -> None:
    """Open the volume and tell the processes of a running matter."""
    kind, title = str(matter["matter_type"]), str(matter["title"])
    volume_id = open_volume(
        context, matter_id=matter["id"], lead_id=lead["id"], matter_type=kind, client_name=lead["client_name"], title=title
    )
    row = context.session.get_one(MatterRow, matter["id"])
    row.volume_id = volume_id
    payload = {
        "matter_id": matter["id"], "lead_id": lead["id"], "lawyer_id": lead["lawyer_id"], "team_ids": [lead["lawyer_id"]],
        "matter_type": kind, "volume_id": volume_id, "title": title,
        "client_id": lead["client_id"], "client_name": lead["client_name"],
    }  # fmt: skip
    context.send_message("matter.taken_over", correlation=matter["id"], payload=payload)
    context.audit("matter.imported", f"matter:{matter['id']}", matter_no=matter["matter_no"])
