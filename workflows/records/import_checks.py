"""What is wrong with the rows of an import: each alone, against the other rows, and against what the firm has already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.records import people
from workflows.records.client_files import ClientFileRow
from workflows.records.clients import ClientRow
from workflows.records.conflict_import import KIND_OF
from workflows.records.conflict_keys import ORGANISATION, PERSON, guess_kinds
from workflows.records.identifiers import check_credit_code, check_id_number, clean
from workflows.records.import_refs import ImportRefRow
from workflows.records.import_tables import CLIENTS, MATTERS, PARTIES, RELATIONS, VOLUMES, Fault, Row
from workflows.records.matters import MatterRow
from workflows.records.name_writing import normalise
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import LEVELS, LONG, PERIODS, SHORT, VolumeRow

MATTER_TYPES = {
    "civil": "civil 民事 民商事", "criminal": "criminal 刑事",
    "administrative": "administrative 行政", "arbitration": "arbitration 仲裁",
    "enforcement": "enforcement 执行", "nonlitigation": "nonlitigation 非诉 非诉讼", "special": "special 专项",
    "adviser": "adviser 顾问 法律顾问 常年法律顾问", "consultation": "consultation 咨询 代书 咨询代书",
}  # fmt: skip
TYPE_OF = {word: kind for kind, words in MATTER_TYPES.items() for word in words.split()}
LONGEST_NAME, CODE_LENGTH = 200, 18
DATE_MARKS = str.maketrans({"年": "-", "月": "-", "日": "", "/": "-", ".": "-"})


@dataclass
class Known:
    """What the firm has already, and what earlier rows of the file said: by number, identifier and name."""

    today: date
    clients: dict[str, int] = field(default_factory=dict)  # key → row number; 0: in the database
    names: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    matters: dict[str, int] = field(default_factory=dict)
    lawyers: dict[str, int] = field(default_factory=dict)  # login or name → how many are called so
    volumes: dict[str, int] = field(default_factory=dict)  # file number → row number; 0: in the archive
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)


def read_known(session: Session, today: date) -> Known:
    """What the database holds of clients, matters and lawyers."""
    known = Known(today)
    for name, facts in session.execute(select(ClientRow.name, ClientRow.facts)):
        known.names[name].append(0)
        for key in ("id_number", "uscc", "document_number"):
            if facts.get(key):
                known.clients[f"id:{clean(str(facts[key]))}"] = 0
    for number in session.scalars(select(ClientFileRow.client_no)):
        known.clients[f"ref:{number}"] = 0
    for kind, ref in session.execute(select(ImportRefRow.kind, ImportRefRow.ref)):
        (known.clients if kind == CLIENTS else known.matters)[f"ref:{ref}" if kind == CLIENTS else ref] = 0
    for number in session.scalars(select(MatterRow.matter_no)):
        known.matters[number] = 0
    known.volumes = dict.fromkeys(session.scalars(select(VolumeRow.file_no).where(VolumeRow.file_no.is_not(None))), 0)
    for person in people.list_people(session, "lawyer"):
        for word in {person.login, person.name}:
            known.lawyers[word] = known.lawyers.get(word, 0) + 1
    return known


def check_rows(rows: Sequence[Row], known: Known) -> None:
    """Note in each row what is wrong with it."""
    for row in rows:
        for column in NEEDED[row.kind]:
            if not row.cells.get(column):
                row.faults.append(Fault("empty", column))
        _check_lengths(row)
        CHECKS[row.kind](row, known)
        _check_repeated(row, known)


NEEDED = {
    CLIENTS: ("name",),
    MATTERS: ("ref", "client", "lawyer"),
    PARTIES: ("matter", "role", "name"),
    RELATIONS: ("near", "relation", "far"),
    VOLUMES: ("file_no", "client", "closed_on"),
}
MOST = {
    "file_no": 60,
    "matter_no": 60,
    "client": 200,
    "place": 200,
    "ref": 60,
    "phone": 40,
    "relation": 60,
    "role": 60,
    "id_no": 60,
    "near_id": 60,
    "far_id": 60,
    "title": 300,
}


def _check_lengths(row: Row) -> None:
    for column, text in row.cells.items():
        most = MOST.get(column, LONGEST_NAME if column in ("name", "near", "far") else 4000)
        if len(text) > most:
            row.faults.append(Fault("too_long", column, str(most)))
    for column in ("name", "near", "far"):
        if row.cells.get(column) and len(normalise(row.cells[column][: LONGEST_NAME + 1])) < 2:
            row.faults.append(Fault("name_too_short", column, row.cells[column]))


def _check_repeated(row: Row, known: Known) -> None:
    same = (row.kind, *(normalise(text) if column in ("name", "near", "far") else text for column, text in row.cells.items()))
    first = known.seen.setdefault(same, row.number)
    if first != row.number:
        row.faults.append(Fault("duplicate", other_row=first))


def _check_client(row: Row, known: Known) -> None:
    _check_kind(row)
    _check_identifier(row, "id_no")
    name, identifier, ref = row.cells.get("name", ""), clean(row.cells.get("id_no", "")), row.cells.get("ref", "")
    email = row.cells.get("email", "")
    if email and ("@" not in email or " " in email):
        row.faults.append(Fault("email", "email", email[:60]))
    if not row.is_good:
        return
    for key, column in ((f"ref:{ref}" if ref else "", "ref"), (f"id:{identifier}" if identifier else "", "id_no")):
        if key and key in known.clients:
            other = known.clients[key]
            is_known = not other and column == "id_no"  # a client the firm has: what is missing is filled in
            code = "known_client" if is_known else "number_of_another" if column == "id_no" else "number_taken"
            row.faults.append(Fault(code, column, row.cells[column], other, kept=is_known))
    if known.names[name] and not identifier:
        row.faults.append(Fault("same_name", "name", name, known.names[name][0], kept=True))
    if row.is_good:
        known.names[name].append(row.number)
        known.clients |= {key: row.number for key in (f"ref:{ref}", f"id:{identifier}") if not key.endswith(":")}


def _check_matter(row: Row, known: Known) -> None:
    ref, client, lawyer = (row.cells.get(column, "") for column in ("ref", "client", "lawyer"))
    if row.cells.get("matter_type") and row.cells["matter_type"].casefold() not in TYPE_OF:
        row.faults.append(Fault("option", "matter_type", row.cells["matter_type"]))
    if client and (code := _find_client(client, known)):
        row.faults.append(Fault(code, "client", client))
    if lawyer and known.lawyers.get(lawyer, 0) != 1:
        row.faults.append(Fault("lawyer_unknown" if lawyer not in known.lawyers else "lawyer_ambiguous", "lawyer", lawyer))
    opened = row.cells.get("opened_on", "")
    if opened and (day := read_day(opened)) is None:
        row.faults.append(Fault("date", "opened_on", opened))
    elif opened and day and day > known.today:
        row.faults.append(Fault("date_future", "opened_on", opened))
    if row.cells.get("amount") and read_amount(row.cells["amount"]) is None:
        row.faults.append(Fault("number", "amount", row.cells["amount"]))
    if ref in known.matters:
        row.faults.append(Fault("number_taken", "ref", ref, known.matters[ref]))
    elif ref and row.is_good:
        known.matters[ref] = row.number


def _find_client(text: str, known: Known) -> str:
    """Why a matter's client is not found by number, identifier or name; empty when exactly one is."""
    if f"ref:{text}" in known.clients or f"id:{clean(text)}" in known.clients:
        return ""
    found = len(known.names.get(text, ()))
    return "" if found == 1 else "client_unknown" if not found else "client_ambiguous"


