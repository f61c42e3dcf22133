"""Identity numbers and credit codes: read and checked by their checksums.

Sources: GB 11643-1999 (identity number, ISO 7064 MOD 11-2), GB 32100-2015 (unified social credit code).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

WIDE = {ord(letter): ord(letter) - 0xFEE0 for letter in "０１２３４５６７８９ＸｘＡＢＣＤＥＦＧＨＪＫＬＭＮＰＱＲＴＵＷＹ"}
MOBILE = re.compile(r"(\+?86)?1[3-9]\d{9}")


def clean(text: str) -> str:
    """An identifier without spaces and hyphens, in upper case and half width."""
    if text.isascii() and text.isalnum():  # nearly all of the hundred thousand rows of an import
        return text.upper()
    return re.sub(r"[\s-]", "", text.translate(WIDE)).upper()


def check_id_number(text: str) -> str | None:
    """Why an identity number is wrong (``cn_id_number``), None when it is right."""
    number = clean(text)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or not mod_11_2.is_valid(number):
        return "cn_id_number"
    # The first six digits are not looked up: numbers keep the codes of counties that no longer exist.
    try:
        birth_date(number)
    except ValueError:
        return "cn_id_number"
    return None


def check_credit_code(text: str) -> str | None:
    """Why a unified social credit code is wrong (``uscc``), None when it is right."""
    return None if uscc.is_valid(clean(text)) else "uscc"


def check_mobile(text: str) -> str | None:
    """Why a mobile number is wrong (``cn_mobile``); numbers abroad start with + and pass."""
    number = re.sub(r"[\s-]", "", text)
    return None if MOBILE.fullmatch(number) or re.fullmatch(r"\+(?!86)\d{7,15}", number) else "cn_mobile"


def birth_date(id_number: str) -> date:
    """The birth date in a right identity number."""
    digits = clean(id_number)[6:14]
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def read_person(id_number: str) -> dict[str, str]:
    """What a right identity number says of its holder: ``birth_date`` (ISO) and ``gender`` (``male`` or ``female``)."""
    number = clean(id_number)
    return {"birth_date": birth_date(number).isoformat(), "gender": "male" if int(number[16]) % 2 else "female"}


def age_on(born: date, today: date) -> int:
    """Whole years of age on a day."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def check_identifier(text: str) -> str | None:
    """Why a text is neither an identity number nor a credit code (``cn_identifier``), None when it is one of them."""
    return "cn_identifier" if check_id_number(text) and check_credit_code(text) else None


CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "cn_id_number": check_id_number,
    "uscc": check_credit_code,
    "cn_mobile": check_mobile,
    "cn_identifier": check_identifier,
}
