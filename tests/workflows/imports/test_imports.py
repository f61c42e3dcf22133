"""Old data brought in: checked first, changing nothing; taken in whole, once, whatever dies in between."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from sqlalchemy import func, select

from engine import SYSTEM, RunOperation
from engine.errors import JuanzongError, NotAllowed, StateRefused
from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm
from workflows import importing
from workflows.records import clients, conflict_changes, conflict_register, imports, matters, parties
from workflows.records.client_files import ClientFileRow
from workflows.records.clients import ClientRow
from workflows.records.import_tables import read_tables
from workflows.records.leads import Lead
from workflows.records.party_relations import PartyRelationRow

CLIENTS = """客户编号,类型,名称,曾用名,证件号码,电话,邮箱
K001,个人,张三,,11010519491231002X,13900000001,zhang@example.invalid
K002,单位,示例贸易有限公司,示例商行,91350100M000100Y43,,
K003,个人,王伟,,,13900000003,
"""
MATTERS = """收案号,委托人,案件类型,案由,承办律师,收案日期,对方当事人,标的额
2025民001,K001,民事,买卖合同纠纷,lawyer1,2025年3月1日,示例物流有限公司、赵六,120万
2025民002,示例贸易有限公司,非诉,尽职调查,lawyer1,2025/6/30,,
"""
PARTIES = """收案号,身份,类型,名称
2025民001,第三人,单位,示例仓储有限公司
"""
RELATIONS = """主体,关系,对应主体,持股比例
示例控股有限公司,股东,示例贸易有限公司,60%
"""


@pytest.fixture
def firm(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path)
    yield engine
    engine.database.dispose()


def sheet(rows):
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' if kind == "s" else f"<c><v>{cell}</v></c>" for kind, cell in row)
        + "</row>"
        for row in rows
    )  # fmt: skip
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'


def make_xlsx(**sheets):
    """The least an XLSX file is made of."""
    main = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.worksheet+xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{main}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        named = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, start=1))
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{main}"><sheets>{named}</sheets></workbook>',
        )
        rels = "".join(
            f'<Relationship Id="r{i}" Type="{main}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in range(1, len(sheets) + 1)
        )
        file.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{rels}</Relationships>')
        for i, rows in enumerate(sheets.values(), start=1):
            file.writestr(f"xl/worksheets/sheet{i}.xml", sheet(rows))
    return out.getvalue()


def upload(firm, content, name="old.csv", kind=""):
    content = content.encode() if isinstance(content, str) else content
    given = {"file_name": name, "content": base64.b64encode(content).decode(), "kind": kind}
    import_id = firm.run(RunOperation("imports.upload", given), SYSTEM)["import_id"]
    importing.check(firm, import_id)
    return import_id


def take(firm, *args, **kwargs):
    import_id = upload(firm, *args, **kwargs)
    firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)
    importing.run_imports(firm)
    return read(firm, import_id)


def read(firm, import_id):
    with firm.reading() as session:
        return imports.get_import(session, import_id)


def faults(firm, import_id):
    with firm.reading() as session:
        return [(each.number, each.column, each.code) for each in imports.list_faults(session, import_id)]


def count(firm, table):
    with firm.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_check_changes_nothing(firm):
    found = read(firm, upload(firm, CLIENTS))
    assert (found.state, found.counts, found.total) == ("CHECKED", {"clients": 3}, 3)
    assert count(firm, ClientRow) == 0 and count(firm, ClientFileRow) == 0
    firm.run(RunOperation("imports.discard", {"import_id": found.id}), SYSTEM)
    importing.run_imports(firm)
    assert count(firm, ClientRow) == 0 and read(firm, found.id).state == "DISCARDED"


def test_clients_come_in_with_a_number_each_and_are_found_by_a_conflict_search(firm):
    found = take(firm, CLIENTS)
    assert (found.state, found.done) == ("DONE", 3)
    with firm.reading() as session:
        numbers = session.scalars(select(ClientFileRow.client_no).order_by(ClientFileRow.client_no)).all()
        assert numbers == ["KH-2026-00001", "KH-2026-00002", "KH-2026-00003"]
        zhang = clients.find_by_identifier(session, "11010519491231002X")
        assert zhang.facts["email"] == "zhang@example.invalid" and zhang.facts["birth_date"] == "1949-12-31"
        assert conflict_register.count_subjects(session) >= 3 and not conflict_register.has_staged(session)
        assert conflict_changes.count(session) >= 1


def test_open_matters_parties_and_relations_come_in(firm):
    take(firm, CLIENTS)
    assert take(firm, MATTERS).done == 2
    assert take(firm, PARTIES).done == 1
    assert take(firm, RELATIONS).done == 1
    with firm.reading() as session:
        matter = session.scalars(select(matters.MatterRow).where(matters.MatterRow.matter_no == "2025民001")).one()
        assert (matter.state, matter.matter_type, matter.opened_at.date().isoformat()) == ("ACTIVE", "civil", "2025-03-01")
        lead = session.get(Lead, matter.lead_id)
        assert (lead.state, lead.outline["amount"], lead.client_name) == ("CONVERTED", "1200000", "张三")
        named = {(party.role, party.name) for party in parties.list_parties(session, lead.id)}
        assert named == {("client", "张三"), ("opposing", "示例物流有限公司"), ("opposing", "赵六"), ("third", "示例仓储有限公司")}
        relation = session.scalars(select(PartyRelationRow)).one()
        assert (relation.near_name, relation.relation, relation.far_name) == ("示例控股有限公司", "股东 60%", "示例贸易有限公司")
        assert matter.volume_id and matters.list_members(session, matter.id) == {lead.lawyer_id: "lead"}


def test_a_spreadsheet_with_a_sheet_each_comes_in_whole(firm):
    def rows(text):
        return [[("s", cell) for cell in line.split(",")] for line in text.strip().splitlines()]

    content = make_xlsx(案件=rows(MATTERS), 客户=rows(CLIENTS), 当事人=rows(PARTIES), 关系=rows(RELATIONS))
    found = take(firm, content, "旧系统.xlsx")
    assert (found.done, found.counts) == (7, {"clients": 3, "matters": 2, "parties": 1, "relations": 1})


def test_a_number_that_a_spreadsheet_rounded_is_refused(firm):
    header = [("s", "名称"), ("s", "证件号码")]
    content = make_xlsx(客户=[header, [("s", "张三"), ("n", "110105194912310021")]])
    assert faults(firm, upload(firm, content, "x.xlsx"))[0] == (2, "id_no", "rounded")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("K9,个人,,,,,", ("name", "empty")),
        ("K9,个人,甲,,,,", ("name", "name_too_short")),
        ("K9,怪物,张三,,,,", ("kind", "option")),
        ("K9,个人,张三,,110105194912310021,,", ("id_no", "check_digit")),
        ("K9,单位,张三,,11010519491231002X,,", ("id_no", "of_other_kind")),
        ("K9,个人,张三,,,,not-an-address", ("email", "email")),
        ("K9,个人,张\x07三,,,,", ("name", "control_characters")),
        (f"K9,个人,{'长' * 201},,,,", ("name", "too_long")),
        (f"K9,个人,张三,{'长' * 5000},,,", ("former_names", "cell_too_long")),
    ],
)
def test_what_is_wrong_with_a_client_is_said_by_row(firm, row, fault):
    header = CLIENTS.splitlines()[0]
    found = upload(firm, f"{header}\nK1,个人,李四,,,,\n{row}\n")
    assert (3, *fault) in faults(firm, found) and read(firm, found).total == 1


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("2025民009,无此人,民事,案由,lawyer1,,,", ("client", "client_unknown")),
        ("2025民009,王伟,民事,案由,lawyer1,,,", ("client", "client_ambiguous")),
        ("2025民009,K001,民事,案由,nobody,,,", ("lawyer", "lawyer_unknown")),
        ("2025民009,K001,海商,案由,lawyer1,,,", ("matter_type", "option")),
        ("2025民009,K001,民事,案由,lawyer1,2025-02-30,,", ("opened_on", "date")),
        ("2025民009,K001,民事,案由,lawyer1,2027-01-01,,", ("opened_on", "date_future")),
        ("2025民009,K001,民事,案由,lawyer1,,,很多", ("amount", "number")),
        ("2025民001,K001,民事,案由,lawyer1,,,", ("ref", "number_taken")),
    ],
)
def test_what_is_wrong_with_a_matter_is_said_by_row(firm, row, fault):
    take(firm, CLIENTS + "K004,个人,王伟,,,13900000004,\n")
    found = upload(firm, f"{MATTERS}{row}\n")
    assert (4, *fault) in faults(firm, found)


def test_the_same_row_twice_and_the_same_number_under_two_names(firm):
    found = upload(firm, CLIENTS + CLIENTS.splitlines()[3] + "\nK005,个人,张四,,11010519491231002X,,\n")
    said = faults(firm, found)
    assert (5, "", "duplicate") in said and (6, "id_no", "number_of_another") in said
    assert read(firm, found).total == 3


def test_a_client_the_firm_has_is_filled_in_and_not_overwritten(firm):
    take(firm, CLIENTS)
    take(firm, "名称,证件号码,电话,地址\n张三丰,11010519491231002X,13911111111,示范路1号\n")
    with firm.reading() as session:
        zhang = clients.find_by_identifier(session, "11010519491231002X")
        assert (zhang.name, zhang.facts["phone"], zhang.facts["address"]) == ("张三", "13900000001", "示范路1号")
    assert count(firm, ClientRow) == 3


def test_an_import_that_died_goes_on_where_it_stood(firm, monkeypatch):
    monkeypatch.setitem(importing.PORTIONS, "clients", 1)
    import_id = upload(firm, CLIENTS)
    firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)

    class Died(Exception):
        pass

    def die(done):
        if done == 2:
            raise Died

    with pytest.raises(Died):
        importing.write(firm, import_id, die)
    assert read(firm, import_id).done == 2 and count(firm, ClientRow) == 2
    importing.run_imports(firm)
    assert (read(firm, import_id).state, count(firm, ClientRow)) == ("DONE", 3)


def test_a_portion_is_written_once(firm):
    import_id = upload(firm, CLIENTS)
    firm.run(RunOperation("imports.accept", {"import_id": import_id}), SYSTEM)
    rows = [{"cells": {"name": "李四"}, "sheet": "x", "number": 2}]
    portion = {"import_id": import_id, "kind": "clients", "rows": rows, "before": 0}
    firm.run(RunOperation("imports.write_portion", portion), SYSTEM)
    with pytest.raises(StateRefused):
        firm.run(RunOperation("imports.write_portion", portion), SYSTEM)
    assert count(firm, ClientRow) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(encoding):
    assert [row.cells["name"] for row in read_tables("x.csv", CLIENTS.encode(encoding))] == ["张三", "示例贸易有限公司", "王伟"]


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02\x03", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", b"a,b\n1,2\n", "名称\n".encode(), b'"open\n'],
)
def test_a_file_that_is_no_table_is_refused_in_words(content):
    with pytest.raises(JuanzongError):
        read_tables("x", content)


def test_only_administrator_and_director_bring_data_in(firm):
    case = Case(firm)
    given = {"file_name": "x.csv", "content": base64.b64encode(CLIENTS.encode()).decode()}
    for login in ("lawyer1", "desk", "partner1"):
        with pytest.raises(NotAllowed):
            firm.run(RunOperation("imports.upload", given), case.actor(login))
    assert firm.run(RunOperation("imports.upload", given), case.actor("admin"))["import_id"]


def test_an_accepted_import_cannot_be_discarded_nor_accepted_again(firm):
    found = take(firm, CLIENTS)
    for operation in ("imports.accept", "imports.discard"):
        with pytest.raises(StateRefused):
            firm.run(RunOperation(operation, {"import_id": found.id}), SYSTEM)


def test_the_rows_left_out_come_back_as_a_table(firm):
    found = upload(firm, CLIENTS + "K009,个人,=cmd(),,110105194912310021,,\n")
    with firm.reading() as session:
        table = imports.write_left_out(session, found, lambda fault: fault.code).decode("utf-8-sig")
    assert table.splitlines()[1].startswith("5,K009,个人,'=cmd(),") and table.splitlines()[1].endswith("check_digit")
