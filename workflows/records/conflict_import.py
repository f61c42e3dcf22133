"""Rows of a table of names, for the conflict register: read in any of the usual encodings, checked, nothing lost unsaid."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from engine.errors import JuanzongError
from workflows.records.conflict_keys import ORGANISATION, PERSON, guess_kinds
from workflows.records.conflict_register import Subject
from workflows.records.conflict_secret import CREDIT_CODE, ID_NUMBER, canonical
from workflows.records.identifiers import check_credit_code, check_id_number, clean
from workflows.records.name_facts import read_facts, read_others
from workflows.records.name_writing import normalise

LARGEST_CELL = 64 * 1024 * 1024  # of the reader; whatever is longer than LONGEST_CELL is refused row by row
LONGEST_CELL, LONGEST_NAME, SHORTEST_NAME = 4000, 200, 2
COLUMNS: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"kind", "type", "类型", "类别", "主体类型"}),
    "name": frozenset({"name", "名称", "姓名", "姓名或名称", "当事人", "客户名称"}),
    "aliases": frozenset({"aliases", "alias", "别名", "其他名称", "简称"}),
    "former": frozenset({"former", "former_names", "曾用名"}),
    "id_no": frozenset({"id_no", "id", "证件号码", "证件号", "身份证号", "统一社会信用代码"}),
    "role": frozenset({"role", "角色", "身份", "诉讼地位"}),
    "matter": frozenset({"matter", "案件", "案号", "事项", "案件名称"}),
    "birth_year": frozenset({"birth_year", "出生年", "出生年份", "出生日期"}),
    "city": frozenset({"city", "城市", "所在地", "地址"}),
    "phone": frozenset({"phone", "电话", "联系电话", "手机"}),
}
KINDS = {
    PERSON: "person individual natural 个人 自然人 人 p",
    ORGANISATION: "organisation organization company org firm 组织 单位 公司 企业 法人 机构 o",
}
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}


class TableUnreadable(JuanzongError):
    """The table cannot be read: {reason}"""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row; ``kept`` tells that the row was taken all the same."""

    row: int
    code: str
    text: str
    kept: bool = False
    cells: tuple[str, ...] = ()
    other_row: int = 0


@dataclass
class RowReader:
    """Reads rows into subjects; remembers numbers of what it saw, not the texts, so that a million rows fit."""

    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    _seen: dict[bytes, int] = field(default_factory=dict)
    _owners: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def read(self, file: BinaryIO) -> Iterator[Subject]:
        """Each good row as a subject."""
        stream = io.TextIOWrapper(file, encoding=find_encoding(file), errors="replace", newline="")
        csv.field_size_limit(LARGEST_CELL)
        reader = csv.reader(stream, delimiter=_find_delimiter(stream))
        places = _find_columns(next(reader, []))
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                self._refuse(reader.line_num, "row_unreadable", str(error), ())
                continue
            if any(cell.strip() for cell in cells):
                self.rows += 1
                subject = self._read_row(reader.line_num, cells, places)
                if subject:
                    yield subject
        stream.detach()

    def _refuse(self, row: int, code: str, text: str, cells: tuple[str, ...], other_row: int = 0) -> None:
        self.problems.append(Problem(row, code, text[:60], False, cells, other_row))

    def _read_row(self, row: int, cells: list[str], places: Mapping[str, int]) -> Subject | None:
        given = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
        code = _find_fault(given, cells)
        name = given["name"]
        if code:
            self._refuse(row, code, name, tuple(cells))
            return None
        kind = KIND_OF.get(given.get("kind", "").casefold(), "")
        facts = read_facts(name, kind)
        kind = kind or _guess(facts.name)
        year = given.get("birth_year", "")[:4]
        subject = Subject(
            "imported",
            "",
            kind,
            {facts.name: "name"}
            | facts.others
            | {each: "former" for each in read_others(given.get("former", ""))}
            | read_others(given.get("aliases", "")),
            identifier=given.get("id_no", ""),
            phone=given.get("phone", ""),
            birth_year=int(year) if year.isdigit() else facts.birth_year,
            city=given.get("city", "") or facts.city,
            role=given.get("role", ""),
            matter=given.get("matter", ""),
        )
        return subject if self._is_new(row, subject, cells) else None

    def _is_new(self, row: int, subject: Subject, cells: list[str]) -> bool:
        """Whether no earlier row said the same; takes note of identifiers that contradict."""
        name = normalise(next(iter(subject.names)))
        identifier = canonical(subject.identifier)
        same = _short("|".join((subject.kind, name, identifier, subject.role, subject.matter)))
        if same in self._seen:
            self._refuse(row, "duplicate", next(iter(subject.names)), tuple(cells), self._seen[same])
            return False
        self._seen[same] = row
        code, other = _check_identifier(subject.kind, subject.identifier), 0
        if identifier:
            owner = self._owners.setdefault(_short(identifier), (row, _short(name)))
            if owner[1] != _short(name) and not code:
                code, other = "identifier_of_another", owner[0]
        if code:
            self.problems.append(Problem(row, code, next(iter(subject.names))[:60], True, tuple(cells), other))
        return True


