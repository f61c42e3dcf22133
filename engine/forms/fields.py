"""What a form is made of: the kinds of components, their order, and which of them the data hide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from engine import feel

INPUTS = frozenset(
    {"textfield", "textarea", "number", "checkbox", "checklist", "radio", "select", "taglist", "datetime", "filepicker"}
)
GROUPS = frozenset({"group", "dynamiclist"})
STATIC = frozenset({"text", "separator", "spacer", "button"})

Check = Callable[[str], str | None]
Component = Mapping[str, Any]


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one entry: a code that the page words, and figures for the words."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def properties(component: Component) -> Mapping[str, Any]:
    """The firm's own settings of a component."""
    found: Mapping[str, Any] = component.get("properties") or {}
    return found


def rules(component: Component) -> Mapping[str, Any]:
    """The limits a component's entry must keep."""
    found: Mapping[str, Any] = component.get("validate") or {}
    return found


def walk(components: list[Any]) -> Iterator[Component]:
    """Every component of a schema, groups and lists included."""
    for component in components:
        yield component
        if component.get("type") in GROUPS:
            yield from walk(component.get("components") or [])


def condition_of(component: Component) -> str:
    """The FEEL expression that hides a component; empty when it is always shown."""
    return str((component.get("conditional") or {}).get("hide") or "")


def is_hidden(component: Component, data: Mapping[str, Any]) -> bool:
    """Whether a condition hides a component; an expression that cannot be read hides nothing."""
    hide = condition_of(component)
    if not hide:
        return False
    try:
        return feel.evaluate(hide, data) is True
    except feel.FeelError:
        return False


def condition_names(components: list[Any]) -> frozenset[str]:
    """The entries on which any condition of a form depends."""
    found: set[str] = set()
    for component in walk(components):
        try:
            found |= feel.read_names(condition_of(component))
        except feel.FeelError:
            continue
    return frozenset(found)


def read_decimal(value: Any) -> Decimal | None:
    """The number in what somebody typed, thousands separators allowed; None when it is none."""
    text = str(value).strip().replace(",", "").replace("，", "")
    if len(text) > 40:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 15 else None


def condition_data(components: list[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What conditions look at: the entries of one level, typed numbers as numbers."""
    data = dict(values)
    for component in components:
        if component.get("type") == "group":
            data = condition_data(component.get("components") or [], data)
        elif component.get("type") == "number" and isinstance(data.get(component.get("key")), str):
            number = read_decimal(data[component["key"]])
            data[component["key"]] = None if number is None else float(number)
    return data
