"""Signed copies: the text that was signed, followed by a page with each signature and its proof."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pypdf import PdfReader, PdfWriter

from engine.errors import JuanzongError
from workflows.records.letter_pdf import render_layout
from workflows.records.letter_text import chinese_datetime

DRAWN = "data:image/png;base64,"
MAX_DRAWING = 300 * 1024


class SignatureRefused(JuanzongError):
    """The signature cannot be read: draw it again or type the full name."""


class SealedAlready(JuanzongError):
    """“{title}” already bears a digital signature: pages can no longer be added to it."""


def read_drawing(signature: str) -> bytes | None:
    """The PNG of a drawn signature (a ``data:`` address), None for a typed name; raises SignatureRefused."""
    if not signature.startswith("data:"):
        if not signature.strip():
            raise SignatureRefused()
        return None
    try:
        picture = base64.b64decode(signature.removeprefix(DRAWN), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureRefused() from error
    if not picture.startswith(b"\x89PNG\r\n\x1a\n") or len(picture) > MAX_DRAWING:
        raise SignatureRefused()
    return picture


def add_signature_page(
    content: bytes,
    *,
    title: str,
    signatures: Sequence[Mapping[str, Any]],
    at: datetime,
    fonts: Path | None,
) -> bytes:
    """A PDF with one page more, on which the signatures stand; it stays PDF/A-2b when it was.

    Each signature has ``role``, ``name``, ``signature`` (a typed name, or a drawn one as a PNG ``data:`` address),
    ``signed_at`` (ISO), ``address`` (network address) and ``document_sha256`` (what was on the signer's screen).
    """
    reader = PdfReader(io.BytesIO(content))
    if reader.get_fields():
        raise SealedAlready(title=title)
    inputs = {
        "title": title,
        "digest": hashlib.sha256(content).hexdigest(),
        "pages": len(reader.pages),
        "signatures": [_entry(signature) for signature in signatures],
    }
    page = render_layout("signatures.typ", inputs, fonts, at=at)
    # Cloning keeps the catalogue of the first file with its output intent and XMP metadata, which make it PDF/A.
    writer = PdfWriter(clone_from=reader)
    for added in PdfReader(io.BytesIO(page)).pages:
        writer.add_page(added)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _entry(signature: Mapping[str, Any]) -> dict[str, Any]:
    mark = str(signature["signature"])
    picture = read_drawing(mark)
    return {
        "role": str(signature.get("role") or "签名人"),
        "name": str(signature["name"]),
        "text": "" if picture else mark,
        "image": list(picture) if picture else None,
        "signed_at": chinese_datetime(signature["signed_at"]) + "（北京时间）",
        "address": str(signature.get("address") or "—"),
        "digest": str(signature.get("document_sha256") or "—"),
    }
