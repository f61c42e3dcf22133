"""A table of names is read in any usual encoding; bad rows are named with their reason, good rows are kept."""

from __future__ import annotations

import csv

import pytest

from workflows.records.conflict_import import TableUnreadable, read_table

HEADER = ["kind", "name", "aliases", "id_no", "role", "matter"]


def write(tmp_path, rows, encoding="utf-8-sig", header=HEADER):
    path = tmp_path / "names.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(path):
    reader, rows = read_table(path)
    return list(rows), [(each.row, each.code, each.kept) for each in reader.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    rows, problems = read(write(tmp_path, [["person", "镕基𠮷", "", "", "对方", "（2025）1号"]], encoding))
    assert (rows[0].names, rows[0].role, rows[0].matter, problems) == ({"镕基𠮷": "name"}, "对方", "（2025）1号", [])


def test_bad_rows_are_named_and_good_rows_kept(tmp_path):
    rows = [
        ["person", "张三丰", "", "", "", ""],
        ["person", "", "", "", "", ""],
        ["person", "张", "", "", "", ""],
        ["person", "张\x07三", "", "", "", ""],
        ["person", "张\n三", "", "", "", ""],
        ["person", "李" * 10_000_000, "", "", "", ""],
        ["person", "李" * 300, "", "", "", ""],
        ["robot", "李四光", "", "", "", ""],
        ["person", "张三丰", "", "", "", ""],
        ["organisation", "某某有限公司", "", "", "", ""],
    ]
    found, problems = read(write(tmp_path, rows))
    assert [next(iter(each.names)) for each in found] == ["张三丰", "某某有限公司"]
    assert [(code, kept) for _, code, kept in problems] == [
        ("name_empty", False), ("name_too_short", False), ("control_characters", False), ("control_characters", False),
        ("cell_too_long", False), ("name_too_long", False), ("kind_unknown", False), ("duplicate", False),
    ]  # fmt: skip


def test_identifiers_that_contradict_are_noted_and_the_names_stay_searchable(tmp_path):
    rows = [
        ["person", "张三丰", "", "110101199003077571", "", ""],
        ["person", "李四光", "", "110101199003077571", "", ""],
        ["person", "王五岳", "", "91350100M000100Y43", "", ""],
        ["organisation", "某某有限公司", "", "110101199003078515", "", ""],
        ["person", "赵六合", "", "110101199003077570", "", ""],
    ]
    found, problems = read(write(tmp_path, rows))
    assert len(found) == 5
    assert problems == [
        (3, "identifier_of_another", True), (4, "identifier_of_other_kind", True), (5, "identifier_of_other_kind", True),
        (6, "identifier_wrong", True),
    ]  # fmt: skip


def test_other_names_and_facts_are_read_out_of_cells_and_brackets(tmp_path):
    rows = [
        ["", "王伟（1985年生，上海）", "小伟；曾用名：王卫", "", "", ""],
        ["公司", "华信（北京）科技有限公司（原名：大展科技）", "Huaxin Ltd.|华信", "", "", ""],
    ]
    found, problems = read(write(tmp_path, rows))
    assert problems == []
    assert (found[0].kind, found[0].birth_year, found[0].city) == ("person", 1985, "上海")
    assert found[0].names == {"王伟": "name", "小伟": "alias", "王卫": "former"}
    assert found[1].names == {"华信（北京）科技有限公司": "name", "大展科技": "former", "Huaxin Ltd.": "alias", "华信": "alias"}


def test_columns_may_be_chinese_and_in_any_order(tmp_path):
    found, _ = read(write(tmp_path, [["某某有限公司", "单位", "对方当事人"]], header=["名称", "类型", "角色"]))
    assert (found[0].kind, found[0].role) == ("organisation", "对方当事人")


def test_a_table_without_names_is_refused(tmp_path):
    with pytest.raises(TableUnreadable):
        read(write(tmp_path, [], header=["a", "b"]))
