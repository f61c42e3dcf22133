"""Fills a form as somebody would who wants to get on: what the task offers, what the story says, else something plausible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.forms import fill_defaults, is_hidden

#: answers that let a matter go on, the earlier the better
GOOD = (
    *("APPROVE", "APPROVED", "ACCEPT", "ACCEPTED", "AGREE", "AGREED", "CONFIRMED", "CONFIRM", "SIGNED", "YES", "OK", "CLEAR"),
    *("PASS", "BEGIN", "CONTINUE", "READY", "DONE", "PROVIDE", "yes", "ok", "agree", "approve", "accept", "accepted", "pass"),
    *("done", "legal", "good", "strong", "high", "full", "free", "on_track", "none", "all", "no"),
)
FILLER = "已按规定办理，情况属实，材料齐全，没有需要另行说明的事项。"
FILE = "@file"  # in an answer: attach a file here
STATIC = frozenset({"text", "group", "separator", "spacer", "html", "image", "button"})


@dataclass(frozen=True)
class Desk:
    """What a form may need from outside: people for its selects, a file to attach, the day."""

    today: date
    choose: Callable[[str], list[str]]
    attach: Callable[[], str]


def fill(schema: Mapping[str, Any], first: Mapping[str, Any], told: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """The values of a form: ``first`` is what it shows, ``told`` what the story says of its fields."""
    values = fill_defaults(schema, dict(first))
    values.update(told)
    return _fill(schema["components"], values, told, desk)


def _fill(components: list[dict[str, Any]], values: dict[str, Any], told: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    for component in components:
        kind = component.get("type")
        if kind == "group":
            _fill(component.get("components") or [], values, told, desk)
        elif kind not in STATIC and not is_hidden(component, values):
            key = str(component.get("path") or component.get("key"))
            if kind == "dynamiclist" and told.get(key) == []:
                values[key] = []  # a story without evidence cites no law
            elif kind == "dynamiclist":
                values[key] = _fill_rows(component, values.get(key), desk)
            elif values.get(key) == FILE:
                values[key] = [desk.attach()]
            elif key in told:
                continue
            elif _is_empty(values.get(key)) and _is_needed(component):
                taken = {value for value in values.values() if isinstance(value, str)}
                values[key] = make(component, desk, taken)
            elif kind == "textarea" and isinstance(values.get(key), str):
                values[key] = _lengthen(values[key], component)
    return values


def _fill_rows(component: dict[str, Any], rows: Any, desk: Desk) -> list[dict[str, Any]]:
    found = [row for row in rows or [] if isinstance(row, dict)]
    least = int((component.get("validate") or {}).get("minLength") or component.get("defaultRepetitions") or 0)
    while len(found) < least:
        found.append({})
    return [_fill(component.get("components") or [], dict(row), {}, desk) for row in found]


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], False)


def _is_needed(component: dict[str, Any]) -> bool:
    rules = component.get("validate") or {}
    return bool(rules.get("required") or rules.get("minLength"))


def make(component: dict[str, Any], desk: Desk, taken: set[str]) -> Any:
    """A plausible value for one field; of people somebody whom no other field has."""
    kind, rules = component["type"], component.get("validate") or {}
    properties = component.get("properties") or {}
    if kind in ("textfield", "textarea"):
        return _make_text(component, int(rules.get("minLength") or 0), int(rules.get("maxLength") or 4000))
    if kind == "number":
        return str(rules.get("min") if rules.get("min") is not None else 1)
    if kind == "checkbox":
        return True
    if kind == "datetime":
        return (desk.today + timedelta(days=14 if properties.get("min") == "today" else 0)).isoformat()
    if kind == "filepicker":
        return [desk.attach()]
    return _choose(component, properties, desk, taken)


def _make_text(component: dict[str, Any], least: int, most: int) -> str:
    properties = component.get("properties") or {}
    if properties.get("control") == "signature":
        return "已签"
    if properties.get("check") == "cn_mobile":
        return "13800138000"
    text = FILLER if component["type"] == "textarea" else FILLER[:10]
    while len(text) < least:
        text += FILLER
    return text[:most]


def _lengthen(text: str, component: dict[str, Any]) -> str:
    """What a form shows already, made as long as it must be."""
    least = int((component.get("validate") or {}).get("minLength") or 0)
    return text if not text or len(text) >= least else f"{text}。{FILLER}"


def _choose(component: dict[str, Any], properties: Mapping[str, Any], desk: Desk, taken: set[str]) -> Any:
    offered = [str(each["value"]) for each in component.get("values") or []]
    if properties.get("options"):
        people = desk.choose(str(properties["options"]))
        offered = [person for person in people if person not in taken] or people
    if component["type"] in ("checklist", "taglist"):
        return offered
    numbers = [each for each in offered if each.isdigit()]
    if numbers and len(numbers) == len(offered):
        return max(numbers, key=int)
    return next((word for word in GOOD if word in offered), offered[0] if offered else "")
