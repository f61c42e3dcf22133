"""The screen's language: Chinese by default, English one click away."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import has_request_context, request

CATALOGUES = Path(__file__).parent / "translations" / "zh_CN"
LANGUAGES = ("zh", "en")


@cache
def catalogue() -> dict[str, str]:
    """All Chinese messages by their English sentence, from every page's catalogue."""
    found: dict[str, str] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            found.update({str(m.id): str(m.string) for m in read_po(file, locale="zh_CN") if m.id and m.string})
    return found


def language() -> str:
    """The reader's language: the cookie's, else Chinese; the command line speaks English."""
    if not has_request_context():
        return "en"
    chosen = request.cookies.get("language", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def translate(message: str, **fields: object) -> str:
    """A sentence in the reader's language with its fields filled in."""
    text = catalogue().get(message, message) if language() == "zh" else message
    return text.format(**fields) if fields else text