def _short(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _guess(name: str) -> str:
    kinds = guess_kinds(name)
    return PERSON if kinds[0] == PERSON and len(normalise(name)) <= 4 else kinds[-1]


def _find_fault(given: Mapping[str, str], cells: list[str]) -> str:
    """Why a row cannot be taken; empty if it can."""
    name = given["name"]
    letters = len(normalise(name[: LONGEST_NAME + 1]))
    faults = {
        "cell_too_long": max(map(len, cells)) > LONGEST_CELL,
        "control_characters": any(
            unicodedata.category(letter) == "Cc" for cell in given.values() for letter in cell[:LONGEST_CELL]
        ),
        "not_in_encoding": any("\ufffd" in cell for cell in given.values()),
        "name_empty": not letters,
        "name_too_short": letters < SHORTEST_NAME,
        "name_too_long": len(name) > LONGEST_NAME,
        "kind_unknown": bool(given.get("kind")) and given["kind"].casefold() not in KIND_OF,
    }
    return next((code for code, found in faults.items() if found), "")


def _check_identifier(kind: str, identifier: str) -> str:
    """What contradicts in an identifier itself: it is of the other kind of subject, or its check digit is wrong."""
    text = clean(identifier)
    if len(text) != CREDIT_CODE:
        return ""
    personal, firm = check_id_number(text) is None, check_credit_code(text) is None
    if (kind == PERSON and firm and not personal) or (kind == ORGANISATION and personal and not firm):
        return "identifier_of_other_kind"
    if not personal and not firm:
        return "identifier_wrong" if ID_NUMBER.fullmatch(text) or kind == ORGANISATION else ""
    return ""


def find_encoding(file: BinaryIO) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or else GB18030; the file is at its beginning again."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    decoder = io.TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    try:
        while decoder.read(1 << 20):
            pass
    except UnicodeDecodeError:
        return "gb18030"
    finally:
        decoder.detach()
        file.seek(0)
    return "utf-8-sig"


def _find_delimiter(stream: io.TextIOWrapper) -> str:
    head = stream.readline(10_000)
    stream.seek(0)
    return max(",\t;，", key=head.count)


def _find_columns(header: list[str]) -> dict[str, int]:
    """Where each column stands. Raises ``TableUnreadable`` if there is none for names."""
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        for column, words in COLUMNS.items():
            if cell.strip().strip("\ufeff").casefold() in words:
                found.setdefault(column, place)
    if "name" not in found:
        raise TableUnreadable(reason=f"no column is called name or 名称, but {', '.join(header)[:200] or 'nothing'}")
    return found


def read_table(path: Path) -> tuple[RowReader, Iterator[Subject]]:
    """A reader and its subjects, one file."""
    reader = RowReader()

    def rows() -> Iterator[Subject]:
        with path.open("rb") as file:
            yield from reader.read(file)

    return reader, rows()
