"""How finely a scan was made (DA/T 31): dots per inch of each page, from the picture and the size of its page."""

from __future__ import annotations

import io
import struct

from pypdf import PageObject, PdfReader

from workflows.records import documents
from workflows.records.bound_pages import UNREADABLE

POINTS, A4_WIDTH, A4_HEIGHT = 72, 8.27, 11.69



def measure(content: bytes, media_type: str) -> list[int]:
    """Dots per inch of each page; 0 for a page without a picture."""
    if media_type == documents.PDF:
        return [_page(page) for page in PdfReader(io.BytesIO(content)).pages]
    width, height = _size(content, media_type)
    # Of the sheet only A4 is known; the shorter side of the picture lies along its shorter side.
    return [round(min(min(width, height) / A4_WIDTH, max(width, height) / A4_HEIGHT))]


def find_coarse(content: bytes, media_type: str, least: int) -> list[int]:
    """The numbers of the pages that were scanned too coarsely; scanners round, so a fiftieth less is still enough."""
    try:
        return [number for number, dots in enumerate(measure(content, media_type), 1) if dots < least * 0.98]
    except (*UNREADABLE, struct.error):
        return [1]


def _page(page: PageObject) -> int:
    across, up = float(page.mediabox.width) / POINTS, float(page.mediabox.height) / POINTS
    best = 0
    for each in (page.get("/Resources", {}).get_object().get("/XObject") or {}).values():
        image = each.get_object()
        if image.get("/Subtype") == "/Image":
            wide, high = int(image["/Width"]), int(image["/Height"])
            if page.get("/Rotate", 0) in (90, 270) or (wide > high) != (across > up):
                wide, high = high, wide
            best = max(best, round(min(wide / across, high / up)))
    return best


def _size(content: bytes, media_type: str) -> tuple[int, int]:
    if media_type == documents.PNG:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    at = 2
    while at < len(content):
        marker, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if marker in (0xC0, 0xC1, 0xC2):  # the frame's header
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + length
    raise ValueError("no frame")
