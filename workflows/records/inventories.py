"""The yearly inventory (盘点, P22a): what should stand in which box, what two people found, and what differs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import SYSTEM, Context
from engine.errors import FourEyes
from workflows.records import archive_works, places
from workflows.records.archive_works import ArchiveWork
from workflows.records.places import VolumePlaceRow
from workflows.records.volumes import APPRAISING, ON_LOAN, STORED, TO_DESTROY, VolumeRow

HERE = (STORED, APPRAISING, TO_DESTROY)
MISSING, MISPLACED, UNEXPECTED, UNKNOWN, DISAGREED = "missing", "misplaced", "unexpected", "unknown", "disagreed"
KINDS = {
    MISSING: "应在而未扫到",
    MISPLACED: "不在登记的盒内",
    UNEXPECTED: "登记为不在库而扫到",
    UNKNOWN: "编号无法识别",
    DISAGREED: "两人扫描结果不一致",
}


def begin(context: Context) -> ArchiveWork:
    """List by rack and box which volumes should stand there today."""
    year = context.now.astimezone(FIRM_ZONE).year
    return archive_works.begin(context, archive_works.INVENTORY, str(year), {"expected": list_expected(context.session)})


def list_expected(session: Session) -> list[dict[str, str]]:
    """Every volume that should be in the store room, in the order of the shelves."""
    query = select(VolumeRow, VolumePlaceRow.place_id).join(VolumePlaceRow, VolumePlaceRow.volume_id == VolumeRow.id)
    rows = [
        {"id": row.id, "file_no": row.file_no or "", "place_id": place_id, "place": row.location}
        for row, place_id in session.execute(query.where(VolumeRow.state.in_(HERE)))
    ]
    return sorted(rows, key=lambda row: (row["place"], row["file_no"]))


def scan(context: Context, work_id: str, codes: str, *, again: bool = False) -> ArchiveWork:
    """Keep what one person scanned: a box, then what stands in it. The second is somebody else (FourEyes)."""
    work = archive_works.get(context.session, work_id)
    first = work.data.get("first", {})
    if again and first.get("by_id") == context.actor.id:
        raise FourEyes(who=context.actor.name, task="第一人扫码")
    found, unknown = read_scans(context.session, codes)
    entry = {**archive_works.stamp(context), "found": found, "unknown": unknown}
    return archive_works.record(context, work_id, **{"second" if again else "first": entry})


def read_scans(session: Session, codes: str) -> tuple[dict[str, str], list[str]]:
    """Volume id → the box that was scanned before it; and the lines that mean nothing here."""
    box, found, unknown = "", {}, []
    for line in filter(None, (each.strip() for each in codes.splitlines())):
        bare = line.rstrip("/").rpartition("/")[2]
        volume = session.scalar(select(VolumeRow.id).where((VolumeRow.id == bare) | (VolumeRow.file_no == line)))
        if volume is not None:
            found[volume] = box
            continue
        place = places.read_code(session, line, SYSTEM)
        if isinstance(place, places.Place):
            box = place.id
        else:
            unknown.append(line[:80])
    return found, unknown


def compare(context: Context, work_id: str) -> ArchiveWork:
    """Say what differs between the list and the two scans."""
    work = archive_works.get(context.session, work_id)
    first, second = work.data.get("first", {}).get("found", {}), work.data.get("second", {}).get("found", {})
    expected = {row["id"]: row for row in work.data.get("expected", [])}
    differences: list[dict[str, str]] = []
    for volume_id, row in expected.items():
        seen = [each[volume_id] for each in (first, second) if volume_id in each]
        if not seen:
            differences.append(_difference(MISSING, row))
        elif len(seen) == 1:
            differences.append(_difference(DISAGREED, row))
        elif any(box and box != row["place_id"] for box in seen):
            differences.append(_difference(MISPLACED, row))
    for volume_id in sorted((set(first) | set(second)) - set(expected)):
        volume = context.session.get_one(VolumeRow, volume_id)
        kind = UNEXPECTED if volume.state == ON_LOAN or volume.state not in HERE else MISPLACED
        differences.append(_difference(kind, {"file_no": volume.file_no or volume.title, "place": volume.location}))
    for line in dict.fromkeys(work.data.get("first", {}).get("unknown", []) + work.data.get("second", {}).get("unknown", [])):
        differences.append(_difference(UNKNOWN, {"file_no": line, "place": ""}))
    return archive_works.record(context, work_id, differences=differences)


def _difference(kind: str, row: dict[str, str]) -> dict[str, str]:
    return {"kind": kind, "kind_name": KINDS[kind], "file_no": row["file_no"], "place": row["place"]}


def summarise(work: ArchiveWork) -> dict[str, Any]:
    """The report's figures."""
    data = work.data
    found = set(data.get("first", {}).get("found", {})) & set(data.get("second", {}).get("found", {}))
    return {
        "year": work.period,
        "expected": len(data.get("expected", [])),
        "found": len(found),
        "differences": data.get("differences", []),
        "answers": data.get("answers", []),
        "first": data.get("first", {}).get("by", ""),
        "second": data.get("second", {}).get("by", ""),
        "opinion": data.get("opinion", {}).get("opinion", ""),
    }
