"""Every requirement of docs/requirements.md has a test that carries its mark and drives the real process."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (R\d+|A\d+) \|", re.M)
#: what drives a process: the engine's commands, or the browser
DRIVES = frozenset({"do", "run", "move", "move_to", "settle", "start", "begin", "post", "click", "vote", "goto"})


def read_marks() -> dict[str, list[tuple[str, ast.FunctionDef]]]:
    """The tests by the requirement that they carry, their own marks and those of their module."""
    found: dict[str, list[tuple[str, ast.FunctionDef]]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        shared = [name for node in tree.body if isinstance(node, ast.Assign) and _is_pytestmark(node) for name in _names(node.value)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for name in {*shared, *(name for each in node.decorator_list for name in _names(each))}:
                    found[name].append((f"{path.relative_to(ROOT)}::{node.name}", node))
    return found


def _is_pytestmark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _names(node: ast.expr) -> list[str]:
    """The names in ``pytest.mark.requirement(...)``, alone or in a list."""
    if isinstance(node, ast.List | ast.Tuple):
        return [name for each in node.elts for name in _names(each)]
    is_mark = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement"
    return [str(each.value) for each in node.args if isinstance(each, ast.Constant)] if is_mark and isinstance(node, ast.Call) else []


MARKS = read_marks()
LISTED = ROW.findall((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"))


def test_the_document_lists_each_requirement_once():
    assert [*(f"R{number}" for number in range(1, 46)), *(f"A{number}" for number in range(1, 25))] == LISTED


@pytest.mark.parametrize("name", LISTED)
def test_a_requirement_has_a_test_that_drives_its_process(name):
    assert MARKS[name], f"no test carries @pytest.mark.requirement({name!r})"
    driving = [test for test, node in MARKS[name] if _drives(node)]
    assert driving, f"no test of {name} drives a process: {[test for test, _node in MARKS[name]]}"


def _drives(node: ast.FunctionDef) -> bool:
    """Whether a test calls something that drives a process, or a function of the tests that takes the case."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    by_name = any(isinstance(call.func, ast.Attribute) and call.func.attr in DRIVES for call in calls)
    handed = any(isinstance(arg, ast.Name) and arg.id in {"case", "firm", "people", "running"} for call in calls for arg in call.args)
    return by_name or handed


def test_a_mark_names_a_requirement_that_is_listed():
    assert sorted(set(MARKS) - set(LISTED)) == []
