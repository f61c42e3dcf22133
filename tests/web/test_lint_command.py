"""`juanzong lint`: a list of findings for any file whatever."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.engine.diagrams import review_loop
from web.cli import main

KEYS = {"file", "element", "name", "rule", "severity", "message", "fix"}


def lint(*files):
    """The exit code and the findings."""
    result = CliRunner().invoke(main, ["lint", "--json", *map(str, files)], catch_exceptions=False)
    return result.exit_code, json.loads(result.output)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "processes").mkdir()
    return tmp_path / "processes"


def test_findings_of_all_files_are_one_list_and_an_error_gives_exit_code_1(folder):
    for name, source in (("a.bpmn", b"nothing"), ("b.bpmn", review_loop().source)):
        (folder / name).write_bytes(source)
    code, found = lint(folder / "a.bpmn", folder / "b.bpmn")
    assert code == 1
    assert all(set(each) == KEYS for each in found)
    assert {each["file"] for each in found} == {str(folder / "a.bpmn"), str(folder / "b.bpmn")}
    assert ("Draft", "form") in {(each["element"], each["rule"]) for each in found}


def test_a_clean_file_gives_an_empty_list_and_exit_code_0(folder):
    source = review_loop().source.replace(b'name="form"', b'name="role"')
    (folder / "clean.bpmn").write_bytes(source)
    assert lint(folder / "clean.bpmn") == (0, [])


def test_what_is_no_file_is_said(folder):
    os.mkfifo(folder / "pipe.bpmn")
    (folder / "large.bpmn").write_bytes(b" " * 6_000_000)
    strange = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.bpmn"))
    strange.write_bytes(b"<a/>")
    for path in (folder, folder / "gone.bpmn", folder / "pipe.bpmn", "/dev/zero", folder / "large.bpmn", strange):
        code, found = lint(path)
        assert (code, len(found)) == (1, 1), path
        assert found[0]["rule"] in ("unreadable", "too-large", "parse")


@pytest.mark.parametrize("form", [b"{", b"\xff", b"[" * 100_000, b"[]", b"null", b'{"components": 3}'])
def test_a_broken_form_or_decision_is_a_finding(folder, form):
    forms = folder.parent / "forms" / "review_loop"
    forms.mkdir(parents=True)
    (forms / "draft.json").write_bytes(form)
    (folder.parent / "decisions").mkdir()
    (folder.parent / "decisions" / "broken.dmn").write_bytes(b"<dmn")
    (folder / "a.bpmn").write_bytes(review_loop().source)
    code, found = lint(folder / "a.bpmn")
    assert code == 1
    assert {"form", "decision"} <= {each["rule"] for each in found}
