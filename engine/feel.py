"""The subset of FEEL that form conditions use: literals, names, comparisons, and/or/not, lists, arithmetic, null."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<sign><=|>=|!=|[=<>()\[\],+\-*/])|(?P<word>[^\W\d][\w.]*))",
    re.UNICODE,
)
ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
MATHS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
WORDS = {"true": True, "false": False, "null": None}
DEPTH = 50

Evaluator = Callable[[Mapping[str, Any]], Any]


class FeelError(ValueError):
    """The expression is outside the subset; the text says where."""


def tokenize(source: str) -> list[tuple[str, str]]:
    """The tokens of an expression. Raises ``FeelError``."""
    found, at = [], 0
    while at < len(source):
        match = TOKEN.match(source, at)
        if match is None:
            raise FeelError(f"“{source[at : at + 10]}” cannot be read")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found


class Parser:
    """Turns tokens into a function of the data."""

    def __init__(self, source: str) -> None:
        self.tokens = tokenize(source.strip().removeprefix("=").strip())
        self.at = 0
        self.depth = 0

    def take(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens):
            kind, value = self.tokens[self.at]
            if kind in ("sign", "word") and value in wanted:
                self.at += 1
                return value
        return None

    def expect(self, wanted: str) -> None:
        if self.take(wanted) is None:
            raise FeelError(f"“{wanted}” is missing")

    def whole(self) -> Evaluator:
        made = self.either()
        if self.at != len(self.tokens):
            raise FeelError(f"“{self.tokens[self.at][1]}” is too much")
        return made

    def either(self) -> Evaluator:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda data: _any([part(data) for part in parts])

    def both(self) -> Evaluator:
        parts = [self.compare()]
        while self.take("and"):
            parts.append(self.compare())
        return parts[0] if len(parts) == 1 else lambda data: _all([part(data) for part in parts])

    def compare(self) -> Evaluator:
        left = self.sum()
        sign = self.take("=", "!=", "<", "<=", ">", ">=", "in")
        if sign is None:
            return left
        right = self.sum()
        return lambda data: _compare(sign, left(data), right(data))

    def sum(self) -> Evaluator:
        made = self.product()
        while sign := self.take("+", "-"):
            made = _maths(sign, made, self.product())
        return made

    def product(self) -> Evaluator:
        made = self.atom()
        while sign := self.take("*", "/"):
            made = _maths(sign, made, self.atom())
        return made

    def atom(self) -> Evaluator:
        self.depth += 1
        if self.depth > DEPTH:
            raise FeelError("the expression is nested too deeply")
        try:
            return self.bracket() or self.leaf()
        finally:
            self.depth -= 1

    def bracket(self) -> Evaluator | None:
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        if self.take("["):
            items = []
            while not self.take("]"):
                items.append(self.either())
                if not self.take(",") and self.at < len(self.tokens) and self.tokens[self.at][1] != "]":
                    raise FeelError("“]” is missing")
                if self.at >= len(self.tokens):
                    raise FeelError("“]” is missing")
            return lambda data: [item(data) for item in items]
        if self.take("-"):
            inner = self.atom()
            return lambda data: None if inner(data) is None else -inner(data)
        if self.take("not"):
            self.expect("(")
            inner = self.either()
            self.expect(")")
            return lambda data: not inner(data) if isinstance(inner(data), bool) else None
        return None

    def leaf(self) -> Evaluator:
        if self.at >= len(self.tokens):
            raise FeelError("the expression is not complete")
        kind, value = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number = float(value) if "." in value else int(value)
            return lambda data: number
        if kind == "text":
            text = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
            return lambda data: text
        if kind != "word":
            raise FeelError(f"“{value}” stands in the wrong place")
        if value in WORDS:
            return lambda data: WORDS[value]
        path = value.split(".")
        return lambda data: _look_up(data, path)


def _look_up(data: Any, path: list[str]) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return None if data == "" else data


def _any(values: list[Any]) -> bool | None:
    return True if True in values else False if all(value is False for value in values) else None


def _all(values: list[Any]) -> bool | None:
    return False if False in values else True if all(value is True for value in values) else None


def _compare(sign: str, left: Any, right: Any) -> bool | None:
    if sign == "=":
        return bool(left == right)
    if sign == "!=":
        return bool(left != right)
    if sign == "in":
        return left in right if isinstance(right, list) else None
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right))
    texts = isinstance(left, str) and isinstance(right, str)
    return ORDER[sign](left, right) if numbers or texts else None


def _maths(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    def evaluate(data: Mapping[str, Any]) -> Any:
        try:
            return MATHS[sign](left(data), right(data))
        except (TypeError, ZeroDivisionError):
            return None

    return evaluate


@lru_cache(maxsize=4096)
def compile_feel(source: str) -> Evaluator:
    """A function of the data for an expression. Raises ``FeelError``."""
    return Parser(source).whole()


def evaluate(source: str, data: Mapping[str, Any]) -> Any:
    """The value of an expression; unknown names are null. Raises ``FeelError``."""
    return compile_feel(source)(data)
