"""What diagrams and forms name of the screen exists: panels with their templates, options of selects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bundle import NS, parse_xml
from web.inbox.choices import OPTIONS
from web.inbox.evidence import PANELS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "web" / "inbox" / "templates" / "inbox" / "panels"
DIAGRAMS = sorted((ROOT / "workflows" / "processes").glob("*.bpmn"))
FORMS = sorted((ROOT / "workflows" / "forms").rglob("*.json"))


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_panel_a_task_names_exists(path):
    values = parse_xml(path.read_bytes()).xpath("//spiff:property[@name='panels']/@value", namespaces=NS)
    named = {name.strip() for value in values for name in str(value).split(",") if name.strip()}
    assert sorted(named - PANELS.keys()) == []


def test_every_panel_has_its_template():
    assert [name for name in PANELS if not (TEMPLATES / f"{name}.html").is_file()] == []
    assert [path.stem for path in TEMPLATES.glob("*.html") if path.stem not in PANELS and not path.stem.startswith("_")] == []


def test_every_option_a_form_names_is_known():
    def options(components):
        for each in components:
            name = (each.get("properties") or {}).get("options")
            if name:
                yield name
            yield from options(each.get("components") or [])

    unknown = {
        str(path.relative_to(ROOT)): sorted(set(options(json.loads(path.read_text(encoding="utf-8"))["components"])) - OPTIONS)
        for path in FORMS
    }
    assert {path: names for path, names in unknown.items() if names} == {}
