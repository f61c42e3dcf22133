"""Binding PDFs into one: page numbers at the upper right, bookmarks, and a true word about whether it is PDF/A."""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    PdfObject,
    StreamObject,
)

from workflows.records.bound_pages import UNREADABLE
from workflows.records.letter_pdf import render_layout

NUMBER_WIDTH, NUMBER_HEIGHT = 60, 20
FROM_RIGHT, FROM_TOP = 24, 14  # points between the page's edge and its number
STAMP_LEFT, STAMP_TOP = 24, 24
# What a page brings along that belongs to the whole of its own document: tags, threads, editors' data, and what acts.
LEFT_BEHIND = ("/Annots", "/StructParents", "/B", "/Metadata", "/PieceInfo", "/AA", "/Tabs", "/Thumb")
_TAG = re.compile(rb"/Span\s*<</MCID \d+>>\s*BDC|/Artifact\s*(?:<<[^>]*>>)?\s*(?:BMC|BDC)|\bEMC\b")
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>Juanzong</xmp:CreatorTool><xmp:CreateDate>{at}</xmp:CreateDate>
{claim}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
CLAIM = "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n"


@dataclass
class Bound:
    """What was bound: pages in all, and the titles of the documents that are not PDF/A themselves."""

    pages: int = 0
    not_pdfa: list[str] = field(default_factory=list)

    @property
    def is_pdfa(self) -> bool:
        """Whether every part says of itself that it is PDF/A-1 or -2; then the whole says so too."""
        return not self.not_pdfa


class Binder:
    """Takes documents one after the other; each is read, copied, numbered and forgotten."""

    def __init__(self, fonts: Path | None, at: datetime) -> None:
        self.fonts, self.at = fonts, at
        self.bound = Bound()
        self._writer = PdfWriter()
        self._numbered: list[tuple[PageObject, str]] = []
        self._wrapped: set[int] = set()  # pages whose own drawing stands between q and Q already
        self._open, self._close = self._stream(b"q\n"), self._stream(b"\nQ\n")

    def add(self, content: bytes, title: str, labels: Sequence[str] = (), stamp: Sequence[str] = ()) -> None:
        """Add a PDF under a bookmark; ``labels`` are its pages' numbers, ``stamp`` the lines of the 归档 stamp on its first."""
        reader = PdfReader(io.BytesIO(content))
        if not claims_pdfa(reader):
            self.bound.not_pdfa.append(title)
        elif "/OutputIntents" not in self._writer.root_object:
            intents = reader.root_object.get("/OutputIntents")
            if intents is not None:
                self._writer.root_object[NameObject("/OutputIntents")] = intents.clone(self._writer)
        first = len(self._writer.pages)
        for index, source in enumerate(reader.pages):
            page = self._take(source)
            if index < len(labels):
                self._numbered.append((page, labels[index]))
            if stamp and index == 0:
                self._stamp(page, stamp)
        self._writer.add_outline_item(title=title, page_number=first)
        self.bound.pages += len(reader.pages)

    def write(self, target: Path, title: str) -> Bound:
        """Number the pages, describe the whole and write it."""
        self._number()
        root = self._writer.root_object
        text = XMP.format(title=escape(title), at=self.at.isoformat(), claim=CLAIM if self.bound.is_pdfa else "")
        described = self._stream(text.encode(), {"/Type": NameObject("/Metadata"), "/Subtype": NameObject("/XML")})
        root[NameObject("/Metadata")] = described
        root[NameObject("/PageMode")] = NameObject("/UseOutlines")
        self._writer.metadata = None  # a second description could contradict the first
        self._writer.pdf_header = "%PDF-1.7"
        self._writer.generate_file_identifiers()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._writer.write(target)
        self._writer.close()
        gc.collect()  # what was read refers to itself in rings; the next part needs the memory
        return self.bound

    def _take(self, source: PageObject) -> PageObject:
        """Copy a page with what its annotations show (seals, notes), but not what they do."""
        page = self._writer.add_page(source, excluded_keys=LEFT_BEHIND)
        drawn = [each for each in map(_appearance, _annotations(source)) if each]
        for form, box in drawn:
            self._draw(page, form.clone(self._writer), _fit(form, box))
        if page.get("/Rotate"):
            page.transfer_rotation_to_content()
        return page

    def _number(self) -> None:
        if not self._numbered:
            return
        labels = [label for _, label in self._numbered]
        made = PdfReader(io.BytesIO(render_layout("page_numbers.typ", {"labels": labels}, self.fonts, at=self.at)))
        for (page, _), number in zip(self._numbered, made.pages, strict=True):
            box = page.cropbox
            x, y = float(box.right) - FROM_RIGHT - NUMBER_WIDTH, float(box.top) - FROM_TOP - NUMBER_HEIGHT
            self._draw(page, self._form(number), (1, 0, 0, 1, x, y))

    def _stamp(self, page: PageObject, lines: Sequence[str]) -> None:
        made = PdfReader(io.BytesIO(render_layout("filed_stamp.typ", {"lines": list(lines)}, self.fonts, at=self.at))).pages[0]
        x, y = float(page.cropbox.left) + STAMP_LEFT, float(page.cropbox.top) - STAMP_TOP - float(made.mediabox.height)
        self._draw(page, self._form(made), (1, 0, 0, 1, x, y))

    def _form(self, source: PageObject) -> PdfObject:
        """A small page as something that can be drawn on another."""
        contents = source.get_contents()
        drawing = _TAG.sub(b"", contents.get_data() if contents is not None else b"")
        form = DecodedStreamObject()
        form.set_data(drawing)
        form.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): ArrayObject(map(FloatObject, source.mediabox)),
                NameObject("/Resources"): source.raw_get("/Resources").clone(self._writer),
            }
        )
        return self._writer._add_object(form)

    def _draw(self, page: PageObject, form: PdfObject, matrix: Sequence[float]) -> None:
        """Draw a form over a page without reading the page's own drawing."""
        resources = DictionaryObject(page.get("/Resources", DictionaryObject()).get_object())
        forms = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
        name = NameObject(f"/Jz{len(forms)}")
        forms[name] = form if form.indirect_reference is None else form.indirect_reference
        resources[NameObject("/XObject")] = forms
        page[NameObject("/Resources")] = resources
        cm = " ".join(f"{value:.4f}" for value in matrix)
        drawing = self._stream(f"q {cm} cm {name} Do Q\n".encode())
        own = page.raw_get("/Contents") if "/Contents" in page else ArrayObject()
        inner = own.get_object()
        streams = list(inner) if isinstance(inner, ArrayObject) else [own]
        if id(page) not in self._wrapped:
            self._wrapped.add(id(page))
            streams = [self._open, *streams, self._close]
        page[NameObject("/Contents")] = ArrayObject([*streams, drawing])

    def _stream(self, data: bytes, more: dict[str, PdfObject] | None = None) -> PdfObject:
        stream = DecodedStreamObject()
        stream.set_data(data)
        stream.update({NameObject(key): value for key, value in (more or {}).items()})
        return self._writer._add_object(stream)


