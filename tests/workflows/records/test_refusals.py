"""Every refusal has its Chinese sentence with the same fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from workflows.records import refusals

CATALOGUE = Path(__file__).parents[3] / "web/translations/zh_CN/slice_contract.po"
SENTENCES = {name: text for name, text in vars(refusals).items() if name.isupper()}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refusal_is_said_in_chinese_with_its_fields(name):
    with CATALOGUE.open("rb") as file:
        message = read_po(file).get(SENTENCES[name])
    assert message is not None
    assert re.search(r"[\u4e00-\u9fff]", str(message.string))
    fields = re.compile(r"\{(\w+)\}")
    assert set(fields.findall(str(message.string))) == set(fields.findall(SENTENCES[name]))
