"""The audit log: no edit goes unnoticed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.audit import verify
from tests.engine.house import review
from tests.people import CHEN, LI


@pytest.fixture
def written(house):
    """A house whose log holds some lines."""
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="a")
    house.do(instance_id, "Review", CHEN, ok=True)
    assert verdict(house).broken_at is None
    return house


def verdict(house):
    with house.session() as session:
        return verify(session)


def edit(house, *statements):
    """Change the log as somebody could who owns the database."""
    with house.engine.database.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        for action in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_log_no_{action}{'' if sqlite else ' ON audit_log'}"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x' WHERE seq = 1", "DELETE FROM audit_log WHERE seq = 4"])
def test_the_database_refuses_edits(written, statement):
    with pytest.raises(Exception, match="append-only"), written.engine.database.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "column", ["actor", "actor_name", "on_behalf_of", "event", "subject", "definition", "digest", "previous", "hash"]
)
def test_a_changed_field_is_found(written, column):
    edit(written, f"UPDATE audit_log SET {column} = 'x' WHERE seq = 2")
    assert verdict(written).broken_at == 2


def test_changed_data_are_found(written):
    edit(written, "UPDATE audit_log SET data = (SELECT data FROM audit_log WHERE seq = 1) WHERE seq = 3")
    assert verdict(written).broken_at == 3


def test_a_changed_moment_is_found(written):
    edit(written, "UPDATE audit_log SET at = '2020-01-01 00:00:00' WHERE seq = 3")
    assert verdict(written).broken_at == 3


def test_a_line_taken_out_is_found(written):
    edit(written, "DELETE FROM audit_log WHERE seq = 2")
    assert verdict(written).broken_at == 2


def test_lines_cut_off_at_the_end_are_found(written):
    edit(written, "DELETE FROM audit_log WHERE seq = (SELECT max(seq) FROM audit_log)")
    assert (verdict(written).reason, verdict(written).broken_at) == ("lines are missing at the end", verdict(written).lines + 1)


def test_two_lines_that_changed_places_are_found(written):
    edit(written, *(f"UPDATE audit_log SET seq = {new} WHERE seq = {old}" for old, new in ((2, 99), (3, 2), (99, 3))))
    assert verdict(written).broken_at == 2


def test_a_line_added_is_found(written):
    columns = "at, actor, actor_name, on_behalf_of, event, subject, definition, data, digest, previous, hash"
    edit(written, f"INSERT INTO audit_log (seq, {columns}) SELECT seq + 100, {columns} FROM audit_log WHERE seq = 2")
    assert verdict(written).broken_at == verdict(written).lines


def test_a_whole_log_taken_away_is_found(written):
    edit(written, "DELETE FROM audit_log")
    assert verdict(written).broken_at == 1
