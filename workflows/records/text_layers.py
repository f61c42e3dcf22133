"""A text layer for scans (OCRmyPDF with simplified Chinese) where it is installed; elsewhere they stay pictures, as is said."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from workflows.records import pdf_pages

LANGUAGES = "chi_sim+eng"
SECONDS = 600
LOOKED_AT = 3  # pages looked at to tell a scan from a document with text


@lru_cache(maxsize=1)
def find_tool() -> str | None:
    """The path of OCRmyPDF when it and Tesseract's Chinese are installed."""
    tool, tesseract = shutil.which("ocrmypdf"), shutil.which("tesseract")
    if not tool or not tesseract:
        return None
    known = subprocess.run([tesseract, "--list-langs"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    return tool if "chi_sim" in known.stdout.split() else None


def is_scan(content: bytes) -> bool:
    """Whether the first pages of a PDF hold no text at all."""
    try:
        return not pdf_pages.extract_text(content, LOOKED_AT).strip()
    except pdf_pages.UNREADABLE:
        return False


def add_text(content: bytes) -> bytes | None:
    """A scan with a text layer, as PDF/A; None where that is not possible."""
    tool = find_tool()
    if tool is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "scan.pdf", Path(folder) / "read.pdf"
        source.write_bytes(content)
        command = [tool, "-l", LANGUAGES, "--skip-text", "--output-type", "pdfa-2", "--quiet", str(source), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603
        except subprocess.TimeoutExpired:
            return None
        return target.read_bytes() if done.returncode == 0 and target.exists() else None
