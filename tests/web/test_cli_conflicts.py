"""`juanzong conflicts import` and `juanzong conflicts search`."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from web.cli import main

TABLE = "kind,name,aliases,id_no,role,matter\r\norganisation,北京华信达科技有限公司,,,委托人,1号\r\nperson,张,,,,\r\nperson,张伟,,,对方,2号\r\n"


@pytest.fixture
def run(sqlite_url, tmp_path, monkeypatch):
    """Run the command line on a fresh firm."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def call(*arguments):
        result = CliRunner().invoke(main, ["conflicts", *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def test_import_then_search(run, tmp_path):
    (tmp_path / "names.csv").write_bytes(TABLE.encode("gb18030"))
    outcome = json.loads(run("import", tmp_path / "names.csv", "--json"))
    assert (outcome["rows"], outcome["imported"], outcome["left_out"]) == (3, 2, 1)
    assert outcome["problems"][0]["reason"] == "the name has only one character"
    assert "3,the name has only one character" in (tmp_path / "names.csv.rejected.csv").read_text("utf-8-sig")
    assert json.loads(run("import", tmp_path / "names.csv", "--json"))["already_there"] == 2

    hit = json.loads(run("search", "华信达", "--json"))["hits"][0]
    assert (hit["name"], hit["class"], hit["role"], hit["matter"]) == ("北京华信达科技有限公司", "review", "委托人", "1号")
    assert hit["reason"] == "字号相同，一方未写行业（华信达 / 北京华信达科技有限公司）"
    assert "华信达" in run("search", "华信达")

    lines = [f"person,王小{letter},,,," for letter in "明红刚强丽华芳军杰"]
    (tmp_path / "many.csv").write_text("\n".join(["kind,name,aliases,id_no,role,matter", *lines]), encoding="utf-8")
    run("import", tmp_path / "many.csv", "--json")
    answer = json.loads(run("search", "王小波", "--json"))
    (group,) = answer["groups"]
    assert (group["reason"], group["class"], group["count"]) == ("一字不同", "review", 9)
    assert set(group["parties"]) == {each["party"] for each in answer["hits"] if each["class"] == "info"}
    assert "9 names, look at them together: 一字不同" in run("search", "王小波")

    (tmp_path / "batch.txt").write_text('章伟\n\n{"name": "华信达科技", "kind": "organisation"}\n', encoding="utf-8-sig")
    answers = [json.loads(line) for line in run("search", "--batch", tmp_path / "batch.txt").splitlines()]
    assert [(each["query"], each["hits"][0]["name"]) for each in answers] == [
        ("章伟", "张伟"),
        ("华信达科技", "北京华信达科技有限公司"),
    ]
    assert set(answers[0]) == {"query", "ms", "hits", "totals"}
    assert {"name", "matched", "reason", "score", "class", "party"} <= set(answers[0]["hits"][0])


BAD = (
    ("organisation,某甲有限公司,,,,", ""),
    ("person,,,,,", "the name is empty"),
    ("person,张,,,,", "the name has only one character"),
    ("person,张\x07三,,,,", "a cell holds control characters or line breaks (is a quotation mark left open?)"),
    (f"person,{'李' * 10_000_000},,,,", "a cell is longer than 4,000 characters"),
    (f"person,李四,{'别' * 5000},,,", "a cell is longer than 4,000 characters"),
    (f"person,{'王' * 201},,,,", "the name is longer than 200 characters"),
    ("robot,赵六,,,,", "the kind is neither person nor organisation"),
    ("organisation,某甲有限公司,,,,", "the same as row 2"),
    ("person,张三丰,,110101199003077571,,", ""),
    ("person,李四光,,110101199003077571,,", "row 11 has the same number under another name"),
    ("person,钱七星,,91350100M000100Y43,,", "the number is of the other kind: a person's for an organisation, or the reverse"),
    ("person,孙八达,,110101199003077570,,", "the number's check digit is wrong"),
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_every_bad_row_is_said_and_nothing_is_lost(run, tmp_path, encoding):
    rows = ["kind,name,aliases,id_no,role,matter", *(row for row, _ in BAD)]
    (tmp_path / "bad.csv").write_bytes("\r\n".join(rows).encode(encoding))
    outcome = json.loads(run("import", tmp_path / "bad.csv", "--json"))
    said = {each["row"]: each["reason"] for each in outcome["problems"]}
    assert said == {number: reason for number, (_, reason) in enumerate(BAD, 2) if reason}
    left_out = [each["row"] for each in outcome["problems"] if not each["kept"]]
    assert (outcome["rows"], outcome["imported"], outcome["left_out"], outcome["noted"]) == (len(BAD), 5, len(left_out), 3)
    with (tmp_path / "bad.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(1 << 28)
        assert [int(row[0]) for row in csv.reader(file)] == left_out


def test_bytes_that_are_no_text_are_said_by_row(run, tmp_path):
    (tmp_path / "odd.csv").write_bytes("name\n张三丰\n".encode("gb18030") + b"\xff\xff\xff\n" + "李四光\n".encode("gb18030"))
    outcome = json.loads(run("import", tmp_path / "odd.csv", "--json"))
    assert (outcome["imported"], [each["row"] for each in outcome["problems"]]) == (2, [3])
    assert outcome["problems"][0]["reason"] == "a cell holds bytes that are no text in the file's encoding"
