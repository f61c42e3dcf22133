"""Letters: from one YAML source to the same text in PDF/A and Word, and clear words for what is missing."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import docx
import pytest
from pypdf import PdfReader

from workflows.records import letter_pdf, letter_word, letters
from workflows.records.firm import read_firm
from workflows.records.letter_models import read_letter
from workflows.records.letter_text import LetterBroken, LetterIncomplete, chinese_number, masked

AT = datetime(2026, 3, 5, 1, tzinfo=UTC)
SOURCE = """
title: 委托代理合同
title_en: Contract
version: "7"
kind: contract
number: "编号：{{ contract.no }}"
blocks:
  - fields: [[委托人, "{{ client.name }}"], [证件号码, "{{ client.id | masked }}"], [备注, "{{ client.note | default('—') }}"]]
    columns: 2
  - clause: {id: scope, title: 委托事项, text: "代理{{ client.name }}。", items: [一审, "{% if false %}二审{% endif %}", 执行]}
  - clause: {id: risk, title: 风险代理, text: 不应出现}
    when: contract.risk
  - clause: {id: fee, title: 律师费, text: "{{ contract.fee | money }}元（{{ contract.fee | rmb }}）。"}
  - table: {rows: fees.items, columns: [{title: 项目, value: "{{ row.name }}"}, {title: 金额, value: "{{ row.amount | money }}", align: right}]}
  - list: parties
    item: "{{ item.name }}"
    numbered: true
  - paragraph: "第{{ number | cn }}方：{{ party.name }}"
    for: party in parties
  - spacer: 1
  - signature: {parties: [{role: 甲方, name: "{{ client.name }}"}, {role: 乙方, name: "{{ firm.name }}"}], date: "{{ today | date }}"}
"""
FACTS = {
    "firm": read_firm(),
    "today": "2026-03-05",
    "client": {"name": "示例机械有限公司", "id": "91640100MA774ECW4K", "note": None},
    "contract": {"no": "HT-1", "fee": "12000", "risk": False},
    "fees": {"items": [{"name": "首期", "amount": "12000"}]},
    "parties": [{"name": "甲"}, {"name": "乙"}],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "demo.yaml").write_text(SOURCE, encoding="utf-8")
    letters.load_template.cache_clear()
    return tmp_path


@pytest.fixture
def letter(folder):
    return letters.compose("demo", FACTS, folder)


def word_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_clauses_are_counted_without_those_left_out(letter):
    assert [(clause.number, clause.id) for clause in letter.clauses] == [(1, "scope"), (2, "fee")]
    assert letter.clauses[0].items == ("一审", "执行")


def test_a_letter_survives_its_json(letter):
    assert read_letter(letter.to_json()) == letter


def test_word_and_pdf_say_the_same(letter):
    pdf = "".join(page.extract_text() for page in PdfReader(io.BytesIO(letter_pdf.render_pdf(letter, at=AT))).pages)
    word = word_text(letter_word.render_word(letter, at=AT))
    for text in ("委托代理合同", "第一条", "第二条", "人民币壹万贰仟元整", "示例机械有限公司", "首期", "12,000.00"):
        assert text in word
        assert text in pdf.replace("\n", "").replace(" ", "")
    assert "不应出现" not in word + pdf


def test_the_pdf_claims_pdf_a_2b_and_keeps_its_promises(letter):
    content = letter_pdf.render_pdf(letter, at=AT)
    reader = PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp and "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/DestOutputProfile" in root["/OutputIntents"][0]
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]
    assert descriptors and all({"/FontFile2", "/FontFile3"} & set(each) for each in descriptors)


def test_the_same_letter_gives_the_same_pdf(letter):
    assert letter_pdf.render_pdf(letter, at=AT) == letter_pdf.render_pdf(letter, at=AT)


def test_a_missing_fact_stops_the_letter_and_is_named(folder):
    with pytest.raises(LetterIncomplete) as caught:
        letters.compose("demo", {**FACTS, "client": {"id": "91640100MA774ECW4K"}}, folder)
    assert caught.value.fields["expression"] == "client.name"


def test_text_from_a_client_is_never_code(folder):
    name = '#panic("x") $x$ *b* {{ 7 * 7 }} \\ <b>'
    letter = letters.compose("demo", {**FACTS, "client": {**FACTS["client"], "name": name}}, folder)
    assert letter.blocks[0].pairs[0][1] == name
    assert letter_pdf.render_pdf(letter).startswith(b"%PDF")
    assert name in word_text(letter_word.render_word(letter))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("blocks: []", "missing: title"),
        (SOURCE + "  - heading: x\n    colour: red\n", "does not take colour"),
        (SOURCE + "  - {heading: x, paragraph: y}\n", "must be exactly one of"),
        (SOURCE + "  - paragraph: x\n    align: middle\n", "align must be one of"),
        ("title: [", "while parsing"),
    ],
)
def test_a_broken_source_says_why(tmp_path, source, words):
    (tmp_path / "broken.yaml").write_text(source, encoding="utf-8")
    letters.load_template.cache_clear()
    with pytest.raises(LetterBroken) as caught:
        letters.compose("broken", FACTS, tmp_path)
    assert words in caught.value.message


@pytest.mark.parametrize("expression", ["''.__class__.__mro__", "client.__init__.__globals__", "[].append(1)"])
def test_the_sandbox_lets_nothing_out(tmp_path, expression):
    (tmp_path / "attack.yaml").write_text(
        f'title: x\ntitle_en: x\nversion: "1"\nkind: x\nblocks:\n  - paragraph: "{{{{ {expression} }}}}"\n', encoding="utf-8"
    )
    letters.load_template.cache_clear()
    with pytest.raises((LetterBroken, LetterIncomplete)):
        letters.compose("attack", FACTS, tmp_path)


@pytest.mark.parametrize("name", letters.list_templates())
def test_every_letter_of_the_firm_can_be_read(name):
    assert letters.load_template(name)["title_en"]


def test_without_a_chinese_font_the_message_says_what_to_do(monkeypatch):
    class NoFonts:
        def __init__(self, **_options):
            pass

        def families(self):
            return ["Libertinus Serif"]

    monkeypatch.setattr(letter_pdf, "load_fonts", lambda _folder: NoFonts())
    letter_pdf.find_fonts.cache_clear()
    with pytest.raises(letter_pdf.FontsMissing):
        letter_pdf.find_fonts()
    letter_pdf.find_fonts.cache_clear()


@pytest.mark.parametrize(
    ("number", "text"), [(0, "零"), (10, "十"), (12, "十二"), (20, "二十"), (105, "一百零五"), (110, "一百一十")]
)
def test_chinese_numbers(number, text):
    assert chinese_number(number) == text


def test_masking_keeps_ends_only():
    assert masked("11010519491231002X") == "110***********002X"
