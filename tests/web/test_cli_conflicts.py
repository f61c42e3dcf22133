"""`juanzong conflicts import` and `juanzong conflicts search`."""

from __future__ import annotations

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

    (tmp_path / "batch.txt").write_text('章伟\n\n{"name": "华信达科技", "kind": "organisation"}\n', encoding="utf-8-sig")
    answers = [json.loads(line) for line in run("search", "--batch", tmp_path / "batch.txt").splitlines()]
    assert [(each["query"], each["hits"][0]["name"]) for each in answers] == [("章伟", "张伟"), ("华信达科技", "北京华信达科技有限公司")]
    assert set(answers[0]) == {"query", "ms", "hits", "totals"}
    assert {"name", "matched", "reason", "score", "class", "party"} <= set(answers[0]["hits"][0])
