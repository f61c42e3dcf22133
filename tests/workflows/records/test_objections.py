"""Every objection of the forms from the assessment to the survey has its Chinese sentence with the same fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from workflows.records import objections

CATALOGUE = Path(__file__).parents[3] / "web/translations/zh_CN/slice_assessment.po"
SENTENCES = [text for name, text in vars(objections).items() if name.isupper() and isinstance(text, str)]


@pytest.mark.parametrize("sentence", [*SENTENCES, *objections.PROMISE.values()])
def test_an_objection_is_said_in_chinese_with_its_fields(sentence):
    with CATALOGUE.open("rb") as file:
        message = read_po(file).get(sentence)
    assert message is not None
    assert re.search(r"[\u4e00-\u9fff]", str(message.string))
    fields = re.compile(r"\{(\w+)\}")
    assert set(fields.findall(str(message.string))) == set(fields.findall(sentence))
