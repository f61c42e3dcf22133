"""What a file really is: its format by its bytes, whether it opens, whether it is locked, and what in it could run."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree

from workflows.records import documents, pdf_facts

#: what a media type's bytes may turn out to be
KINDS_OF: dict[str, frozenset[str]] = {
    documents.PDF: frozenset({"pdf", "pdfa"}),
    documents.WORD: frozenset({"docx"}),
    documents.EXCEL: frozenset({"xlsx"}),
    documents.OFD: frozenset({"ofd"}),
    documents.PNG: frozenset({"png"}),
    documents.JPEG: frozenset({"jpeg"}),
    documents.TEXT: frozenset({"txt", "xml"}),
}
NAMES = {
    "pdf": "PDF（非PDF/A）", "pdfa": "PDF/A", "ofd": "OFD", "docx": "Word", "xlsx": "Excel", "png": "PNG", "jpeg": "JPEG",
    "tiff": "TIFF", "xml": "XML", "txt": "纯文本", "mp4": "MP4", "zip": "ZIP压缩包", "rar": "RAR压缩包", "7z": "7-Zip压缩包",
    "gz": "GZIP压缩包", "ole": "旧版Office或者加密的Office文件", "exe": "可执行程序", "unknown": "无法识别的格式",
}  # fmt: skip
CLOSED = frozenset({"zip", "rar", "7z", "gz"})
_BEGINNINGS = (
    (b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"II*\x00", "tiff"), (b"MM\x00*", "tiff"),
    (b"PK\x03\x04", "zip"), (b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gz"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (b"MZ", "exe"), (b"\x7fELF", "exe"), (b"#!", "exe"),
)  # fmt: skip
_LAST_BYTES = {"png": b"IEND\xaeB`\x82", "jpeg": b"\xff\xd9"}


@dataclass(frozen=True)
class FileFacts:
    """What one file's bytes say; ``problem`` says why it does not open, ``runs`` names what in it could run."""

    sha256: str
    size: int
    kind: str = "unknown"
    opens: bool = True
    problem: str = ""
    is_locked: bool = False
    pages: int | None = None
    made_at: str = ""
    runs: tuple[str, ...] = ()
    signatures: int = 0
    broken_signatures: int = 0
    virus: str | None = None  # its name; "" where a scanner found none; None where no scanner looked


NOTHING = FileFacts(sha256="", size=0, opens=False, problem="读不出文件内容")


def examine(content: bytes, *, virus: str | None = None) -> FileFacts:
    """Look at the bytes of one file."""
    kind = find_kind(content)
    facts = FileFacts(hashlib.sha256(content).hexdigest(), len(content), kind=kind, virus=virus)
    if not content:
        return _with(facts, opens=False, problem="文件是空的")
    if kind == "pdf":
        return _with(facts, **pdf_facts.read(content))
    if kind in ("docx", "xlsx", "ofd", "zip"):
        return _with(facts, **_look_into_zip(content))
    if kind == "ole":
        macros = "_VBA_PROJECT".encode("utf-16-le") in content or b"_VBA_PROJECT" in content
        locked = "EncryptedPackage".encode("utf-16-le") in content
        return _with(facts, runs=("宏（VBA）",) if macros else (), is_locked=locked, opens=not locked)
    if kind in _LAST_BYTES:
        whole = _LAST_BYTES[kind] in content[-64:]
        return _with(facts, opens=whole, problem="" if whole else "图像文件不完整", pages=1)
    return facts


def find_kind(content: bytes) -> str:
    """The format of some bytes: by how they begin, for a zip archive by what is in it."""
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return _zip_kind(content) if kind == "zip" else kind
    if content[4:8] == b"ftyp":
        return "mp4"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "txt" if _is_gb18030(content) else "unknown"
    if "\x00" in text:
        return "unknown"
    return "xml" if text.lstrip().startswith("<?xml") and _is_xml(content) else "txt"


def _with(facts: FileFacts, **found: object) -> FileFacts:
    return FileFacts(**{**vars(facts), **found})


def _zip_kind(content: bytes) -> str:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, NotImplementedError):
        return "zip"
    for name, kind in (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("OFD.xml", "ofd")):
        if name in names:
            return kind
    return "zip"


def _look_into_zip(content: bytes) -> dict[str, object]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                return {"is_locked": True, "opens": False, "problem": "压缩包设有密码"}
            names = {entry.filename for entry in entries}
            broken = archive.testzip()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        return {"opens": False, "problem": f"压缩结构损坏：{error}"}
    runs = [label for part, label in (("vbaProject.bin", "宏（VBA）"), ("activeX", "ActiveX控件"), ("embeddings", "嵌入对象"))
            if any(part in PurePosixPath(name).parts or name.endswith(part) for name in names)]  # fmt: skip
    locked = any("Encryptions.xml" in name for name in names)
    return {"opens": broken is None, "problem": f"{broken}损坏" if broken else "", "runs": tuple(runs), "is_locked": locked}


def _is_gb18030(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("gb18030")
    except UnicodeDecodeError:
        return False


def _is_xml(content: bytes) -> bool:
    try:
        etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return False
    return True
