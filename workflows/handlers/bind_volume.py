"""One click makes the volume: its documents in order and numbered, with cover, catalogue and remarks sheet, as one PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import Context, Effect
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_facts, letters, matters, people, volume_books, volumes

FOLDER = "bound"


def prepare(context: Context, *, volume_id: str) -> dict[str, Any]:
    """Lay the parts out: the sheets of each, its documents, and what its stamp says."""
    session = context.session
    volume = volumes.get_volume(session, volume_id)
    matter = matters.get_matter(session, volume.matter_id)
    if volume.state in volumes.LOCKED - {volumes.ACCEPTED}:
        raise StateRefused(what=volume.title, old=volume.state, new="bound", reason="the volume is in the archive already")
    lawyer = people.find_person(session, matter.lawyer_id)
    facts = case_facts.collect(session, volume.lead_id, context.now)
    parts = volume_books.list_parts(session, volume)
    laid = []
    for index, pieces in enumerate(parts, 1):
        name = volume_books.part_name(index, len(parts))
        numbers = {piece.number for piece in pieces}
        mine = {
            **facts,
            "filing": {"lawyer": lawyer.name if lawyer else "", "part": name},
            "catalogue": [row for row in facts["catalogue"] if row["number"] in numbers],
        }
        sheets = [letters.compose(sheet, mine).to_json() for sheet in ("cover", "catalogue")]
        last = [letters.compose("remarks", mine).to_json()] if index == len(parts) else []
        laid.append(
            {
                "title": f"{volume.title} {name}",
                "before": sheets,
                "lines": volume_books.lines_of(session, pieces),
                "after": last,
                "stamp": volume_books.stamp_lines(volume),
            }
        )
    return {"volume_id": volume_id, "parts": laid, "data_digest": case_facts.digest(facts), "at": context.now.isoformat()}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Write the parts beside the database; whoever does it again writes the same."""
    folder = Path(tools["data_dir"]) / FOLDER
    at = datetime.fromisoformat(payload["at"])
    made = [
        volume_books.bind(
            part,
            target=folder / f"{payload['volume_id']}-{index}.pdf",
            read=tools["read_document"],
            fonts=tools.get("fonts"),
            at=at,
        )
        for index, part in enumerate(payload["parts"], 1)
    ]
    return {"made": [asdict(part) for part in made]}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the parts; sets ``book_ids`` and what the making noticed."""
    made = [volume_books.Made(**part) for part in result["made"]]
    stored = volume_books.keep(context, payload["volume_id"], made, data_digest=payload["data_digest"])
    return {
        "book_ids": [each.id for each in stored],
        "book_problems": [each for part in made for each in part.problems],
        "book_scans": [each for part in made for each in part.scans],
    }


HANDLERS = (Effect("volumes.bind", prepare, perform, finish, title="合成案卷PDF"),)
