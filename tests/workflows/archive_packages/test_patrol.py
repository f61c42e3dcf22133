"""The integrity patrol: any changed byte in either copy is found, restored from the other, told and handled."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

import engine.queries as queries
from engine import FIRM_ZONE, SYSTEM, DeployProcess, ReceiveMessage, RunOperation, StartInstance
from engine.tables import Instance
from workflows.records import bags, documents, package_parts, patrols, volume_checks
from workflows.wiring import firm_bundles

HANDLED = {"cause": "磁盘坏道", "measure": "更换磁盘", "confirmed": ["opened"]}


def damage(path, content=b"damaged"):
    for each in (path.parent, path):
        if each.exists():
            each.chmod(0o755)
    path.write_bytes(content)


def patrol(case, cause="hand"):
    """Begin a patrol and let it run to its first person or its end."""
    started = case.firm.run(RunOperation("patrols.begin", {"cause": cause}), case.cast["archivist"])
    case.settle()
    with case.firm.reading() as session:
        query = select(Instance.id).where(Instance.process_key == "archive_patrol").order_by(Instance.id.desc())
        case.instance_id = session.scalars(query).first()
        return patrols.get_patrol(session, started["patrol_id"])


def found(case, made):
    with case.firm.reading() as session:
        return patrols.list_found(session, made.id)


def whole(case):
    seal = case.volume().package_sha256
    return [bags.look_through(case.folder(place), seal).faults for place in ("main", "second")] == [(), ()]


@pytest.mark.requirement("A19", "A21")
def test_a_patrol_without_findings_ends_with_its_report(archived):
    made = patrol(archived)
    assert (archived.state(), archived.incidents()) == ("completed", [])
    assert {key: made.totals[key] for key in ("packages", "repaired", "lost")} == {"packages": 1, "repaired": 0, "lost": 0}
    assert made.totals["files"] > 5 and made.totals["octets"] > 1000 and made.totals["kinds"] == {"pdf": 2}
    with archived.firm.reading() as session:
        assert documents.read_content(session, made.report_id).startswith(b"%PDF")
        assert package_parts.list_parts(session, archived.volume_id)[0].outcome == "whole"
        (yearly,) = [each for each in volume_checks.list_checks(session, archived.volume_id) if each.kind == "yearly"]
    assert yearly.passed, yearly.defects


DAMAGES = {
    "a document": lambda folder: damage(next((folder / "data" / "documents").iterdir())),
    "the metadata": lambda folder: damage(folder / "data" / "metadata.xml"),
    "the manifest": lambda folder: damage(folder / "manifest-sha256.txt"),
    "the tag manifest": lambda folder: damage(folder / "tagmanifest-sha256.txt"),
    "the signature": lambda folder: damage(folder / "signature" / "tagmanifest-sha256.p7s"),
    "a foreign file": lambda folder: damage(folder / "data" / "stranger.exe"),
    "one byte": lambda folder: damage(
        folder / "data" / "cover.pdf", (folder / "data" / "cover.pdf").read_bytes()[:-1] + b"\x00"
    ),
    "everything": bags.remove,
}


@pytest.mark.requirement("A19", "A21")
def test_any_damage_in_either_place_is_restored_from_the_other(archived):
    for place in ("main", "second"):
        for name, spoil in DAMAGES.items():
            spoil(archived.folder(place))
            made = patrol(archived)
            (item,) = found(archived, made)
            assert (item.outcome, whole(archived)) == ("repaired", True), (place, name)
            assert (archived.open_tasks(), archived.incidents()) == ({"Task_Handle"}, []), (place, name)
            archived.do("archivist", "Task_Handle", HANDLED)
            assert archived.state() == "completed"
    assert not any(path.stat().st_mode & 0o222 for path in archived.folder().rglob("*"))


@pytest.mark.requirement("A19")
def test_different_files_damaged_in_both_places_restore_each_other(archived):
    damage(archived.folder("main") / "data" / "cover.pdf")
    damage(archived.folder("second") / "data" / "metadata.xml")
    assert [each.outcome for each in found(archived, patrol(archived))] == ["repaired"]
    assert whole(archived)


@pytest.mark.requirement("A19")
def test_what_is_damaged_in_both_places_is_lost_and_the_director_decides(archived):
    for place in ("main", "second"):
        damage(archived.folder(place) / "data" / "cover.pdf")
    before = len(archived.mails())
    made = patrol(archived)
    assert [each.outcome for each in found(archived, made)] == ["lost"]
    assert {mail["to"] for mail in archived.mails()[before:]} >= {"archivist@demo.invalid", "director@demo.invalid"}
    with archived.firm.reading() as session:
        events = {line.event for line in queries.list_audit(session, subject=f"volume:{archived.volume_id}")}
        (yearly, *_) = [each for each in volume_checks.list_checks(session, archived.volume_id) if each.kind == "yearly"]
    assert "package.lost" in events and not yearly.passed
    archived.do("archivist", "Task_Handle", HANDLED)
    assert archived.open_tasks() == {"Task_Lost"}
    archived.do("director", "Task_Lost", {"decision": "digitise", "reason": "纸质原件在库"})
    assert archived.state() == "completed"
    with archived.firm.reading() as session:
        handled = patrols.get_patrol(session, made.id).handled
    assert (handled["cause"], handled["lost_decision"]) == ("磁盘坏道", "digitise")


def test_findings_that_nobody_handles_go_to_the_director(archived):
    damage(archived.folder() / "data" / "cover.pdf")
    patrol(archived)
    before = len(archived.mails())
    archived.move_to(datetime(2026, 11, 26, 18, 0, tzinfo=FIRM_ZONE))
    assert [mail["subject"] for mail in archived.mails()[before:]] == ["档案完整性巡检异常逾期未处理"]
    assert archived.open_tasks() == {"Task_Handle"}


def test_a_patrol_under_way_is_not_begun_twice(archived):
    begin = RunOperation("patrols.begin", {"cause": "hand"})
    ids = {archived.firm.run(begin, archived.cast["archivist"])["patrol_id"] for _ in range(2)}
    assert len(ids) == 1


@pytest.fixture
def standing(archived):
    archived.firm.run(DeployProcess(tuple(each for each in firm_bundles() if each.name == "patrol_calendar")), SYSTEM)
    archived.calendar = archived.firm.run(StartInstance("patrol_calendar", title="巡检日程"), SYSTEM)
    archived.settle()
    return archived


def causes(case):
    with case.firm.reading() as session:
        return [each.cause for each in patrols.list_patrols(session)]


@pytest.mark.requirement("A19", "A21")
def test_patrols_begin_yearly_after_migrations_and_until_they_are_stopped(standing):
    standing.move_to(datetime(2026, 12, 1, 1, 1, tzinfo=FIRM_ZONE))
    assert causes(standing) == ["yearly"]
    standing.firm.run(ReceiveMessage("archive.migrated", "firm", {}), SYSTEM)
    standing.settle()
    assert causes(standing) == ["migration", "yearly"]
    standing.move_to(datetime(2027, 12, 1, 1, 1, tzinfo=FIRM_ZONE))
    assert causes(standing) == ["yearly", "migration", "yearly"]
    standing.firm.run(ReceiveMessage("patrols.stopped", "firm", {}), SYSTEM)
    standing.settle()
    standing.instance_id = standing.calendar
    assert standing.state() == "completed"


@pytest.mark.requirement("A24")
def test_supplements_are_chained_patrolled_and_restored(archived):
    def add(context):
        document = documents.add_document(
            context, lead_id=archived.lead_id, kind="x", title="迟到的回执", media_type=documents.PDF, content=b"%PDF-late",
        )  # fmt: skip
        values = {"volume_id": archived.volume_id, "document_ids": [document.id], "reason": "结案后收到"}
        handler = context.registry.find("volumes.append_supplement")
        context.emit(handler.id, handler.prepare(context, **values))

    before = {path: bags.hash_file(path) for path in archived.folder().rglob("*") if path.is_file()}
    for _ in range(2):
        archived.run(add, "archivist")
        archived.settle()
    with archived.firm.reading() as session:
        package, first, second = package_parts.list_parts(session, archived.volume_id)
    assert (first.previous, second.previous) == (package.sha256, first.sha256)
    assert before == {path: bags.hash_file(path) for path in archived.folder().rglob("*") if path.is_file()}
    bags.remove(archived.places.second / f"{archived.volume().file_no}.supplements")
    made = patrol(archived)
    assert (made.totals["packages"], made.totals["repaired"]) == (3, 2)
