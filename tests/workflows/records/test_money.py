"""Money: capitals as a bank reads them, amounts exact."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.records.money import DIGITS, in_figures, in_words, to_decimal

WORDS = {
    "0": "人民币零元整",
    "1": "人民币壹元整",
    "10": "人民币壹拾元整",
    "101": "人民币壹佰零壹元整",
    "1010": "人民币壹仟零壹拾元整",
    "10001": "人民币壹万零壹元整",
    "100010000": "人民币壹亿零壹万元整",
    "480000": "人民币肆拾捌万元整",
    "120034.56": "人民币壹拾贰万零叁拾肆元伍角陆分",
    "10.50": "人民币壹拾元伍角整",
    "10.05": "人民币壹拾元零伍分",
    "0.05": "人民币伍分",
    "200000000000": "人民币贰仟亿元整",
}


@pytest.mark.parametrize(("amount", "words"), WORDS.items())
def test_capitals(amount, words):
    assert in_words(Decimal(amount)) == words


@given(st.integers(min_value=1, max_value=99_999_999_999_999))
def test_capitals_read_back(fen):
    """Reading the capitals digit by digit gives the amount again."""
    assert read_capitals(in_words(Decimal(fen) / 100)) == fen


def read_capitals(words: str) -> int:
    """Fen from capitals; written independently of the writer: places are summed, zeros skipped."""
    total = group = digit = 0
    for sign in words.removeprefix("人民币").removesuffix("整"):
        if sign in DIGITS:
            digit = DIGITS.index(sign)
        elif sign in "拾佰仟":
            group, digit = group + digit * {"拾": 10, "佰": 100, "仟": 1000}[sign], 0
        elif sign == "亿":
            total, group, digit = (total + group + digit) * 10**8, 0, 0
        elif sign == "万":
            total, group, digit = total + (group + digit) * 10**4, 0, 0
        elif sign == "元":
            total, group, digit = (total + group + digit) * 100, 0, 0
        elif sign == "角":
            total, digit = total + digit * 10, 0
        elif sign == "分":
            total, digit = total + digit, 0
    return total


def test_amounts_are_read_from_forms():
    assert to_decimal("1234.50") == Decimal("1234.50")
    assert to_decimal(None) == 0
    assert in_figures(Decimal("1234.5")) == "¥1,234.50"
    for wrong in ("abc", "NaN", "1e99", "-1e99"):
        with pytest.raises(ValueError, match="not an amount"):
            to_decimal(wrong)
