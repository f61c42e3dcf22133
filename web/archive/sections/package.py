"""The package of a volume: its seal, who signed it when, its copies with the last patrol, its supplements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web import auth
from web.i18n import translate as _
from workflows.records import package_parts, package_places, package_signature, volumes
from workflows.records.volumes import Volume

ORDER = 40


def title() -> str:
    """The section's heading."""
    return _("Archive package and copies")


def read(session: Session, volume: Volume, person: Actor, now: datetime) -> dict[str, Any] | None:
    """The parts with their signatures; nothing before the volume is packed or after it is destroyed."""
    parts = package_parts.list_parts(session, volume.id)
    if not parts or not volume.file_no or volume.state == volumes.DESTROYED:
        return None
    places = package_places.read_places(auth.firm().tools)
    rows = []
    for part in parts:
        name = package_places.package_name(volume.file_no, part.number)
        rows.append(
            {
                "part": part,
                "signed": package_signature.read_signature(places.main / name),
                "there": {place: (root / name).is_dir() for place, root in places.both().items()},
            }
        )
    return {"rows": rows, "on_one_disk": places.on_one_disk}
