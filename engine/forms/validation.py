"""Judges what was posted against a schema, and gives a form its first values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.errors import FormInvalid
from engine.forms.entries import Judgement, read_entry
from engine.forms.fields import INPUTS, STATIC, Check, Component, condition_data, is_hidden, properties

ROWS = 500


def validate(
    schema: Mapping[str, Any], values: Mapping[str, Any], *, checks: Mapping[str, Check], today: date | None = None
) -> dict[str, Any]:
    """The clean values of a form: numbers as int or decimal text, dates as ISO text, each choice as its option's value.

    Hidden, disabled and unknown entries are dropped. ``today`` is the firm's day, for dates that may not lie before or
    after it. Raises ``FormInvalid`` with ``FieldError`` lists by path (``parties.0.name``).
    """
    judgement = Judgement(checks, today)
    components = schema.get("components") or []
    clean = read_components(components, values, condition_data(components, values), "", judgement)
    if judgement.errors:
        raise FormInvalid(dict(judgement.errors))
    return clean


def read_components(
    components: list[Any], values: Mapping[str, Any], scope: Mapping[str, Any], prefix: str, judgement: Judgement
) -> dict[str, Any]:
    """The clean values of some components; errors go to the judgement."""
    clean: dict[str, Any] = {}
    for component in components:
        kind = component.get("type")
        if kind in STATIC or component.get("disabled") or is_hidden(component, scope):
            continue
        if kind == "group":
            clean.update(read_components(component.get("components") or [], values, scope, prefix, judgement))
        elif kind == "dynamiclist":
            clean[component["path"]] = read_rows(component, values.get(component["path"]), scope, prefix, judgement)
        elif kind in INPUTS:
            key = component["key"]
            clean[key] = read_entry(component, values.get(key), f"{prefix}{key}", judgement)
    return clean


def read_rows(
    component: Component, rows: Any, scope: Mapping[str, Any], prefix: str, judgement: Judgement
) -> list[dict[str, Any]]:
    """The clean rows of a dynamic list; rows left wholly empty are dropped, paths count the rows as they were posted."""
    path = f"{prefix}{component['path']}"
    given = [(index, row) for index, row in enumerate(rows) if is_filled(row)] if isinstance(rows, list) else []
    least = int(properties(component).get("min_rows") or 0)
    if len(given) < least:
        judgement.say(path, "min_rows", least=least)
    if len(given) > ROWS:
        judgement.say(path, "max_rows", most=ROWS)
        return []
    parts = component.get("components") or []
    return [
        read_components(parts, row, {**scope, **condition_data(parts, row)}, f"{path}.{index}.", judgement)
        for index, row in given
    ]


def is_filled(row: Any) -> bool:
    """Whether anything was entered in a row."""
    return isinstance(row, Mapping) and any(value not in (None, "", [], False) for value in row.values())


def fill_defaults(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form that is shown for the first time: defaults where nothing is known, and the first empty rows."""
    return _fill(schema.get("components") or [], values)


def _fill(components: list[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(values)
    for component in components:
        kind, key = component.get("type"), component.get("key")
        if kind == "group":
            filled = _fill(component.get("components") or [], filled)
        elif kind == "dynamiclist":
            if not filled.get(component["path"]):
                filled[component["path"]] = [{} for _ in range(first_rows(component))]
            parts = component.get("components") or []
            filled[component["path"]] = [_fill(parts, row) for row in filled[component["path"]] if isinstance(row, Mapping)]
        elif key and filled.get(key) is None and component.get("defaultValue") is not None:
            filled[key] = component["defaultValue"]
    return filled


def first_rows(component: Component) -> int:
    """How many empty rows a list begins with."""
    least = int(properties(component).get("min_rows") or 0)
    return min(max(least, int(component.get("defaultRepetitions") or 0)), ROWS)
