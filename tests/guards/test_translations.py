"""Every sentence of the screen has its Chinese."""

from __future__ import annotations

import re
from pathlib import Path

from engine import errors
from web import errors as web_errors
from web import forms
from web.i18n import catalogue

ROOT = Path(__file__).parents[2] / "web"
CALL = re.compile(r"""\b(?:_|translate)\(\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')""")


def test_every_sentence_has_its_chinese():
    said = set(forms.MESSAGES.values()) | set(web_errors.SENTENCES.values())
    for path in [*ROOT.rglob("*.html"), *ROOT.rglob("*.py")]:
        if "node_modules" not in path.parts:
            said |= {first or second for first, second in CALL.findall(path.read_text(encoding="utf-8"))}
    said |= {str(kind.__doc__).strip() for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.JuanzongError)}
    assert sorted(said - catalogue().keys()) == []
