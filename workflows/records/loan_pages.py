"""Pages of filed documents as pictures, with the reader's name and the time drawn into them."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from threading import Lock

import pypdfium2
from PIL import Image

from engine.errors import JuanzongError
from workflows.records.documents import JPEG, PDF, PNG
from workflows.records.letter_pdf import render_layout

POINTS = 72
STRENGTH = 0.28  # of the watermark: to be read on every page, the page too
QUALITY = 80
LONGEST = 2200  # pixels of the longer side, however large the scan
# PDFium keeps state of its own and serves one thread at a time.
_PDFIUM = Lock()


class PageMissing(JuanzongError):
    """This page has no picture: the document is kept on paper or in a form that the reader cannot draw."""


def draw_page(content: bytes, media_type: str, index: int, *, words: str, dpi: int, fonts: Path | None) -> bytes:
    """One page of a document as JPEG with the words over it; raises PageMissing where there is nothing to draw."""
    with _PDFIUM:
        page = _draw_pdf(content, index, dpi) if media_type == PDF else _draw_picture(content, media_type, index)
        mark = _draw_mark(words, page.width, page.height, dpi, str(fonts or ""))
    page.paste(mark, (0, 0), mark)
    stream = io.BytesIO()
    page.save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def _draw_pdf(content: bytes, index: int, dpi: int) -> Image.Image:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise PageMissing() from error
    try:
        if index >= len(document):
            raise PageMissing()
        page = document[index]
        scale = min(dpi / POINTS, LONGEST / max(page.get_size()))
        picture: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
        return picture
    finally:
        document.close()


def _draw_picture(content: bytes, media_type: str, index: int) -> Image.Image:
    if media_type not in (PNG, JPEG) or index:
        raise PageMissing()
    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise PageMissing() from error
    picture.thumbnail((LONGEST, LONGEST))
    return picture


@lru_cache(maxsize=32)
def _draw_mark(words: str, width: int, height: int, dpi: int, fonts: str) -> Image.Image:
    """The watermark alone, transparent between its words; the same for every page of a size within a minute."""
    inputs = {"words": words, "width": width * POINTS / dpi, "height": height * POINTS / dpi}
    document = pypdfium2.PdfDocument(render_layout("reading_watermark.typ", inputs, Path(fonts) if fonts else None))
    try:
        drawn = document[0].render(scale=dpi / POINTS, fill_color=(255, 255, 255, 255)).to_pil().convert("L")
    finally:
        document.close()
    mask = drawn.resize((width, height)).point(lambda value: int((255 - value) * STRENGTH))
    mark = Image.new("RGBA", (width, height), (192, 32, 32, 0))
    mark.putalpha(mask)
    return mark
