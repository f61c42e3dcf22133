"""Identity numbers and credit codes by their checksums."""

from __future__ import annotations

import pytest

from workflows.records import identifiers


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "350627199711275419", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_right_identity_numbers_pass(number):
    assert identifiers.check_id_number(number) is None


@pytest.mark.parametrize("code", ["91640100MA774ECW4K", "91350100M000100Y43"])
def test_right_credit_codes_pass(code):
    assert identifiers.check_credit_code(code) is None


@pytest.mark.parametrize("number", ["110105194912310021", "11010519490231002X", "abc", "110105491231002"])
def test_wrong_identity_numbers_are_said(number):
    assert identifiers.check_id_number(number) == "cn_id_number"
