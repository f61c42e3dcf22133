"""The key of the digests of identity numbers stands beside the database, and moves there out of databases of before."""

from __future__ import annotations

import hashlib
import stat

import pytest

from engine import SYSTEM, RunOperation
from tests.workflows.conflict_register.conftest import ID_NUMBER, codes, search
from workflows.records import clients, conflict_backfill, conflict_register, conflict_secret
from workflows.records.conflict_secret import ConflictKeyMissing, ConflictSecretRow
from workflows.wiring import open_firm

CLIENT = {"kind": "person", "name": "王建国", "id_number": ID_NUMBER}


@pytest.fixture
def open_again(database_url, clock, tmp_path):
    """Open the same firm, each time as a new process would."""
    opened = []

    def call(folder=tmp_path / "data"):
        opened.append(open_firm(database_url, clock=clock, data_dir=folder))
        return opened[-1]

    yield call
    for each in opened:
        each.close()


def put(firm, subject_id="p1"):
    with firm.database.begin() as connection, conflict_register.Session(bind=connection) as session:
        conflict_register.put_subject(
            session, subject_kind="party", subject_id=subject_id, kind="person", names={"王建国": "name"}, identifier=ID_NUMBER
        )


def rows(firm):
    with firm.reading() as session:
        return {row.id: row.secret for row in session.query(ConflictSecretRow)}


def test_the_key_is_a_file_of_the_owner_and_the_database_keeps_only_a_check_value(open_again, tmp_path):
    put(open_again())
    path = tmp_path / "data" / "conflict_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    firm = open_again()
    assert rows(firm) == {conflict_secret.CHECK: conflict_secret.make_check(path.read_bytes())}
    assert codes(search(firm, "无名氏", identifier=ID_NUMBER)) == {"王建国": "same_identifier"}
    assert [each.name for each in path.parent.glob(".conflict_key*")] == []


def test_a_lost_or_other_key_is_said_and_never_replaced(open_again, tmp_path):
    put(open_again())
    other = open_again(tmp_path / "elsewhere")
    for attempt in (lambda: search(other, "王建国", identifier=ID_NUMBER), lambda: put(other, "p2")):
        with pytest.raises(ConflictKeyMissing):
            attempt()
    assert not (tmp_path / "elsewhere" / "conflict_key").exists()
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    (tmp_path / "elsewhere" / "conflict_key").write_bytes(b"another key")
    with pytest.raises(ConflictKeyMissing):
        search(other, "王建国", identifier=ID_NUMBER)


def test_a_database_of_before_gives_up_its_key_and_its_plain_digests(open_again, tmp_path):
    firm = open_again()
    key, plain = b"k" * 32, hashlib.sha256(ID_NUMBER.encode()).hexdigest()
    with firm.database.begin() as connection:
        connection.execute(ConflictSecretRow.__table__.insert(), {"id": conflict_secret.SECRET, "secret": key})
    put(firm)
    assert codes(search(firm, "无名氏", identifier=ID_NUMBER)) == {"王建国": "same_identifier"}
    with firm.database.begin() as connection, conflict_register.Session(bind=connection) as session:
        now = firm.clock.now()
        session.add(clients.ClientRow(
            id="c1", kind="person", name="王建国", id_hash=plain, facts=CLIENT, is_blocked=False, created_at=now, changed_at=now
        ))  # fmt: skip
        session.flush()
    with firm.reading() as session:
        assert conflict_backfill.is_needed(session)
    assert firm.run(RunOperation("conflicts.fill_register"), SYSTEM)["keyed"] == 1
    assert (tmp_path / "data" / "conflict_key").read_bytes() == key
    assert set(rows(firm)) == {conflict_secret.CHECK}
    again = open_again()
    with again.reading() as session:
        assert not conflict_backfill.is_needed(session)
        found = clients.find_by_identifier(session, " 11010119900307 7571")
        assert (found.id, found.id_hash != plain, len(found.id_hash)) == ("c1", True, 32)
    assert codes(search(again, "无名氏", identifier=ID_NUMBER)) == {"王建国": "same_identifier"}
