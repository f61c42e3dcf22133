"""Writing imported closed volumes: each with its old number, its case behind it, its parties in the conflict register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import new_id
from workflows.records import people
from workflows.records.clients import ClientRow, identifier_of
from workflows.records.firm import read_firm
from workflows.records.import_checks import TYPE_OF, kind_of, read_day, read_period
from workflows.records.import_refs import ImportRefRow
from workflows.records.import_tables import VOLUMES
from workflows.records.import_writing import SOURCE, Cells, RowRefused, add_parties, find_client, party_values, write_clients
from workflows.records.leads import Lead
from workflows.records.matters import ARCHIVED, MatterMemberRow, MatterRow
from workflows.records.numbers import allocate_many, raise_to
from workflows.records.parties import CLIENT, OPPOSING, SEPARATORS
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import INTERNAL, LONG, PERMANENT, STORED, VolumeRow

IMPORTED = "imported"  # in a volume's cover: it came from the firm's old register
COVER = ("cause", "court", "case_no", "result")
REGISTERED, NOT_SAID = "按旧案卷目录登记", "旧案卷目录未载明，按长期登记"
NOT_SHELVED = "旧档，未登记位置"


def write_volumes(context: Context, import_id: str, rows: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Put old closed volumes into the archive; what cannot be placed any more comes back as row, code and column."""
    left: list[tuple[int, str, str]] = []
    found: list[tuple[Cells, ClientRow]] = []
    numbers = {cells["file_no"] for cells in rows}
    taken = set(context.session.scalars(select(VolumeRow.file_no).where(VolumeRow.file_no.in_(numbers))))
    for place, cells in enumerate(rows):
        if cells["file_no"] in taken:
            left.append((place, "number_taken", "file_no"))
            continue
        try:
            found.append((cells, _read_client(context, import_id, cells["client"])))
        except RowRefused as refused:
            left.append((place, refused.code, "client"))
    if found:
        _write(context, import_id, found)
    return left


def _read_client(context: Context, import_id: str, text: str) -> ClientRow:
    """The client of a volume; one the firm does not know is registered under the name."""
    try:
        return find_client(context.session, text)
    except RowRefused as refused:
        if refused.code != "client_unknown":
            raise
        write_clients(context, import_id, [{"name": text[:200]}])
        context.session.flush()
        return find_client(context.session, text[:200])


def _write(context: Context, import_id: str, found: Sequence[tuple[Cells, ClientRow]]) -> None:
    session, day = context.session, context.now.astimezone(FIRM_ZONE).date()
    template = get_rule("numbers", "lead_no", day).value
    numbers = allocate_many(context, "lead", day.year, len(found))
    lawyers = {word: person for person in people.list_people(session, "lawyer") for word in (person.login, person.name)}
    leads, matters, members, refs, parties, volumes = [], [], [], [], [], []
    for (cells, client), number in zip(found, numbers, strict=True):
        lawyer = lawyers.get(cells.get("lawyer", ""))
        volume = _volume(cells, client, lawyer, context.now)
        lead = _lead_values(context, cells, client, lawyer, template.format(year=day.year, number=number))
        matter = _matter_values(cells, client, lawyer, volume)
        lead["id"] = matter["lead_id"] = volume.lead_id
        leads.append(lead)
        matters.append(matter)
        volumes.append(volume)
        if lawyer:
            members.append({"matter_id": matter["id"], "person_id": lawyer.id, "part": "lead"})
        refs.append({"kind": VOLUMES, "ref": cells["file_no"], "id": volume.id, "import_id": import_id})
        parties += _parties(cells, client, volume.lead_id)
    session.execute(insert(Lead), leads)
    session.execute(insert(MatterRow), matters)
    if members:
        session.execute(insert(MatterMemberRow), members)
    session.execute(insert(ImportRefRow), refs)
    session.add_all(volumes)
    session.flush()
    add_parties(context, parties)
    for volume in volumes:
        _continue_series(context, str(volume.file_no))
        context.audit("volume.imported", f"volume:{volume.id}", file_no=volume.file_no)


