"""Filling in a letter's text: Jinja2 in a sandbox, Chinese forms of dates and money, and a stop at anything missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import ChainableUndefined, Template, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.clock import FIRM_ZONE
from engine.errors import JuanzongError
from workflows.records import money

_DIGITS = "零一二三四五六七八九"


class LetterIncomplete(JuanzongError):
    """The letter “{letter}” cannot be written: “{expression}” has no value."""


class LetterBroken(JuanzongError):
    """The letter “{letter}” cannot be read: {reason}"""


class _Missing(ChainableUndefined):
    """A fact that is not there: false in a condition, an error in the text."""

    def __str__(self) -> str:
        return self._refuse()

    def __iter__(self) -> Any:
        self._refuse()

    def __len__(self) -> int:
        return 0

    def _refuse(self) -> NoReturn:
        raise UndefinedError(self._undefined_message)


def chinese_number(number: int) -> str:
    """A whole number from 0 to 9999 as it is spoken (1 → 一, 12 → 十二, 105 → 一百零五)."""
    if not 0 <= number <= 9999:
        raise ValueError(f"no Chinese number for {number}")
    if number < 10:
        return _DIGITS[number]
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if text.startswith("一十") else text


def chinese_date(value: object) -> str:
    """An ISO date or moment as 2026年9月11日, in the firm's zone."""
    moment = _moment(value)
    return f"{moment.year}年{moment.month}月{moment.day}日"


def chinese_datetime(value: object) -> str:
    """An ISO moment as 2026年9月11日 14:05, in the firm's zone."""
    moment = _moment(value)
    return f"{chinese_date(moment)} {moment:%H:%M}"


def masked(value: object) -> str:
    """An identity number, credit code or telephone number with its middle hidden."""
    text = str(value)
    return text if len(text) < 8 else text[:3] + "*" * (len(text) - 7) + text[-4:]


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(FIRM_ZONE) if value.tzinfo else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=FIRM_ZONE)
    raise ValueError(f"not a date: {value}")


def _default(value: object, otherwise: object = "") -> object:
    return otherwise if value is None or value == "" or isinstance(value, _Missing) else value


def _refuse_none(value: object) -> object:
    if value is None:
        raise UndefinedError("None")
    return value


def _amount(value: object) -> Decimal:
    if value is None or isinstance(value, _Missing):
        raise UndefinedError("no amount")
    return money.to_decimal(value)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, where ``fees.items`` is the fact of that name and not the method of Python's dict."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if isinstance(obj, Mapping) and attribute in obj else super().getattr(obj, attribute)


# Letters are plain text: Typst reads them as data and Word as runs, so there is nothing to escape.
_ENVIRONMENT = _Environment(undefined=_Missing, autoescape=False, finalize=_refuse_none)
_ENVIRONMENT.filters.update(
    {
        "date": chinese_date,
        "datetime": chinese_datetime,
        "money": lambda value: f"{money.round_fen(_amount(value)):,.2f}",
        "rmb": lambda value: money.in_words(_amount(value)),
        "masked": masked,
        "cn": lambda value: chinese_number(int(value)),
        "default": _default,
        "d": _default,
    }
)


@lru_cache(maxsize=4096)
def _compile(text: str) -> Template:
    """A text made ready to be filled in; the same sentences come again in every letter."""
    return _ENVIRONMENT.from_string(text)


@lru_cache(maxsize=1024)
def _compile_expression(expression: str) -> Callable[..., Any]:
    return _ENVIRONMENT.compile_expression(expression, undefined_to_none=True)


class Text:
    """Fills in the texts of one letter with one set of facts."""

    def __init__(self, letter: str, facts: Mapping[str, Any]) -> None:
        self.letter = letter
        self.facts = facts

    def fill(self, source: object, **more: Any) -> str:
        """A text with its expressions filled in; raises LetterIncomplete or LetterBroken."""
        text = str(source)
        if "{" not in text:
            return text
        try:
            return _compile(text).render({**self.facts, **more}).strip()
        except UndefinedError as error:
            raise LetterIncomplete(letter=self.letter, expression=self._culprit(text, more)) from error
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise LetterBroken(letter=self.letter, reason=f"{text}: {error}") from error

    def value(self, expression: str, **more: Any) -> Any:
        """The value of a bare expression; a missing fact gives something false and empty."""
        try:
            return _compile_expression(expression)({**self.facts, **more})
        except (TemplateError, TypeError, ValueError) as error:
            raise LetterBroken(letter=self.letter, reason=f"{expression}: {error}") from error

    def _culprit(self, text: str, more: Mapping[str, Any]) -> str:
        """The first ``{{ … }}`` of a text that cannot be filled in by itself, for the message."""
        for found in re.finditer(r"\{\{-?(.+?)-?\}\}", text, re.DOTALL):
            try:
                _compile("{{" + found[1] + "}}").render({**self.facts, **more})
            except (TemplateError, TypeError, ValueError, ArithmeticError):
                return found[1].strip()
        return text
