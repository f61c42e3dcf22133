"""The four-nature tests of a volume: each stage's newest with every check, and the report to print."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import four_nature_checks, volume_checks
from workflows.records.volumes import Volume

ORDER = 41


def title() -> str:
    """The section's heading."""
    return _("Four-nature tests")


def read(session: Session, volume: Volume, person: Actor, now: datetime) -> dict[str, Any] | None:
    """The newest test of each stage, the latest stage first; nothing before the first test."""
    newest: dict[str, volume_checks.VolumeCheck] = {}
    for each in volume_checks.list_checks(session, volume.id):
        if each.results is not None:
            newest.setdefault(each.kind, each)
    if not newest:
        return None
    stages = {
        volume_checks.AUTOMATIC: _("At hand-in"),
        volume_checks.RECEPTION: _("On acceptance"),
        volume_checks.TRANSFER: _("On transfer"),
        volume_checks.YEARLY: _("Every year"),
    }
    return {
        "tests": [
            {"check": each, "stage": stages[each.kind], "rows": four_nature_checks.list_rows(each.results or [])}
            for each in newest.values()
        ]
    }
