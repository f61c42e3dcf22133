"""What expressions and scripts may call, and how much a value may weigh.

Each function and method refuses arguments with which Python's own would compute for minutes or fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

SIZE = 100_000
BITS = 4096
DIGITS = 40  # of a Decimal, before and behind its point
FORMAT = re.compile(r"[,]?(\.\d{1,2})?[df%]?|0\d{1,2}d?")


class Refused(Exception):
    """What the sandbox does not do; its text is the reason."""


def weigh(value: Any) -> int:
    """How many items and characters a value holds, all levels together. Raises ``Refused`` above the limit."""
    weight, front = 0, [value]
    while front:
        each = front.pop()
        weight += 1
        if isinstance(each, str):
            weight += len(each)
        elif isinstance(each, dict):
            weight += len(each)
            if weight + len(each) <= SIZE:
                front.extend(each.values())
        elif isinstance(each, list | tuple | set):
            if weight + len(each) > SIZE:
                raise Refused("the value is too large")
            front.extend(each)
        if weight + len(front) > SIZE:
            raise Refused("the value is too large")
    return weight


def check_number(value: Any) -> None:
    """Refuse numbers so large that the next operation with them could take for ever."""
    if isinstance(value, int) and value.bit_length() > BITS:
        raise Refused("the number is too large")
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= DIGITS):
        raise Refused("the number is too large or too small")


def make_range(*limits: int) -> list[int]:
    """``range`` as a list."""
    made = range(*limits)
    if len(made) > SIZE:
        raise Refused("the range is too long")
    return list(made)


def add_up(values: Iterable[Any], start: Any = 0) -> Any:
    """``sum``, of numbers only."""
    given = list(values)
    if not all(isinstance(value, int | float | Decimal) for value in (*given, start)):
        raise Refused("only numbers can be summed")
    return sum(given, start)


def round_off(value: Any, digits: int | None = None) -> Any:
    """``round``, to at most thirty digits either way."""
    if not isinstance(value, int | float | Decimal) or not (digits is None or abs(digits) <= 30):
        raise Refused("only numbers can be rounded, to at most 30 digits")
    return round(value, digits)


def decimal(value: Any) -> Decimal:
    """An exact number from text or a number; a float counts with the digits it shows."""
    text = repr(value) if isinstance(value, float) else value
    if not isinstance(text, str | int | Decimal) or (isinstance(text, str) and len(text) > DIGITS * 2):
        raise Refused("this is no number")
    try:
        made = Decimal(text)
    except InvalidOperation:
        raise Refused(f"{text} is no number") from None
    check_number(made)
    return made


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len, "min": min, "max": max, "sum": add_up, "round": round_off, "abs": abs, "str": str, "int": int,
    "float": float, "bool": bool, "list": list, "dict": dict, "sorted": sorted, "any": any, "all": all,
    "range": make_range, "decimal": decimal,
}  # fmt: skip

METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        {"upper", "lower", "strip", "lstrip", "rstrip", "startswith", "endswith", "split", "join", "replace", "isdigit", "find"}
    ),
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"append", "index", "count", "extend"}),
}
CHANGING = frozenset({"append", "extend"})


def call_method(target: Any, name: str, arguments: list[Any], keywords: Mapping[str, Any], *, changing: bool) -> Any:
    """Call one of the known methods; those that change their target only where a script may change data."""
    if name not in METHODS.get(type(target), ()):
        raise Refused(f"{name} is not a known method")
    if name in CHANGING and not changing:
        raise Refused(f"{name} changes the data, which only a script may do")
    if name == "replace":
        check_replacement(target, *arguments)
    if name == "join":
        parts = [str(part) for part in arguments[0]]
        if sum(map(len, parts)) + len(target) * len(parts) > SIZE:
            raise Refused("the value is too large")
        return target.join(parts)
    found = getattr(target, name)(*arguments, **keywords)
    return list(found) if name in {"items", "keys", "values"} else found


def check_replacement(target: str, old: str, new: str, *_count: int) -> None:
    """Refuse a replacement that could make a text too long."""
    if (target.count(old) if old else len(target) + 1) * len(new) > SIZE:
        raise Refused("the value is too large")


def format_value(value: Any, spec: str) -> str:
    """A value as an f-string shows it; only the formats of numbers are known."""
    if not FORMAT.fullmatch(spec):
        raise Refused(f"the format {spec} is not known here")
    if spec and not isinstance(value, int | float | Decimal):
        raise Refused("only numbers have a format")
    weigh(value)
    return format(value, spec) if spec else str(value)
