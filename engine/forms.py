"""Forms: the part of the form-js schema that the server enforces; the server is the only judge of what was posted.

Custom properties (``properties`` of a component): ``check`` names a registered check, ``label_en`` and
``description_en`` hold English text, ``control`` chooses a control of the page (``signature``), ``unit`` is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine import feel
from engine.errors import FormInvalid

INPUTS = frozenset(
    {"textfield", "textarea", "number", "checkbox", "checklist", "radio", "select", "taglist", "datetime", "filepicker"}
)
GROUPS = frozenset({"group", "dynamiclist"})
STATIC = frozenset({"text", "separator", "spacer", "html", "button"})
EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
LONGEST = {"textfield": 500, "textarea": 20_000}
ROWS = 500

Check = Callable[[str], str | None]
Component = Mapping[str, Any]


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one entry: a code that the page words, and figures for the words."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Judgement:
    """One validation under way."""

    checks: Mapping[str, Check]
    scope: Mapping[str, Any]
    errors: dict[str, list[FieldError]] = field(default_factory=dict)

    def say(self, path: str, code: str, **params: Any) -> None:
        self.errors.setdefault(path, []).append(FieldError(code, params))


def walk(components: list[Any]) -> Iterator[Component]:
    """Every component of a schema, groups and lists included."""
    for component in components:
        yield component
        if component.get("type") in GROUPS:
            yield from walk(component.get("components", []))


def is_hidden(component: Component, data: Mapping[str, Any]) -> bool:
    """Whether a condition hides a component; an expression that cannot be read hides nothing."""
    hide = (component.get("conditional") or {}).get("hide")
    if not hide:
        return False
    try:
        return feel.evaluate(hide, data) is True
    except feel.FeelError:
        return False


def validate(schema: Mapping[str, Any], values: Mapping[str, Any], *, checks: Mapping[str, Check]) -> dict[str, Any]:
    """The clean values of a form: hidden and unknown entries dropped, numbers as int or decimal text, dates as ISO text.

    Raises ``FormInvalid`` with ``FieldError`` lists by path (``parties.0.name``).
    """
    judgement = Judgement(checks, values)
    clean = read_components(schema.get("components", []), values, "", judgement)
    if judgement.errors:
        raise FormInvalid(judgement.errors)
    return clean


def read_components(components: list[Any], values: Mapping[str, Any], prefix: str, judgement: Judgement) -> dict[str, Any]:
    """The clean values of some components; errors go to the judgement."""
    clean: dict[str, Any] = {}
    scope = {**judgement.scope, **values} if prefix else judgement.scope
    for component in components:
        kind = component.get("type")
        if kind in STATIC or is_hidden(component, scope):
            continue
        if kind == "group":
            clean.update(read_components(component.get("components", []), values, prefix, judgement))
        elif kind == "dynamiclist":
            clean[component["path"]] = read_rows(component, values.get(component["path"]), prefix, judgement)
        elif kind in INPUTS:
            key = component["key"]
            clean[key] = read_entry(component, values.get(key), f"{prefix}{key}", judgement)
    return clean


def read_rows(component: Component, rows: Any, prefix: str, judgement: Judgement) -> list[dict[str, Any]]:
    """The clean rows of a dynamic list; rows left wholly empty are dropped."""
    path = f"{prefix}{component['path']}"
    given = [row for row in rows if isinstance(row, Mapping) and not _is_blank_row(row)] if isinstance(rows, list) else []
    least = (component.get("properties") or {}).get("min_rows", 0)
    if len(given) < int(least or 0):
        judgement.say(path, "min_rows", least=int(least))
    if len(given) > ROWS:
        judgement.say(path, "max_rows", most=ROWS)
        return []
    parts = component.get("components", [])
    return [read_components(parts, row, f"{path}.{index}.", judgement) for index, row in enumerate(given)]


def _is_blank_row(row: Mapping[str, Any]) -> bool:
    return all(value in (None, "", [], False) for value in row.values())


def read_entry(component: Component, value: Any, path: str, judgement: Judgement) -> Any:
    """The clean value of one entry."""
    rules = component.get("validate") or {}
    value = value.strip() if isinstance(value, str) and component["type"] != "textarea" else value
    if value in (None, "", []) or (value is False and component["type"] == "checkbox"):
        if rules.get("required"):
            judgement.say(path, "required")
        return False if component["type"] == "checkbox" else [] if component["type"] in ("checklist", "taglist") else None
    return READERS[component["type"]](component, value, path, judgement)


def read_text(component: Component, value: Any, path: str, judgement: Judgement) -> str | None:
    rules = component.get("validate") or {}
    if not isinstance(value, str):
        judgement.say(path, "text")
        return None
    text = value.replace("\r\n", "\n")
    most = int(rules.get("maxLength") or LONGEST[component["type"]])
    if (component.get("properties") or {}).get("control") == "signature":
        most = max(most, 400_000)
    least = int(rules.get("minLength") or 0)
    if len(text) > most:
        judgement.say(path, "maxLength", most=most, length=len(text))
    elif len(text.strip()) < least:
        judgement.say(path, "minLength", least=least, length=len(text.strip()))
    elif rules.get("pattern") and not re.fullmatch(rules["pattern"], text):
        judgement.say(path, "pattern")
    elif rules.get("validationType") == "email" and not EMAIL.fullmatch(text):
        judgement.say(path, "email")
    elif rules.get("validationType") == "phone" and not PHONE.fullmatch(text):
        judgement.say(path, "phone")
    elif any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        judgement.say(path, "control")
    else:
        check = (component.get("properties") or {}).get("check")
        code = judgement.checks[check](text) if check else None
        if code:
            judgement.say(path, code)
    return text


def read_number(component: Component, value: Any, path: str, judgement: Judgement) -> int | str | None:
    rules = component.get("validate") or {}
    try:
        number = Decimal(str(value).replace(",", "").replace("，", ""))
        if not number.is_finite() or abs(number) > Decimal("1e15"):
            raise InvalidOperation
    except InvalidOperation:
        judgement.say(path, "nan")
        return None
    digits = component.get("decimalDigits")
    exponent = number.normalize().as_tuple().exponent
    if digits is not None and isinstance(exponent, int) and -exponent > int(digits):
        judgement.say(path, "decimals", most=int(digits))
    if rules.get("min") not in (None, "") and number < Decimal(str(rules["min"])):
        judgement.say(path, "min", least=rules["min"])
    if rules.get("max") not in (None, "") and number > Decimal(str(rules["max"])):
        judgement.say(path, "max", most=rules["max"])
    return int(number) if number == number.to_integral_value() and not digits else format(number, "f")


def read_date(component: Component, value: Any, path: str, judgement: Judgement) -> str | None:
    subtype = component.get("subtype", "date")
    try:
        if subtype == "time":
            return datetime.strptime(str(value), "%H:%M").strftime("%H:%M")  # noqa: DTZ007 - an hour has no zone
        if subtype == "datetime":
            return datetime.fromisoformat(str(value)).isoformat(timespec="minutes")
        day = date.fromisoformat(str(value))
    except ValueError:
        judgement.say(path, "not_a_date")
        return None
    if not 1900 <= day.year <= 2200:
        judgement.say(path, "not_a_date")
    return day.isoformat()


def read_choice(component: Component, value: Any, path: str, judgement: Judgement) -> Any:
    known = [option["value"] for option in component.get("values", [])]
    if value not in known and not _given_elsewhere(component):
        judgement.say(path, "option")
    return value


def read_choices(component: Component, value: Any, path: str, judgement: Judgement) -> list[Any]:
    chosen = value if isinstance(value, list) else [value]
    known = [option["value"] for option in component.get("values", [])]
    if not _given_elsewhere(component) and any(each not in known for each in chosen):
        judgement.say(path, "option")
    return [each for index, each in enumerate(chosen) if each not in chosen[:index]]


def _given_elsewhere(component: Component) -> bool:
    return bool(component.get("valuesKey") or (component.get("properties") or {}).get("options"))


def read_tick(component: Component, value: Any, path: str, judgement: Judgement) -> bool:
    return value in (True, "true", "on", "1", 1)


def read_files(component: Component, value: Any, path: str, judgement: Judgement) -> list[str]:
    files = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and re.fullmatch(r"[0-9a-f]{32}", each) for each in files):
        judgement.say(path, "file")
        return []
    return files


READERS: dict[str, Callable[[Component, Any, str, Judgement], Any]] = {
    "textfield": read_text, "textarea": read_text, "number": read_number, "checkbox": read_tick, "checklist": read_choices,
    "radio": read_choice, "select": read_choice, "taglist": read_choices, "datetime": read_date, "filepicker": read_files,
}  # fmt: skip


def check_schema(schema: Any, checks: Mapping[str, Check]) -> list[str]:
    """Every reason why the server could not enforce a form, as English sentences; empty when it can."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list):
        return ["The form is not a form-js schema: it has no list of components."]
    found, keys = [], set()
    for component in walk(schema["components"]):
        name = component.get("key") or component.get("path") or component.get("id") or component.get("type")
        if component.get("type") not in INPUTS | GROUPS | STATIC:
            found.append(f"The component “{name}” of kind {component.get('type')} is not known here.")
            continue
        if component["type"] in INPUTS and not component.get("key"):
            found.append(f"A component of kind {component['type']} has no key.")
        if component["type"] == "dynamiclist" and not component.get("path"):
            found.append("A dynamic list has no path.")
        key = component.get("key")
        if key and key in keys and component["type"] in INPUTS:
            found.append(f"Two components have the key “{key}”.")
        keys.add(key)
        found += check_component(component, str(name), checks)
    return found


def check_component(component: Component, name: str, checks: Mapping[str, Check]) -> list[str]:
    """Every reason why one component could not be enforced."""
    found = []
    hide = (component.get("conditional") or {}).get("hide")
    if hide:
        try:
            feel.compile_feel(hide)
        except feel.FeelError as error:
            found.append(f"The condition of “{name}” cannot be read: {error}.")
    check = (component.get("properties") or {}).get("check")
    if check and check not in checks:
        found.append(f"“{name}” names the check “{check}”, which does not exist.")
    pattern = (component.get("validate") or {}).get("pattern")
    if pattern:
        try:
            re.compile(pattern)
        except re.error as error:
            found.append(f"The pattern of “{name}” cannot be read: {error}.")
    return found
