"""Every sentence of the screen has its Chinese."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import workflows.records
from engine import errors
from web import errors as web_errors
from web import form_messages
from web.i18n import CATALOGUES, catalogue

ROOT = Path(__file__).parents[2]
CALL = re.compile(r"""\b(?:_|translate)\(\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')""")
SOURCES = sorted(
    path for path in [*(ROOT / "web").rglob("*.html"), *(ROOT / "web").rglob("*.py")] if "node_modules" not in path.parts
)
FIELD = re.compile(r"\{(\w*)[^}]*\}")


def said_in(path: Path) -> set[str]:
    """The sentences that a file shows, as they are written there."""
    found = CALL.findall(path.read_text(encoding="utf-8"))
    return {(first or second).replace('\\"', '"').replace("\\'", "'") for first, second in found}


def error_sentences() -> dict[str, str]:
    """The sentence of every error that a person may read, by the error's class."""
    for module in pkgutil.iter_modules(workflows.records.__path__):
        importlib.import_module(f"workflows.records.{module.name}")
    found: dict[str, str] = {}
    waiting = [errors.JuanzongError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if not kind.__module__.startswith("tests."):
            found[f"{kind.__module__}.{kind.__name__}"] = str(kind.__doc__).strip()
    return found


def test_every_sentence_has_its_chinese():
    missing = {str(path.relative_to(ROOT)): sorted(said_in(path) - catalogue().keys()) for path in SOURCES}
    assert {path: found for path, found in missing.items() if found} == {}


def test_every_message_of_a_form_and_of_an_error_page_has_its_chinese():
    said = set(form_messages.MESSAGES.values()) | set(web_errors.SENTENCES.values()) | {
        web_errors.OTHERWISE, web_errors.STEP_FAILED, web_errors.ONE_STEP_FAILED,
    }  # fmt: skip
    assert sorted(said - catalogue().keys()) == []


def test_every_error_has_its_chinese():
    assert {name: text for name, text in error_sentences().items() if text not in catalogue()} == {}


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.name)
def test_a_translation_has_the_fields_of_its_sentence(path):
    with path.open("rb") as file:
        messages = [each for each in read_po(file, locale="zh_CN") if each.id and each.string]
    wrong = [str(each.id) for each in messages if set(FIELD.findall(str(each.string))) - set(FIELD.findall(str(each.id)))]
    assert wrong == []


def test_catalogues_do_not_contradict_each_other():
    known: dict[str, tuple[str, str]] = {}
    clashes = []
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for each in read_po(file, locale="zh_CN"):
                if not each.id:
                    continue
                first = known.setdefault(str(each.id), (path.name, str(each.string)))
                if first[1] != str(each.string):
                    clashes.append(f"{each.id}: {first[0]} {first[1]} ≠ {path.name} {each.string}")
    assert clashes == []


def test_every_audit_event_has_its_chinese():
    event = re.compile(r"""(?:\.audit|AuditEntry)\(\s*"([a-z_.]+)",""")
    found = {
        name
        for room in ("engine", "workflows")
        for path in (ROOT / room).rglob("*.py")
        for name in event.findall(path.read_text(encoding="utf-8"))
    }
    words = {name: name.replace(".", " ").replace("_", " ").capitalize() for name in found}
    assert len(found) > 50
    assert sorted(name for name, sentence in words.items() if sentence not in catalogue()) == []
