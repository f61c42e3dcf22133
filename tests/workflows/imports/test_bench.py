"""`juanzong bench import` writes every row it reads, and the peer reads the same ones."""

from __future__ import annotations

import json

from web.bench import import_rows
from workflows.records.identifiers import check_id_number


def test_it_measures_on_an_empty_database_of_each_kind(empty_database_url, capsys):
    import_rows.main(["--rows", "30", "--json", "--database-url", empty_database_url])
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["rows_written"], found["state"], found["faults"]) == (30, 30, "DONE", {})
    assert found["total_seconds"] > 0 and found["peer_seconds"] >= 0


def test_every_row_is_somebody_else_with_a_right_number():
    numbers = [row[3] for row in import_rows.make_rows(3000)]
    assert len(set(numbers)) == 3000 and not any(check_id_number(number) for number in numbers)