def _check_party(row: Row, known: Known) -> None:
    _check_kind(row)
    _check_identifier(row, "id_no")
    matter = row.cells.get("matter", "")
    if matter and matter not in known.matters:
        row.faults.append(Fault("matter_unknown", "matter", matter))


def _check_relation(row: Row, known: Known) -> None:
    for column in ("near_id", "far_id"):
        _check_identifier(row, column)
    if row.cells.get("near") and normalise(row.cells["near"]) == normalise(row.cells.get("far", "")):
        row.faults.append(Fault("same_party", "far", row.cells["far"]))
    if row.cells.get("percent") and not _is_percent(row.cells["percent"]):
        row.faults.append(Fault("percent", "percent", row.cells["percent"]))


def _check_volume(row: Row, known: Known) -> None:
    """A closed volume of old: its number, its client, its days, its period and what is said of its pages."""
    number, client, lawyer = (row.cells.get(column, "") for column in ("file_no", "client", "lawyer"))
    words = (("matter_type", TYPE_OF), ("level", LEVELS))
    for column, allowed in words:
        if row.cells.get(column) and row.cells[column].casefold() not in allowed:
            row.faults.append(Fault("option", column, row.cells[column]))
    if row.cells.get("period") and read_period(row.cells["period"], known.today) is None:
        row.faults.append(Fault("period", "period", row.cells["period"]))
    if client and (code := _find_client(client, known)):
        # old clients are not known yet: they are registered with the volume
        row.faults.append(
            Fault("client_new" if code == "client_unknown" else code, "client", client, kept=code == "client_unknown")
        )
    if lawyer and known.lawyers.get(lawyer, 0) != 1:  # who left long ago is kept by name
        row.faults.append(
            Fault("lawyer_former" if lawyer not in known.lawyers else "lawyer_ambiguous", "lawyer", lawyer, kept=True)
        )
    _check_days(row, known)
    for column in ("pieces", "pages"):
        if row.cells.get(column) and not (row.cells[column].isascii() and row.cells[column].isdigit()):
            row.faults.append(Fault("count", column, row.cells[column]))
    if number in known.volumes:
        row.faults.append(Fault("number_taken", "file_no", number, known.volumes[number]))
    elif number and row.is_good:
        known.volumes[number] = row.number


