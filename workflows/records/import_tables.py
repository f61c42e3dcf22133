"""Tables of a firm's old data (CSV, XLSX) read into rows: which kind a table is, which column is which, what cannot be read."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import python_calamine

from engine.errors import JuanzongError
from workflows.records.conflict_import import find_encoding

CLIENTS, MATTERS, PARTIES, RELATIONS = "clients", "matters", "parties", "relations"
VOLUMES = "volumes"
#: tables are read in this order: a matter names its client, a party its matter; a closed volume (旧案卷) its client too
KINDS = (CLIENTS, MATTERS, PARTIES, RELATIONS, VOLUMES)
LONGEST_CELL = 4000
MOST_ROWS = 500_000
EXACT_DIGITS = 15  # a spreadsheet keeps no more digits of a number
_NAME = ("name", "名称", "姓名", "姓名或名称")
_ID = ("id_no", "identifier", "证件号码", "证件号", "身份证号", "身份证号码", "统一社会信用代码")
#: the columns of each kind of table, each with the headings it is known by
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    CLIENTS: {
        "ref": ("ref", "client_no", "客户编号", "编号"),
        "kind": ("kind", "类型", "客户类型"),
        "name": (*_NAME, "客户名称", "客户姓名", "客户"),
        "former_names": ("former_names", "曾用名"),
        "other_names": ("other_names", "aliases", "别名", "简称", "其他名称", "外文名称"),
        "id_no": _ID,
        "phone": ("phone", "电话", "联系电话", "手机"),
        "email": ("email", "邮箱", "电子邮箱"),
        "address": ("address", "地址", "住所"),
        "legal_representative": ("legal_representative", "法定代表人", "负责人"),
        "contact_person": ("contact_person", "联系人"),
    },
    MATTERS: {
        "ref": ("ref", "matter_no", "收案号", "案件编号", "案号", "编号"),
        "client": ("client", "委托人", "客户", "客户名称", "客户编号"),
        "matter_type": ("matter_type", "type", "案件类型", "类型"),
        "cause": ("cause", "案由", "事由"),
        "title": ("title", "案件名称", "名称", "标题"),
        "lawyer": ("lawyer", "承办律师", "主办律师", "律师"),
        "opened_on": ("opened_on", "收案日期", "立案日期", "委托日期"),
        "opposing": ("opposing", "对方当事人", "对方", "相对方"),
        "amount": ("amount", "标的额", "标的", "争议金额"),
        "summary": ("summary", "案情", "案情概要", "概要"),
    },
    PARTIES: {
        "matter": ("matter", "收案号", "案件", "案件编号", "案号"),
        "role": ("role", "身份", "诉讼地位", "角色"),
        "kind": ("kind", "类型"),
        "name": (*_NAME, "当事人", "当事人名称"),
        "former_names": ("former_names", "曾用名"),
        "other_names": ("other_names", "aliases", "别名", "简称"),
        "id_no": _ID,
        "phone": ("phone", "电话"),
    },
    RELATIONS: {
        "near": ("near", "name", "主体", "关联方", "名称", "姓名"),
        "near_id": ("near_id", "主体证件号码", "关联方证件号码"),
        "relation": ("relation", "关系", "关系类型"),
        "far": ("far", "of", "对应主体", "相关主体", "所属主体", "所属公司"),
        "far_id": ("far_id", "对应主体证件号码", "相关主体证件号码"),
        "percent": ("percent", "持股比例", "比例"),
    },
    VOLUMES: {
        "file_no": ("file_no", "档号", "案卷号", "卷号", "归档号"),
        "title": ("title", "题名", "案卷题名", "案卷名称"),
        "client": ("client", "委托人", "客户", "客户名称", "客户编号"),
        "closed_on": ("closed_on", "结案日期", "办结日期"),
        "matter_type": ("matter_type", "type", "案件类型", "类型", "类别"),
        "cause": ("cause", "案由", "事由"),
        "opposing": ("opposing", "对方当事人", "对方", "相对方"),
        "lawyer": ("lawyer", "承办律师", "主办律师", "律师", "承办人"),
        "matter_no": ("matter_no", "收案号", "案件编号"),
        "court": ("court", "审理机关", "受理机关", "审理法院", "法院"),
        "case_no": ("case_no", "案号"),
        "result": ("result", "处理结果", "审理结果", "结果"),
        "opened_on": ("opened_on", "收案日期", "委托日期", "立案日期"),
        "filed_on": ("filed_on", "归档日期"),
        "period": ("period", "保管期限", "期限"),
        "level": ("level", "密级"),
        "pieces": ("pieces", "件数"),
        "pages": ("pages", "页数", "总页数"),
        "place": ("place", "存放位置", "库位", "位置", "架位"),
        "remarks": ("remarks", "备注"),
        "scans": ("scans", "扫描件", "扫描文件", "文件名"),
    },
}
REQUIRED: Mapping[str, frozenset[str]] = {
    CLIENTS: frozenset({"name"}),
    MATTERS: frozenset({"ref", "client", "lawyer"}),
    PARTIES: frozenset({"matter", "role", "name"}),
    RELATIONS: frozenset({"near", "relation", "far"}),
    VOLUMES: frozenset({"file_no", "client", "closed_on"}),
}
#: what names a kind of table: the sheet, or the file
SHEETS: Mapping[str, tuple[str, ...]] = {
    CLIENTS: ("clients", "客户"),
    MATTERS: ("matters", "案件"),
    PARTIES: ("parties", "当事人"),
    RELATIONS: ("relations", "关系"),
    VOLUMES: ("volumes", "案卷", "档案"),
}


class NotATable(JuanzongError):
    """The file is neither CSV nor XLSX."""


class OldSpreadsheet(JuanzongError):
    """This is an old .xls file or one with a password: save it as .xlsx without one."""


class SpreadsheetDamaged(JuanzongError):
    """The spreadsheet is damaged: open it in a spreadsheet program and save it again."""


class LineUnreadable(JuanzongError):
    """Line {line} cannot be read: is a quotation mark left open?"""


class NoRows(JuanzongError):
    """The file has no rows under its headings."""


class TooManyRows(JuanzongError):
    """The file has more than {most} rows: split it."""


class ColumnMissing(JuanzongError):
    """The table “{table}” has no column for {columns}."""


class ColumnsMissing(JuanzongError):
    """The table “{table}” is none of ours: its first row must name the columns of one of the tables that can be brought in."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row; ``kept`` tells that the row is taken all the same."""

    code: str
    column: str = ""
    text: str = ""
    other_row: int = 0
    kept: bool = False


