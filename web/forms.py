"""Forms on the page: what was posted becomes values for the engine, and errors become sentences at the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.forms import FieldError, is_hidden
from web.i18n import language, translate

MESSAGES = {
    "required": "Please fill this in.",
    "min": "At least {least}.",
    "max": "At most {most}.",
    "minLength": "At least {least} characters; these are {length}.",
    "maxLength": "At most {most} characters; these are {length}.",
    "pattern": "This does not have the right form.",
    "option": "Please choose one of the options.",
    "nan": "Please enter a number.",
    "decimals": "At most {most} decimal places.",
    "not_a_date": "This is not a date.",
    "email": "This is not an e-mail address.",
    "phone": "This is not a telephone number.",
    "text": "Please enter text.",
    "control": "There are characters that cannot be stored.",
    "file": "This file is not known.",
    "min_rows": "At least {least} rows.",
    "max_rows": "At most {most} rows.",
    "cn_id_number": "This is not a valid identity number: its check digit or birth date is wrong.",
    "uscc": "This is not a valid unified social credit code: its check digit is wrong.",
    "cn_mobile": "This is not a valid mobile number.",
    "paid_referral": "A lawyer may not pay for a referral (Lawyers Law, Article 26).",
}


def word_errors(errors: Mapping[str, list[FieldError]]) -> dict[str, list[str]]:
    """Each path's errors as sentences in the reader's language."""
    return {path: [translate(MESSAGES.get(e.code, e.code)).format(**e.params) for e in found] for path, found in errors.items()}


def label(component: Mapping[str, Any], name: str = "label") -> str:
    """A component's text in the reader's language."""
    english = (component.get("properties") or {}).get(f"{name}_en") or component.get(f"{name}_en")
    return str(english if language() == "en" and english else component.get(name, ""))


def parse_posted(schema: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """The raw values of a posted form, by the schema's keys; nothing is judged here."""
    return read_components(schema.get("components", []), posted, "")


def read_components(components: list[Any], posted: MultiDict[str, str], prefix: str) -> dict[str, Any]:
    """The raw values of some components; rows are posted as ``path.index.key``."""
    values: dict[str, Any] = {}
    for component in components:
        kind, key = component.get("type"), component.get("key")
        if kind == "group":
            values.update(read_components(component.get("components", []), posted, prefix))
        elif kind == "dynamiclist":
            values[component["path"]] = read_rows(component, posted)
        elif key and kind in ("checklist", "taglist", "filepicker"):
            values[key] = posted.getlist(f"{prefix}{key}")
        elif key and kind == "checkbox":
            values[key] = f"{prefix}{key}" in posted
        elif key:
            values[key] = posted.get(f"{prefix}{key}", "")
    return values


def read_rows(component: Mapping[str, Any], posted: MultiDict[str, str]) -> list[dict[str, Any]]:
    """The rows of a dynamic list in the order of their numbers, one removed or added if a button said so."""
    path = component["path"]
    found = {int(match[1]) for name in posted if (match := re.fullmatch(rf"{re.escape(path)}\.(\d{{1,4}})\.\w+", name))}
    removed = posted.get("_remove", "")
    kept = [index for index in sorted(found) if removed != f"{path}.{index}"]
    rows = [read_components(component.get("components", []), posted, f"{path}.{index}.") for index in kept]
    if posted.get("_add") == path:
        rows.append({})
    return rows


def with_options(schema: Mapping[str, Any], options: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    """A schema whose selects named by ``properties.options`` hold the given options."""

    def fill(component: dict[str, Any]) -> dict[str, Any]:
        name = str((component.get("properties") or {}).get("options", ""))
        filled = {**component, "values": options[name]} if name in options else dict(component)
        if "components" in filled:
            filled["components"] = [fill(each) for each in filled["components"]]
        return filled

    return {**schema, "components": [fill(component) for component in schema.get("components", [])]}


__all__ = ["is_hidden", "label", "parse_posted", "with_options", "word_errors"]