def _check_days(row: Row, known: Known) -> None:
    days: list[tuple[str, date]] = []
    for column in ("opened_on", "closed_on", "filed_on"):
        text = row.cells.get(column, "")
        day = read_day(text)
        if text and day is None:
            row.faults.append(Fault("date", column, text))
        elif day and day > known.today:
            row.faults.append(Fault("date_future", column, text))
        elif day and days and day < days[-1][1]:
            row.faults.append(Fault("date_before", column, row.cells[days[-1][0]]))
        elif day:
            days.append((column, day))


def read_period(text: str, on: date) -> tuple[str, int] | None:
    """A period of keeping as old registers say it: 永久, 长期, 短期, 20年; its code and years (0: as the rule pack says)."""
    bare = text.replace(" ", "")
    for code, word in PERIODS.items():
        if bare in (word, code):
            return code, 0
    years = "".join(letter for letter in bare if letter.isascii() and letter.isdigit())
    if bare.strip("长短期()（）") not in (years, f"{years}年") or not 1 <= len(years) <= 2 or int(years) == 0:
        return None
    long_from = int(get_rule("old_volumes", "long_years", on).value)
    return (SHORT if bare[0] == "短" or (bare[0] != "长" and int(years) < long_from) else LONG), int(years)


def _check_kind(row: Row) -> None:
    given = row.cells.get("kind", "").casefold()
    if given and given not in KIND_OF:
        row.faults.append(Fault("option", "kind", row.cells["kind"]))


def _check_identifier(row: Row, column: str) -> None:
    """An identity number or credit code with a wrong check digit, or one of the other kind."""
    text = clean(row.cells.get(column, ""))
    if len(text) != CODE_LENGTH or not text.isalnum():
        return
    personal, firm = check_id_number(text) is None, check_credit_code(text) is None
    kind = KIND_OF.get(row.cells.get("kind", "").casefold(), "")
    if not personal and not firm:
        row.faults.append(Fault("check_digit", column, text))
    elif (kind == PERSON and not personal) or (kind == ORGANISATION and not firm):
        row.faults.append(Fault("of_other_kind", column, text))


def kind_of(cells: dict[str, str]) -> str:
    """``person`` or ``organisation``: as the row says, else what the identifier or the name looks like."""
    given, text = KIND_OF.get(cells.get("kind", "").casefold(), ""), clean(cells.get("id_no", ""))
    if given:
        return given
    if len(text) == CODE_LENGTH:
        return PERSON if check_id_number(text) is None else ORGANISATION
    kinds = guess_kinds(cells["name"])
    return PERSON if kinds[0] == PERSON and len(normalise(cells["name"])) <= 4 else kinds[-1]


def read_day(text: str) -> date | None:
    """A date as people write it: 2026-11-24, 2026/11/4, 2026年11月4日; None when it is none."""
    parts = text.split(" ", maxsplit=1)[0].translate(DATE_MARKS).strip("-").split("-")
    try:
        return date(*map(int, parts)) if len(parts) == 3 else None
    except ValueError:
        return None


def read_amount(text: str) -> Decimal | None:
    """An amount in yuan, with separators or 万; None when it is none."""
    bare = text.replace(",", "").replace("，", "").replace("¥", "").replace("￥", "").removesuffix("元").strip()
    factor = 10_000 if bare.endswith("万") else 1
    try:
        amount = Decimal(bare.removesuffix("万")) * factor
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _is_percent(text: str) -> bool:
    try:
        return 0 <= Decimal(text.strip().removesuffix("%")) <= 100
    except InvalidOperation:
        return False


CHECKS: dict[str, Callable[[Row, Known], None]] = {
    CLIENTS: _check_client,
    MATTERS: _check_matter,
    PARTIES: _check_party,
    RELATIONS: _check_relation,
    VOLUMES: _check_volume,
}
