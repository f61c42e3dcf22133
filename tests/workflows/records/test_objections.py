"""Every objection of the forms from the assessment to the survey has its Chinese sentence with the same fields."""

from __future__ import annotations

import re

import pytest

from web.i18n import catalogue
from workflows.records import objections

SENTENCES = [text for name, text in vars(objections).items() if name.isupper() and isinstance(text, str)]


@pytest.mark.parametrize("sentence", [*SENTENCES, *objections.PROMISE.values()])
def test_an_objection_is_said_in_chinese_with_its_fields(sentence):
    message = catalogue().get(sentence, "")
    assert re.search(r"[\u4e00-\u9fff]", message)
    fields = re.compile(r"\{(\w+)\}")
    assert set(fields.findall(message)) == set(fields.findall(sentence))
