"""The subset of FEEL that form conditions use: literals, names, comparisons, and/or/not, lists, arithmetic, null.

FEEL (Friendly Enough Expression Language, DMN 1.3 chapter 10) has three truths: what cannot be compared is null.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

TOKEN = re.compile(
    r'\s*(?:(?P<number>\d{1,30}(?:\.\d{1,30})?)|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<sign><=|>=|!=|[=<>()\[\],+\-*/])|(?P<word>[^\W\d]\w*(?:\.[^\W\d]\w*)*))"
)
ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
MATHS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
WORDS = {"true": True, "false": False, "null": None}
KEYWORDS = frozenset({"and", "or", "not", "in", *WORDS})
# Both bound the recursion of the parser and of what it makes.
DEPTH = 50
TOKENS = 400

Evaluator = Callable[[Mapping[str, Any]], Any]


class FeelError(ValueError):
    """The expression is outside the subset; the text says where."""


def tokenize(source: str) -> list[tuple[str, str]]:
    """The tokens of an expression. Raises ``FeelError``."""
    text = source.strip().removeprefix("=").strip()
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise FeelError(f"“{text[at : at + 10]}” cannot be read")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
        if len(found) > TOKENS:
            raise FeelError("the expression is too long")
    return found


class Parser:
    """Turns tokens into a function of the data."""

    def __init__(self, source: str) -> None:
        self.tokens = tokenize(source)
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
            return self.items()
        if self.take("-"):
            return _maths("-", lambda data: 0, self.atom())
        if self.take("not"):
            self.expect("(")
            inner = self.either()
            self.expect(")")
            return lambda data: _not(inner(data))
        return None

    def items(self) -> Evaluator:
        items: list[Evaluator] = []
        if not self.take("]"):
            items.append(self.either())
            while self.take(","):
                items.append(self.either())
            self.expect("]")
        return lambda data: [item(data) for item in items]

    def leaf(self) -> Evaluator:
        if self.at >= len(self.tokens):
            raise FeelError("the expression is not complete")
        kind, value = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number = float(value) if "." in value else int(value)
            return lambda data: number
        if kind == "text":
            text = re.sub(r"\\(.)", r"\1", value[1:-1])
            return lambda data: text
        if value in WORDS:
            return lambda data: WORDS[value]
        if kind != "word" or value in KEYWORDS:
            raise FeelError(f"“{value}” stands in the wrong place")
        path = value.split(".")
        return lambda data: _look_up(data, path)


def _look_up(data: Any, path: list[str]) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return None if data == "" else data


def _any(values: list[Any]) -> bool | None:
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else None


def _all(values: list[Any]) -> bool | None:
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else None


def _not(value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(left: Any, right: Any) -> bool:
    """Equality as FEEL has it: true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _compare(sign: str, left: Any, right: Any) -> bool | None:
    if sign == "=":
        return _same(left, right)
    if sign == "!=":
        return not _same(left, right)
    if sign == "in":
        return any(_same(left, each) for each in right) if isinstance(right, list) else None
    alike = (_is_number(left) and _is_number(right)) or (isinstance(left, str) and isinstance(right, str))
    return ORDER[sign](left, right) if alike else None


def _maths(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    def evaluate(data: Mapping[str, Any]) -> Any:
        first, second = left(data), right(data)
        texts = sign == "+" and isinstance(first, str) and isinstance(second, str)
        if not texts and not (_is_number(first) and _is_number(second)):
            return None
        try:
            return MATHS[sign](first, second)
        except (ZeroDivisionError, OverflowError):
            return None

    return evaluate


@lru_cache(maxsize=4096)
def compile_feel(source: str) -> Evaluator:
    """A function of the data for an expression. Raises ``FeelError``."""
    return Parser(source).whole()


@lru_cache(maxsize=4096)
def read_names(source: str) -> frozenset[str]:
    """The first names an expression looks up: of ``a.b > c`` they are a and c. Raises ``FeelError``."""
    return frozenset(value.split(".")[0] for kind, value in tokenize(source) if kind == "word" and value not in KEYWORDS)


def evaluate(source: str, data: Mapping[str, Any]) -> Any:
    """The value of an expression; unknown names are null. Raises ``FeelError``."""
    return compile_feel(source)(data)
