"""Forbidden wordings of a form: found by path, and refused at their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import FormInvalid
from engine.forms import FieldError
from workflows.records import objections, promises
from workflows.records.promises import Promise

# The client's own words may ask for anything, and what stands in them goes to nobody else.
CLIENTS_WORDS = frozenset({"client_expectations", "returned", "ask_reason"})


def find_wordings(values: Mapping[str, Any]) -> dict[str, list[Promise]]:
    """The forbidden wordings of a form by path."""
    return promises.check_texts({key: value for key, value in values.items() if key not in CLIENTS_WORDS})


def refuse_wordings(found: Mapping[str, list[Promise]]) -> None:
    """Raise ``FormInvalid`` with each wording at its field; nothing when there is none."""
    wrong = {
        path: [FieldError(objections.PROMISE[each.reason], {"words": each.words}) for each in wordings]
        for path, wordings in found.items()
    }
    if wrong:
        raise FormInvalid(wrong)
