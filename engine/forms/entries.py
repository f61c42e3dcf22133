"""Reads and judges one entry of a form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.forms.fields import Check, Component, FieldError, properties, read_decimal, rules

EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
DOCUMENT = re.compile(r"[0-9a-f]{32}")
LONGEST = {"textfield": 500, "textarea": 20_000}
LONGEST_CHOICE = 200
LONGEST_NAME = 60  # of a typed signature
DRAWING = "data:image/png;base64,"
DRAWING_BYTES = 200 * 1024
DRAWING_SIDE = 4000  # pixels


@dataclass
class Judgement:
    """One validation under way."""

    checks: Mapping[str, Check]
    today: date | None = None
    errors: dict[str, list[FieldError]] = field(default_factory=dict)

    def say(self, path: str, code: str, **params: Any) -> None:
        self.errors.setdefault(path, []).append(FieldError(code, params))


def read_entry(component: Component, value: Any, path: str, judgement: Judgement) -> Any:
    """The clean value of one entry."""
    kind = component["type"]
    value = value.strip() if isinstance(value, str) and kind != "textarea" else value
    blank = value in (None, "", []) or (isinstance(value, str) and not value.strip())
    if blank or (value is False and kind == "checkbox"):
        if rules(component).get("required"):
            judgement.say(path, "required")
        return False if kind == "checkbox" else [] if kind in ("checklist", "taglist", "filepicker") else None
    return READERS[kind](component, value, path, judgement)


def read_text(component: Component, value: Any, path: str, judgement: Judgement) -> str | None:
    if not isinstance(value, str):
        judgement.say(path, "text")
        return None
    if properties(component).get("control") == "signature":
        return read_signature(value, path, judgement)
    text = value.replace("\r\n", "\n")
    fault = fault_of_text(component, text)
    if fault:
        judgement.say(path, fault.code, **fault.params)
        return text
    check = properties(component).get("check")
    code = judgement.checks[check](text) if check else None
    if code:
        judgement.say(path, code)
    return text


def fault_of_text(component: Component, text: str) -> FieldError | None:
    """The first thing that is wrong with a text, by the limits of its component."""
    limits = rules(component)
    most, least = int(limits.get("maxLength") or LONGEST[component["type"]]), int(limits.get("minLength") or 0)
    length = len(text.strip())
    if len(text) > most:
        return FieldError("maxLength", {"most": most, "length": len(text)})
    if length < least:
        return FieldError("minLength", {"least": least, "length": length})
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text) or (not text.isprintable() and _is_torn(text)):
        return FieldError("control")
    if limits.get("pattern") and not re.fullmatch(limits["pattern"], text):
        return FieldError("pattern")
    kind = limits.get("validationType")
    if (kind == "email" and not EMAIL.fullmatch(text)) or (kind == "phone" and not PHONE.fullmatch(text)):
        return FieldError(str(kind))
    return None


def _is_torn(text: str) -> bool:
    """Whether a text holds half a character (a lone surrogate), which no database stores."""
    return any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def read_signature(value: str, path: str, judgement: Judgement) -> str:
    """A typed name, or a drawing as a PNG ``data:`` address."""
    if not value.startswith("data:"):
        if len(value) > LONGEST_NAME:
            judgement.say(path, "maxLength", most=LONGEST_NAME, length=len(value))
        elif not value.isprintable():
            judgement.say(path, "control")
        return value
    if len(value) > len(DRAWING) + DRAWING_BYTES * 4 // 3 + 4:
        judgement.say(path, "drawing_too_large", most=DRAWING_BYTES // 1024)
    elif not is_drawing(value):
        judgement.say(path, "drawing")
    return value


def is_drawing(value: str) -> bool:
    """Whether a text is the address of a PNG picture of a bearable size."""
    try:
        content = base64.b64decode(value.removeprefix(DRAWING).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    if not value.startswith(DRAWING) or not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    return 0 < width <= DRAWING_SIDE and 0 < height <= DRAWING_SIDE


def read_number(component: Component, value: Any, path: str, judgement: Judgement) -> int | str | None:
    limits, number = rules(component), read_decimal(value)
    if number is None:
        judgement.say(path, "nan")
        return None
    places = -int(number.normalize().as_tuple().exponent)
    digits = component.get("decimalDigits")
    most_places = 12 if digits is None else int(digits)
    if places > most_places:
        judgement.say(path, "decimals", most=most_places)
        return None
    if limits.get("min") not in (None, "") and number < Decimal(str(limits["min"])):
        judgement.say(path, "min", least=limits["min"])
    if limits.get("max") not in (None, "") and number > Decimal(str(limits["max"])):
        judgement.say(path, "max", most=limits["max"])
    step = component.get("increment")
    if step and number % Decimal(str(step)):
        judgement.say(path, "increment", step=step)
    return int(number) if places <= 0 and not digits else format(number, "f")


def read_date(component: Component, value: Any, path: str, judgement: Judgement) -> str | None:
    subtype, text = component.get("subtype", "date"), str(value)
    try:
        if subtype == "time":
            return datetime.strptime(text, "%H:%M").strftime("%H:%M")  # noqa: DTZ007 - an hour has no zone
        if not (MOMENT if subtype == "datetime" else DAY).fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        judgement.say(path, "not_a_date")
        return None
    if not 1900 <= moment.year <= 2200:
        judgement.say(path, "not_a_date")
    else:
        judge_day(component, moment.date(), path, judgement)
    return moment.isoformat(timespec="minutes") if subtype == "datetime" else moment.date().isoformat()


def judge_day(component: Component, day: date, path: str, judgement: Judgement) -> None:
    """Say when a day lies before ``earliest`` or after ``latest`` (ISO dates or ``today``)."""
    own = properties(component)
    earliest = read_bound("today" if component.get("disallowPassedDates") else own.get("earliest"), judgement.today)
    latest = read_bound(own.get("latest"), judgement.today)
    if earliest and day < earliest:
        judgement.say(path, "too_early", least=earliest.isoformat())
    elif latest and day > latest:
        judgement.say(path, "too_late", most=latest.isoformat())


def read_bound(text: Any, today: date | None) -> date | None:
    """The day that a bound names; None when there is none. Raises ``ValueError`` for other text."""
    if not text:
        return None
    return today if text == "today" else date.fromisoformat(str(text))


def read_choice(component: Component, value: Any, path: str, judgement: Judgement) -> Any:
    if is_open(component):
        return read_free_choice(value, path, judgement)
    found = [option["value"] for option in component.get("values") or [] if str(option["value"]) == str(value)]
    if not found:
        judgement.say(path, "option")
        return None
    return found[0]


def read_free_choice(value: Any, path: str, judgement: Judgement) -> str | None:
    """A choice among options that only the page and the completion know."""
    if not isinstance(value, str) or len(value) > LONGEST_CHOICE:
        judgement.say(path, "option")
        return None
    return value


def read_choices(component: Component, value: Any, path: str, judgement: Judgement) -> list[Any]:
    own = Judgement({})
    chosen = [read_choice(component, each, path, own) for each in (value if isinstance(value, list) else [value])]
    if own.errors:
        judgement.say(path, "option")
        return []
    return [each for index, each in enumerate(chosen) if each not in chosen[:index]]


def is_open(component: Component) -> bool:
    """Whether a select's options are filled in when it is shown."""
    return bool(component.get("valuesKey") or properties(component).get("options"))


def read_tick(component: Component, value: Any, path: str, judgement: Judgement) -> bool:
    return value in (True, "true", "on", "1", 1)


def read_files(component: Component, value: Any, path: str, judgement: Judgement) -> list[str]:
    files = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and DOCUMENT.fullmatch(each) for each in files):
        judgement.say(path, "file")
        return []
    if len(files) > 1 and not component.get("multiple"):
        judgement.say(path, "one_file")
    return files


READERS: dict[str, Callable[[Component, Any, str, Judgement], Any]] = {
    "textfield": read_text, "textarea": read_text, "number": read_number, "checkbox": read_tick, "checklist": read_choices,
    "radio": read_choice, "select": read_choice, "taglist": read_choices, "datetime": read_date, "filepicker": read_files,
}  # fmt: skip
