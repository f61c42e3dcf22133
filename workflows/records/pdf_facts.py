"""What a PDF is besides its pages: PDF/A or not, locked, signed and whether the signatures hold, and what in it could run."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

PDFA = re.compile(rb"pdfaid:part[^0-9]{1,4}[1-4]")
RUNS = {"/JavaScript": "JavaScript", "/JS": "JavaScript", "/Launch": "启动外部程序", "/EmbeddedFile": "嵌入文件"}
#: what a page or the catalogue may hold that acts by itself
ACTING = ("/OpenAction", "/AA", "/A", "/Names", "/AF", "/Annots", "/AcroForm")
ELSEWHERE = frozenset({"/P", "/Parent", "/Page", "/V", "/AP", "/Dest", "/D"})
DEPTH = 12
BROKEN = (PyPdfError, ValueError, KeyError, TypeError, OSError, AttributeError, IndexError, RecursionError)


def read(content: bytes) -> dict[str, object]:
    """The facts of a PDF as fields of ``FileFacts``."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"is_locked": True, "opens": False, "problem": "文件设有密码"}
        pages = len(reader.pages)
        root = reader.root_object
        kind = "pdfa" if _is_pdfa(root) else "pdf"
        runs = tuple(sorted(_find_running(root, reader)))
        signed, broken = _count_signatures(content, root)
    except BROKEN as error:
        return {"opens": False, "problem": f"PDF结构损坏：{type(error).__name__}"}
    facts: dict[str, object] = {"kind": kind, "pages": pages, "runs": runs, "is_locked": reader.is_encrypted}
    return facts | {"signatures": signed, "broken_signatures": broken, "made_at": _made_at(reader), "opens": pages > 0}


def _is_pdfa(root: Any) -> bool:
    metadata = root.get("/Metadata")
    return metadata is not None and bool(PDFA.search(metadata.get_object().get_data()))


def _made_at(reader: PdfReader) -> str:
    try:
        made = reader.metadata.creation_date if reader.metadata else None
    except BROKEN:
        return ""
    return made.astimezone().isoformat() if made else ""


def _find_running(root: Any, reader: PdfReader) -> set[str]:
    """What acts by itself, looked for in the catalogue's and the pages' own actions, names and annotations."""
    found: set[str] = set()
    seen: set[int] = set()
    for holder in (root, *reader.pages):
        for key in ACTING:
            if key in holder:
                _walk(holder.raw_get(key), found, seen, DEPTH)
    return found


def _walk(value: Any, found: set[str], seen: set[int], depth: int) -> None:
    if isinstance(value, IndirectObject):
        if value.idnum in seen:
            return
        seen.add(value.idnum)
        value = value.get_object()
    if depth and isinstance(value, DictionaryObject):
        found |= _name_running(value)
        for key in value:
            if key not in ELSEWHERE:
                _walk(value.raw_get(key), found, seen, depth - 1)
    elif depth and isinstance(value, ArrayObject):
        for each in value:
            _walk(each, found, seen, depth - 1)


def _name_running(value: DictionaryObject) -> set[str]:
    found = {RUNS[str(value[key])] for key in ("/S", "/Type") if value.get(key) in RUNS}
    if "/JS" in value or "/JavaScript" in value:
        found.add("JavaScript")
    return found | ({"嵌入文件"} if "/EF" in value else set())


def _count_signatures(content: bytes, root: Any) -> tuple[int, int]:
    """How many signatures a PDF bears, and how many do not fit what they sign."""
    form = root.get("/AcroForm")
    if form is None or not form.get_object().get("/SigFlags"):
        return 0, 0
    with ThreadPoolExecutor(1, "signatures") as own_thread:  # pyHanko may run an event loop of its own
        return own_thread.submit(_judge_signatures, content).result()


def _judge_signatures(content: bytes) -> tuple[int, int]:
    signatures = PdfFileReader(io.BytesIO(content), strict=False).embedded_signatures
    broken = 0
    for each in signatures:
        try:
            each.compute_integrity_info()
            digest = each.compute_digest()
            intact, valid = validate_sig_integrity(each.signer_info, each.signer_cert, "data", digest)
        except (*BROKEN, SignatureValidationError):  # whatever is wrong inside a signature, it does not hold
            intact = valid = False
        broken += not (intact and valid)
    return len(signatures), broken
