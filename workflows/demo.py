"""The demo firm: its people, registered through the same operation as real ones."""

from __future__ import annotations

from typing import Any

import yaml

from engine import SYSTEM, Engine, RunOperation
from workflows.records import people
from workflows.wiring import ROOT

CAST = ROOT / "rules" / "demo_people.yaml"


def read_cast() -> list[dict[str, Any]]:
    """The demo firm's fictional people in the order of the start page."""
    cast: list[dict[str, Any]] = yaml.safe_load(CAST.read_text(encoding="utf-8"))["people"]
    return cast


def open_demo_firm(engine: Engine) -> int:
    """Register the demo people who are missing; returns how many were added."""
    with engine.reading() as session:
        known = people.list_logins(session)
    missing = [person for person in read_cast() if person["login"] not in known]
    for person in missing:
        engine.run(RunOperation("people.register", person), SYSTEM)
    return len(missing)
