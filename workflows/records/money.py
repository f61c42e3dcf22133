"""Money: yuan as Decimal in Python, whole fen in the database, Chinese capitals in contracts and receipts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from sqlalchemy import BigInteger, Dialect, TypeDecorator

CENT = Decimal("0.01")
LIMIT = Decimal("1000000000000")  # 10^12 yuan: far above any fee, and within what the capitals below can say
DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")


class Yuan(TypeDecorator[Decimal]):
    """A column of money: Decimal yuan with two places, stored as whole fen so that both databases add exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(round_fen(value) * 100)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(CENT)


def round_fen(amount: Decimal) -> Decimal:
    """The amount in yuan rounded half up to whole fen."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_decimal(value: object) -> Decimal:
    """A form's number (int or decimal text) as Decimal yuan; empty is zero; ``ValueError`` for anything else."""
    if value is None or value == "":
        return Decimal(0)
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {value}") from error
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise ValueError(f"not an amount: {value}")
    return amount


def in_figures(amount: Decimal) -> str:
    """``¥1,234.50``; whole yuan keep their two places, as on an invoice."""
    return f"¥{round_fen(amount):,.2f}"


def in_words(amount: Decimal) -> str:
    """The amount in Chinese capitals (人民币大写), as the rules for filling in negotiable instruments write it.

    Yuan, not negative, below 10^12; more than two places are rounded half up.
    """
    amount = round_fen(amount)
    if amount < 0 or amount >= LIMIT:
        raise ValueError(f"cannot be written in capitals: {amount}")
    fen_total = int(amount * 100)
    yuan, jiao, fen = fen_total // 100, fen_total // 10 % 10, fen_total % 10
    if fen_total == 0:
        return "人民币零元整"
    words = "人民币" + (_whole(yuan) + "元" if yuan else "")
    if not jiao and not fen:
        return words + "整"
    if jiao:
        words += DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (DIGITS[fen] + "分" if fen else "整")


def _whole(number: int) -> str:
    """A positive whole number in capitals, by groups of four digits."""
    parts: list[str] = []
    gap = False  # a zero must be spoken before the next group
    for index in range(len(GROUPS) - 1, -1, -1):
        group = number // 10 ** (4 * index) % 10_000
        if not group:
            gap = bool(parts)
            continue
        if parts and (gap or group < 1000):
            parts.append(DIGITS[0])
        parts.append(_group(group) + GROUPS[index])
        gap = False
    return "".join(parts)


def _group(group: int) -> str:
    """One to four digits in capitals, without a leading zero."""
    text, zero = "", False
    for index in range(3, -1, -1):
        digit = group // 10**index % 10
        if not digit:
            zero = bool(text)
            continue
        text += (DIGITS[0] if zero else "") + DIGITS[digit] + UNITS[index]
        zero = False
    return text