@dataclass
class Row:
    """One row under our names of the columns; ``number`` counts from 1 as a spreadsheet does."""

    kind: str
    table: str
    number: int
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether it can be taken."""
        return all(fault.kept for fault in self.faults)


def read_tables(file_name: str, content: bytes, kind: str = "") -> list[Row]:
    """Every row of every table of a file, clients first. Raises a ``JuanzongError`` that says why it cannot.

    A CSV file is one table, of ``kind`` when that is given; each sheet of an XLSX file is one, empty sheets are left out.
    """
    rows = [row for name, lines in _split(file_name, content) for row in _read_table(name, lines, kind)]
    if not rows:
        raise NoRows
    if len(rows) > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    return sorted(rows, key=lambda row: KINDS.index(row.kind))  # stable: the order within a table stays


def _split(file_name: str, content: bytes) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    if content[:4] == b"PK\x03\x04":
        yield from _read_sheets(content)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise OldSpreadsheet
    elif b"\0" in content[:2000] and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise NotATable
    else:
        yield file_name, _read_lines(content)


def _read_sheets(content: bytes) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(any(cell != "" for cell in line) for line in lines):
                yield name, iter(lines)
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise SpreadsheetDamaged from error


def _read_lines(content: bytes) -> Iterator[list[Any]]:
    encoding = find_encoding(io.BytesIO(content))
    text = content.decode(encoding, "replace")
    csv.field_size_limit(1 << 26)  # longer cells than ours are refused row by row, not with the file
    head = text[:10_000].partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;，", key=head.count))
    try:
        yield from reader
    except csv.Error as error:
        raise LineUnreadable(line=reader.line_num) from error


def _read_table(name: str, lines: Iterator[list[Any]], kind: str) -> Iterator[Row]:
    header = [_text(cell)[0].strip().strip("\ufeff").casefold() for cell in next(lines, [])]
    found = kind if kind in KINDS else find_kind(name, header)
    # the first heading that a column is known by counts, so that “客户编号” goes before “编号”
    first = {column: next((word for word in words if word in header), None) for column, words in COLUMNS[found].items()}
    places = {column: header.index(word) for column, word in first.items() if word}
    if missing := sorted(REQUIRED[found] - places.keys()):
        called = "、".join(next(word for word in COLUMNS[found][column] if not word.isascii()) for column in missing)
        raise ColumnMissing(table=name, columns=called)
    for number, line in enumerate(lines, start=2):
        if any(cell not in ("", None) for cell in line):
            yield _read_row(Row(found, name, number, {}), line, places)


def find_kind(name: str, header: list[str]) -> str:
    """The kind of table: what the sheet is called, else the one most of whose columns are there. Raises ``ColumnsMissing``."""
    called = name.casefold()
    for kind, words in SHEETS.items():
        if any(word in called for word in words) and _covers(kind, header):
            return kind
    fitting = [kind for kind in KINDS if _covers(kind, header)]
    if not fitting:
        raise ColumnsMissing(table=name)
    return max(fitting, key=lambda kind: (len(REQUIRED[kind]), _count(kind, header)))


def _covers(kind: str, header: list[str]) -> bool:
    return all(any(word in header for word in COLUMNS[kind][column]) for column in REQUIRED[kind])


def _count(kind: str, header: list[str]) -> int:
    return sum(any(word in header for word in words) for words in COLUMNS[kind].values())


def _read_row(row: Row, line: list[Any], places: Mapping[str, int]) -> Row:
    for column, place in places.items():
        text, is_rounded = _text(line[place]) if place < len(line) else ("", False)
        text = text.strip()
        if is_rounded:
            row.faults.append(Fault("rounded", column, text))
        if len(text) > LONGEST_CELL:
            row.faults.append(Fault("cell_too_long", column))
            text = text[:LONGEST_CELL]
        if "\ufffd" in text:
            row.faults.append(Fault("not_in_encoding", column, text[:60]))
        if any(unicodedata.category(letter) == "Cc" and letter not in "\r\n\t" for letter in text):
            row.faults.append(Fault("control_characters", column))
        row.cells[column] = text
    return row


def _text(cell: Any) -> tuple[str, bool]:
    """A cell as text, and whether a spreadsheet has rounded it."""
    if isinstance(cell, datetime):
        return (cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ", "minutes")), False
    if isinstance(cell, date):
        return cell.isoformat(), False
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)), abs(cell) >= 10**EXACT_DIGITS
    return ("" if cell is None else str(cell)), False
