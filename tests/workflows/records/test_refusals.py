"""Every refusal has its Chinese sentence with the same fields."""

from __future__ import annotations

import re

import pytest

from web.i18n import catalogue
from workflows.records import refusals

SENTENCES = {name: text for name, text in vars(refusals).items() if name.isupper()}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refusal_is_said_in_chinese_with_its_fields(name):
    message = catalogue().get(SENTENCES[name], "")
    assert re.search(r"[\u4e00-\u9fff]", message)
    fields = re.compile(r"\{(\w+)\}")
    assert set(fields.findall(message)) == set(fields.findall(SENTENCES[name]))
