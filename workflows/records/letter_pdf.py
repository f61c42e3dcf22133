"""Setting a letter as PDF/A-2b with Typst and Chinese type."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from engine.errors import JuanzongError
from workflows.records.letter_models import Letter

LAYOUTS = Path(__file__).parent.parent / "letters"
# In this order: Debian's Noto CJK packages, the fonts the front-end build brings along, and what offices have.
SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Songti SC", "SimSun", "FandolSong")
SANS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "SimHei", "FandolHei")


class FontsMissing(JuanzongError):
    """Letters need a Chinese font: install fonts-noto-cjk or build the front end, which brings one."""


class LayoutFailed(JuanzongError):
    """The page could not be set: {reason}"""


@lru_cache(maxsize=4)
def load_fonts(fonts: Path | None) -> typst.Fonts:
    """The machine's fonts and a folder's, found once: looking for them takes forty times as long as setting a page."""
    return typst.Fonts(font_paths=[fonts] if fonts and fonts.is_dir() else [])


@lru_cache(maxsize=4)
def find_fonts(fonts: Path | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The serif and sans families present on this machine or in a folder; raises FontsMissing without any."""
    families = set(load_fonts(fonts).families())
    serif = tuple(name for name in SERIF if name in families)
    sans = tuple(name for name in SANS if name in families)
    if not serif and not sans:
        raise FontsMissing()
    return serif or sans, sans or serif


def render_pdf(letter: Letter, fonts: Path | None = None, *, at: datetime | None = None) -> bytes:
    """A letter as PDF/A-2b; ``fonts`` is a folder with a Chinese font, beside the machine's own fonts."""
    return render_layout("layout.typ", {"letter": letter.to_json()}, fonts, at=at)


def render_layout(
    layout: str, inputs: dict[str, Any], fonts: Path | None = None, *, at: datetime | None = None
) -> bytes:
    """A Typst layout of ``workflows/letters`` as PDF/A-2b; it reads each input as JSON from ``sys.inputs``.

    ``at`` is the moment written into the file, so that the same letter gives the same bytes.
    """
    serif, sans = find_fonts(fonts)
    # The last family is Typst's own, for the few signs a Chinese font may lack.
    values = {**inputs, "serif": [*serif, "Libertinus Serif"], "sans": [*sans, "Libertinus Serif"]}
    try:
        content = typst.compile(
            LAYOUTS / layout,
            root=LAYOUTS,
            font_paths=load_fonts(fonts),
            format="pdf",
            sys_inputs={name: json.dumps(value, ensure_ascii=False) for name, value in values.items()},
            pdf_standards="a-2b",
            timestamp=at.replace(microsecond=0) if at else None,  # Typst refuses fractions of a second
        )
    except typst.TypstError as error:
        raise LayoutFailed(reason=error.message) from error
    return bytes(content)
