"""The server's judgement of forms."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel, forms
from engine.errors import FormInvalid


def form(*components):
    return {"type": "default", "components": list(components)}


def errors(schema, values, **checks):
    with pytest.raises(FormInvalid) as caught:
        forms.validate(schema, values, checks=checks, today=date(2026, 11, 24))
    return {path: [error.code for error in found] for path, found in caught.value.errors.items()}


SIGNATURE = {"type": "textfield", "key": "name", "properties": {"control": "signature"}}
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
        ({"type": "filepicker", "key": "name"}, ["a" * 32, "b" * 32], "one_file"),
        ({"type": "textarea", "key": "name", "validate": {"required": True}}, " \n ", "required"),
        ({"type": "textarea", "key": "name"}, "x" * 20_001, "maxLength"),
        ({"type": "textfield", "key": "name"}, "half \ud800", "control"),
        ({"type": "textfield", "key": "name", "validate": {"validationType": "phone"}}, "138", "phone"),
        ({"type": "number", "key": "name"}, "1e-99999", "decimals"),
        ({"type": "number", "key": "name"}, "9" * 10_000, "nan"),
        ({"type": "number", "key": "name", "increment": 5}, "7", "increment"),
        ({"type": "datetime", "key": "name"}, "20260203", "not_a_date"),
        ({"type": "datetime", "key": "name", "disallowPassedDates": True}, "2026-11-23", "too_early"),
        ({"type": "datetime", "key": "name", "properties": {"latest": "today"}}, "2026-11-25", "too_late"),
        ({"type": "select", "key": "name", "properties": {"options": "lawyers"}}, "x" * 201, "option"),
        (SIGNATURE, "x" * 61, "maxLength"),
        (SIGNATURE, "data:image/png;base64,AAAA", "drawing"),
        (SIGNATURE, "data:text/html,hello", "drawing"),
        (SIGNATURE, "data:image/png;base64," + "A" * 300_000, "drawing_too_large"),
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


def test_a_drawn_signature_is_a_small_picture():
    picture = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (300).to_bytes(4, "big") + (100).to_bytes(4, "big")
    drawn = "data:image/png;base64," + base64.b64encode(picture).decode()
    assert forms.validate(form(SIGNATURE), {"name": drawn}, checks={}) == {"name": drawn}
    assert forms.validate(form(SIGNATURE), {"name": " 张三 "}, checks={}) == {"name": "张三"}


def test_conditions_see_typed_numbers_as_numbers():
    schema = form({"type": "number", "key": "amount"}, {**NAME, "conditional": {"hide": "=amount <= 100"}})
    assert forms.validate(schema, {"amount": "100", "name": ""}, checks={}) == {"amount": 100}
    assert errors(schema, {"amount": "1,000", "name": ""}) == {"name": ["required"]}


def test_a_row_keeps_its_number_when_one_before_it_is_empty():
    schema = form({"type": "dynamiclist", "path": "parties", "components": [NAME]})
    assert errors(schema, {"parties": [{"name": ""}, {"name": "abcdefg"}]}) == {"parties.1.name": ["maxLength"]}


def test_disabled_entries_are_dropped():
    assert forms.validate(form({**NAME, "disabled": True}), {"name": "typed over"}, checks={}) == {}


def test_a_form_shown_first_has_its_defaults_and_rows():
    schema = form(
        {"type": "group", "components": [{**NAME, "defaultValue": "new"}]},
        {"type": "dynamiclist", "path": "rows", "properties": {"min_rows": 2}, "components": [{**NAME, "defaultValue": "x"}]},
    )
    assert forms.fill_defaults(schema, {}) == {"name": "new", "rows": [{"name": "x"}, {"name": "x"}]}
    assert forms.fill_defaults(schema, {"name": "old", "rows": [{"name": "y"}]}) == {"name": "old", "rows": [{"name": "y"}]}


def test_choices_come_back_as_the_options_they_are():
    schema = form({"type": "radio", "key": "score", "values": [{"value": 1}, {"value": 2}]})
    assert forms.validate(schema, {"score": "2"}, checks={}) == {"score": 2}


@pytest.mark.parametrize(
    "component",
    [
        {"type": "iframe", "key": "x"},
        {"type": "textfield", "key": "a", "conditional": {"hide": "=some x in y"}},
        {"type": "textfield"},
        {"type": "textfield", "key": "_proof"},
        {"type": "group", "path": "inner", "components": []},
        {"type": "textfield", "key": "a", "validate": {"pattern": "(a+)+b"}},
        {"type": "textfield", "key": "a", "validate": {"pattern": "("}},
        {"type": "textfield", "key": "a", "validate": {"maxLength": "=limit"}},
        {"type": "textfield", "key": "a", "properties": {"check": "no_such"}},
        {"type": "textfield", "key": "a", "label": "=name"},
        {"type": "radio", "key": "a"},
        {"type": "radio", "key": "a", "values": [{"value": 1, "label": "x"}, {"value": "1", "label": "y"}]},
        {"type": "datetime", "key": "a", "properties": {"earliest": "soon"}},
        {"type": "datetime", "key": "a", "subtype": "era"},
        {"type": "dynamiclist", "path": "rows", "components": [{"type": "textfield"}]},
        "not a component",
    ],
)
def test_it_says_what_it_could_not_enforce(component):
    (fault,) = forms.check_schema(form(component), {})
    assert fault.message
    assert fault.mend


def test_it_says_that_two_components_share_a_key_or_that_there_are_none():
    assert len(forms.check_schema(form(NAME, NAME), {})) == 1
    assert forms.check_schema([], {})
    rows = {"type": "dynamiclist", "path": "rows", "components": [NAME]}
    assert forms.check_schema(form(NAME, rows), {}) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["type", "key", "components", "validate"]) | st.text(), inner)
    ),
)


@given(JSON)
def test_any_json_gives_faults(anything):
    forms.check_schema(anything, {})
    assert all(fault.message for fault in forms.check_schema(form(anything), {}))


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
        ("-a", None),
        ('"x" * 9', None),
        ("true = 1", False),
        ("[1, 2]", [1, 2]),
        ("b in [true, 3]", True),
        ("missing = null or a > 1", True),
    ],
)
def test_feel(source, value):
    assert feel.evaluate(source, {"a": "x", "b": 3, "c": {"d": 4}}) == value


@pytest.mark.parametrize("source", ["", "a b", "[1,", "(1", "not a", "and", "a..b", "-" * 99, "1+" * 999 + "1", "a = ", '"open'])
def test_feel_refuses(source):
    with pytest.raises(feel.FeelError):
        feel.compile_feel(source)


def test_feel_tells_the_names_it_looks_up():
    assert feel.read_names('=a.b = "c" and not(d in [e, null])') == {"a", "d", "e"}


@given(st.text() | st.text('ab1 =<>()[],+-*/".'))
def test_feel_reads_or_refuses(source):
    try:
        feel.evaluate(source, {})
    except feel.FeelError as error:
        assert str(error)
