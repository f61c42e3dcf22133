"""What somebody entered into a form, in the words of that form: labels and option names instead of keys and codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "forms"
YES = ("是", "Yes")


@lru_cache(maxsize=64)
def read_form(key: str) -> dict[str, Any]:
    """The schema of a form (``process/task``) as it stands in the firm's folder."""
    schema: dict[str, Any] = json.loads((FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    return schema


def describe(key: str, values: Mapping[str, Any], *, english: bool = False) -> list[tuple[str, str]]:
    """Label and text of every field that was filled in, in the order of the form; files and signatures are left out."""
    return list(_walk(read_form(key)["components"], values, english))


def _walk(components: list[dict[str, Any]], values: Mapping[str, Any], english: bool) -> Iterator[tuple[str, str]]:
    for each in components:
        if each["type"] == "group":
            yield from _walk(each["components"], values, english)
        elif each["type"] == "dynamiclist":
            rows = [_join(each["components"], row, english) for row in values.get(each["path"]) or []]
            if rows:
                yield _label(each, english), "\n".join(rows)
        elif text := _say(each, values.get(each.get("key", "")), english):
            yield _label(each, english), text


def _join(components: list[dict[str, Any]], row: Mapping[str, Any], english: bool) -> str:
    return " · ".join(text for _, text in _walk(components, row, english))


def _say(component: Mapping[str, Any], value: Any, english: bool) -> str:
    own = component.get("properties", {})
    if component["type"] in ("text", "filepicker") or own.get("control") or value in (None, "", [], False):
        return ""
    if component["type"] == "checkbox":
        return YES[english]
    if component["type"] == "number":
        return f"{Decimal(str(value)):,}"
    options = {option["value"]: _label(option, english) for option in component.get("values", [])}
    chosen = value if isinstance(value, list) else [value]
    return ("; " if english else "；").join(str(options.get(each, each)) for each in chosen)


def _label(part: Mapping[str, Any], english: bool) -> str:
    own = part.get("properties") or part
    return str((own.get("label_en") if english else None) or part.get("label") or "")