def claims_pdfa(reader: PdfReader) -> bool:
    """Whether a PDF says of itself that it is PDF/A part 1 or 2; that is its maker's word, not a validation."""
    try:
        found = reader.root_object.get("/Metadata")
        text = found.get_object().get_data() if found is not None else b""
    except UNREADABLE:
        return False
    return bool(re.search(rb"pdfaid:part(?:>|=[\"'])\s*[12]\b", text)) and "/OutputIntents" in reader.root_object


def _annotations(page: PageObject) -> list[DictionaryObject]:
    try:
        found = page.get("/Annots")
        return [each.get_object() for each in found.get_object()] if found is not None else []
    except UNREADABLE:
        return []


def _appearance(annotation: Any) -> tuple[StreamObject, list[float]] | None:
    """What an annotation looks like and where, None for links and hidden ones."""
    try:
        looks = annotation["/AP"]["/N"].get_object()
        if not isinstance(looks, StreamObject):
            looks = looks[annotation["/AS"]].get_object()
        box = [float(value) for value in annotation["/Rect"]]
        hidden = int(annotation.get("/F", 0)) & 2
    except UNREADABLE:
        return None
    return None if hidden or not isinstance(looks, StreamObject) else (looks, box)


def _fit(form: StreamObject, box: list[float]) -> tuple[float, ...]:
    """The matrix that lays a form's own box over an annotation's place."""
    left, bottom, right, top = (float(value) for value in form.get("/BBox", [0, 0, 1, 1]))
    x, y = min(box[0], box[2]), min(box[1], box[3])
    across = abs(box[2] - box[0]) / ((right - left) or 1)
    up = abs(box[3] - box[1]) / ((top - bottom) or 1)
    return (across, 0, 0, up, x - left * across, y - bottom * up)