def _volume(cells: Cells, client: ClientRow, lawyer: people.Person | None, now: datetime) -> VolumeRow:
    closed_on = read_day(cells["closed_on"]) or now.date()
    opened_on, filed_on = (read_day(cells.get(column, "")) or closed_on for column in ("opened_on", "filed_on"))
    code, years = _read_period(cells.get("period", ""), now.astimezone(FIRM_ZONE).date())
    named = " ".join(filter(None, (client.name, cells.get("opposing") and f"与{cells['opposing']}", cells.get("cause"))))
    cover: dict[str, Any] = {key: cells[key] for key in COVER if cells.get(key)}
    cover |= {"opponents": cells["opposing"]} if cells.get("opposing") else {}
    cover |= {"lawyer": cells["lawyer"]} if cells.get("lawyer") and lawyer is None else {}
    scans = [name for name in SEPARATORS.split(cells.get("scans", "") or "") if name.strip()]
    place = cells.get("place", "")
    return VolumeRow(
        id=new_id(), matter_id=new_id(), lead_id=new_id(), series=1, matter_type=_type_of(cells), client_name=client.name,
        title=(cells.get("title") or named)[:300], state=STORED, opened_at=_moment(opened_on), closed_on=closed_on,
        close_reason="", reminders=0, returns=0, remarks=cells.get("remarks", ""),
        cover={**cover, "source": IMPORTED, **({"scans": [name.strip() for name in scans]} if scans else {})},
        accepted_at=_moment(filed_on), accepted_by="", accepted_by_name="", file_no=cells["file_no"], retention_code=code,
        retention_years=years or None, retention_reason=REGISTERED if cells.get("period") else NOT_SAID,
        expires_on=None if code == PERMANENT else date(closed_on.year + years, 12, 31), pieces=int(cells.get("pieces") or 0),
        pages=int(cells.get("pages") or 0), location=place or NOT_SHELVED, stored_at=_moment(filed_on),
        level=cells.get("level") or INTERNAL,
    )  # fmt: skip


def _read_period(text: str, on: date) -> tuple[str, int]:
    """Code and years; what the old register does not say is kept long, for nothing is lost by that."""
    code, years = read_period(text, on) or (LONG, 0)
    if code == PERMANENT or years:
        return code, years
    return code, int(get_rule("old_volumes", "long_years" if code == LONG else "short_years", on).value)


def _type_of(cells: Cells) -> str:
    return TYPE_OF.get(cells.get("matter_type", "").casefold(), "civil")


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(12), FIRM_ZONE)


def _lead_values(context: Context, cells: Cells, client: ClientRow, lawyer: people.Person | None, lead_no: str) -> dict[str, Any]:
    return {
        "id": "", "lead_no": lead_no, "state": "CONVERTED", "reception": {"source": SOURCE, "old_number": cells["file_no"]},
        "phone": str(client.facts.get("phone") or ""), "client": dict(client.facts),
        "outline": {"cause": cells.get("cause", ""), "summary": ""}, "client_id": client.id, "client_name": client.name,
        "matter_type": _type_of(cells), "lawyer_id": lawyer.id if lawyer else None, "created_at": context.now,
        "created_by": context.actor.id,
    }  # fmt: skip


def _matter_values(cells: Cells, client: ClientRow, lawyer: people.Person | None, volume: VolumeRow) -> dict[str, Any]:
    return {
        "id": volume.matter_id, "lead_id": "", "client_id": client.id, "contract_id": "",
        # an old case number may have been given twice; the volume's own number was not
        "matter_no": cells["file_no"] if not cells.get("matter_no") else f"{cells['matter_no']}·{cells['file_no']}"[:60],
        "matter_type": volume.matter_type, "title": volume.title, "state": ARCHIVED, "lawyer_id": lawyer.id if lawyer else "",
        "security_level": "internal", "plan": {}, "volume_id": volume.id, "opened_at": volume.opened_at,
        "activated_at": volume.opened_at, "closed_at": _moment(volume.closed_on) if volume.closed_on else None,
    }  # fmt: skip


def _parties(cells: Cells, client: ClientRow, lead_id: str) -> list[dict[str, Any]]:
    identifier = identifier_of(dict(client.facts))
    found = [party_values(lead_id, client.name, role=CLIENT, kind=client.kind, identifier=identifier, position=0)]
    names = dict.fromkeys(name.strip() for name in SEPARATORS.split(cells.get("opposing", "") or "") if name.strip())
    for position, name in enumerate(names, start=1):
        found.append(party_values(lead_id, name[:200], role=OPPOSING, kind=kind_of({"name": name}), position=position))
    return found


def _continue_series(context: Context, file_no: str) -> None:
    """Let our own numbers go on after an imported one that is of our own form."""
    form = re.escape(f"{read_firm()['fonds']}-YW·") + r"(\S+)-(\d{4})-([YCD])-(\d{4,})"
    found = re.fullmatch(form, file_no)
    if found:
        group, year, code, number = found.groups()
        raise_to(context, f"file_no:{read_firm()['fonds']}-YW·{group}-{code}", int(year), int(number))
