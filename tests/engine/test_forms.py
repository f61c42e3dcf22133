"""The server's judgement of forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel, forms
from engine.errors import FormInvalid


def form(*components):
    return {"type": "default", "components": list(components)}


def errors(schema, values, **checks):
    with pytest.raises(FormInvalid) as caught:
        forms.validate(schema, values, checks=checks)
    return {path: [error.code for error in found] for path, found in caught.value.errors.items()}


NAME = {"type": "textfield", "key": "name", "validate": {"required": True, "maxLength": 5}}


@pytest.mark.parametrize(
    ("component", "value", "code"),
    [
        (NAME, "", "required"),
        (NAME, "   ", "required"),
        (NAME, "abcdef", "maxLength"),
        (NAME, "a\x00b", "control"),
        ({"type": "textfield", "key": "name"}, "x" * 501, "maxLength"),
        ({"type": "textarea", "key": "name", "validate": {"minLength": 3}}, "ab", "minLength"),
        ({"type": "textfield", "key": "name", "validate": {"pattern": "[a-z]+"}}, "A", "pattern"),
        ({"type": "textfield", "key": "name", "validate": {"validationType": "email"}}, "a@b", "email"),
        ({"type": "number", "key": "name"}, "abc", "nan"),
        ({"type": "number", "key": "name"}, "NaN", "nan"),
        ({"type": "number", "key": "name", "validate": {"min": 1}}, "0", "min"),
        ({"type": "number", "key": "name", "validate": {"max": 1}}, "2", "max"),
        ({"type": "number", "key": "name", "decimalDigits": 2}, "1.234", "decimals"),
        ({"type": "datetime", "key": "name"}, "2026-02-30", "not_a_date"),
        ({"type": "datetime", "key": "name"}, "yesterday", "not_a_date"),
        ({"type": "select", "key": "name", "values": [{"value": "a"}]}, "b", "option"),
        ({"type": "checklist", "key": "name", "values": [{"value": "a"}]}, ["a", "b"], "option"),
        ({"type": "filepicker", "key": "name"}, ["../x"], "file"),
    ],
)
def test_it_says_what_is_wrong_at_the_field(component, value, code):
    assert errors(form(component), {"name": value}) == {"name": [code]}


def test_it_cleans_what_is_right():
    schema = form(
        NAME,
        {"type": "number", "key": "amount", "decimalDigits": 2},
        {"type": "number", "key": "count"},
        {"type": "datetime", "key": "day"},
        {"type": "checkbox", "key": "yes"},
        {"type": "taglist", "key": "tags", "values": [{"value": "a"}]},
    )
    given_values = {
        "name": " 王伟 ",
        "amount": "1,000.50",
        "count": "3",
        "day": "2026-11-24",
        "yes": "on",
        "tags": ["a", "a"],
        "evil": 1,
    }
    clean = forms.validate(schema, given_values, checks={})
    assert clean == {"name": "王伟", "amount": "1000.50", "count": 3, "day": "2026-11-24", "yes": True, "tags": ["a"]}


def test_it_uses_registered_checks():
    schema = form({"type": "textfield", "key": "id", "properties": {"check": "odd"}})
    assert errors(schema, {"id": "2"}, odd=lambda text: "even" if int(text) % 2 == 0 else None) == {"id": ["even"]}


def test_it_drops_hidden_entries_and_does_not_judge_them():
    schema = form({"type": "textfield", "key": "kind"}, {**NAME, "conditional": {"hide": '=kind != "person"'}})
    assert forms.validate(schema, {"kind": "firm", "name": "too long a name"}, checks={}) == {"kind": "firm"}
    assert errors(schema, {"kind": "person", "name": ""}) == {"name": ["required"]}


def test_it_judges_rows_by_path():
    schema = form({"type": "dynamiclist", "path": "parties", "components": [NAME], "properties": {"min_rows": 1}})
    assert errors(schema, {"parties": [{"name": "a"}, {"name": "abcdefg"}]}) == {"parties.1.name": ["maxLength"]}
    assert errors(schema, {"parties": [{"name": ""}]}) == {"parties": ["min_rows"]}
    assert forms.validate(schema, {"parties": [{"name": "a"}, {"name": ""}]}, checks={}) == {"parties": [{"name": "a"}]}


def test_it_says_what_it_could_not_enforce():
    schema = form(
        {"type": "iframe", "key": "x"},
        {"type": "textfield", "key": "a", "conditional": {"hide": "=some x in y"}},
        {"type": "textfield"},
    )
    assert len(forms.check_schema(schema, {})) == 3
    assert forms.check_schema([], {})


@given(
    st.dictionaries(
        st.sampled_from(["name", "amount", "rows"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_it_never_breaks_on_what_is_posted(values):
    schema = form(NAME, {"type": "number", "key": "amount"}, {"type": "dynamiclist", "path": "rows", "components": [NAME]})
    try:
        forms.validate(schema, values, checks={})
    except FormInvalid as invalid:
        assert invalid.errors


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('= a = "x" and b > 2', True),
        ("not(a = null)", True),
        ("b in [1, 2, 3]", True),
        ("c.d + 1", 5),
        ("missing > 1", None),
        ("(b - 1) * 2", 4),
    ],
)
def test_feel(source, value):
    assert feel.evaluate(source, {"a": "x", "b": 3, "c": {"d": 4}}) == value


@given(st.text())
def test_feel_reads_or_refuses(source):
    try:
        feel.evaluate(source, {})
    except feel.FeelError as error:
        assert str(error)
