"""The people that a form's select offers: ``properties.options`` names which."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflows.records import people

#: the name in a form → the roles whose people are offered; none means everybody of the firm
OPTIONS: dict[str, tuple[str, ...]] = {
    "lawyers": ("lawyer",),
    "partners": ("partner",),
    "directors": ("director",),
    "fee_earners": ("lawyer", "partner"),
    "deciders": ("partner", "director"),
    "compliance": ("compliance",),
    "finance": ("finance",),
    "archivists": ("archivist",),
    "sealers": ("seal",),
    "desk": ("desk",),
    "people": (),
}


def read_options(session: Session) -> dict[str, list[dict[str, str]]]:
    """The options of every name: value the person's id, label the person's name."""
    everybody = people.list_people(session)
    return {
        name: [{"value": each.id, "label": each.name} for each in everybody if not roles or set(roles) & set(each.roles)]
        for name, roles in OPTIONS.items()
    }
