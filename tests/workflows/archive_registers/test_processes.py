"""The archive's regular work driven through its diagrams: inventory, the store room's check, statistics."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import FIRM_ZONE, SYSTEM, StartInstance
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.archive_registers.conftest import OLD, Archive
from tests.workflows.small_firm import open_small_firm
from workflows.records import archive_works, document_access, documents, inventories, mails, places, storage_checks
from workflows.records.places import RACK, ROOM
from workflows.records.volumes import VolumeRow

FIRST, SECOND, THIRD = "2019民诉档-0001", "2019民诉档-0002", "2020刑辩档-0001"
FINE = {each: "ok" for each in storage_checks.POINTS}


@pytest.fixture
def archive(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "inventory", "storage_check", "archive_statistics")
    yield Archive(engine)
    engine.database.dispose()


def begin(archive, process, *day):
    """Start a standing process and let its day come."""
    archive.instance_id = archive.firm.run(StartInstance(process), SYSTEM)
    archive.settle()
    move_to(archive, *day)


def move_to(archive, *day):
    archive.move_to(datetime(*day, 9, 30, tzinfo=FIRM_ZONE))


def read_work(archive, kind):
    with archive.firm.reading() as session:
        return archive_works.list_works(session, kind)[0]


def subjects(archive):
    with archive.firm.reading() as session:
        return [mail.subject for mail in mails.list_mails(session)]


def set_up(archive, old):
    """A room with a rack with two boxes; the first two volumes stand in the first box."""

    def write(context):
        room = places.add(context, kind=ROOM, code="一号库")
        rack = places.add(context, kind=RACK, code="A", parent_id=room.id)
        boxes = places.add_boxes(context, rack_id=rack.id, first=1, last=2)
        for number in (FIRST, SECOND):
            places.put(context, old[number], boxes[0].id)
        return [box.id for box in boxes]

    return archive.run(write, "archivist")


@pytest.mark.requirement("A19")
def test_an_inventory_finds_what_is_missing_misplaced_and_unknown(archive):
    old = archive.bring(*OLD)
    _one, two = set_up(archive, old)
    begin(archive, "inventory", 2026, 12, 1)
    with pytest.raises(FormInvalid):
        archive.do("archivist", "Task_Scan", {"codes": ""})
    archive.do("archivist", "Task_Scan", {"codes": f"https://firm.example/archive/at/{two}\n{FIRST}\n一号库 A架 01盒\nXX-1"})
    move_to(archive, 2026, 12, 20)
    archive.do("desk", "Task_ScanAgain", {"codes": f"{two}\n{old[FIRST]}\n{THIRD}"})
    work = read_work(archive, archive_works.INVENTORY)
    assert {(each["kind"], each["file_no"]) for each in work.data["differences"]} == {
        ("misplaced", FIRST), ("missing", SECOND), ("misplaced", THIRD), ("unknown", "XX-1"),
    }  # fmt: skip
    rows = archive.first_values("Task_Investigate", "archivist")["answers"]
    answers = [{**row, "finding": "已查明", "measure": "已归位"} for row in rows]
    archive.do("archivist", "Task_Investigate", {"answers": answers})
    archive.do("director", "Task_Read", {"opinion": "同意，限期归位"})
    work = read_work(archive, archive_works.INVENTORY)
    assert work.ended_at and len(work.data["answers"]) == 4
    with archive.firm.reading() as session:
        report = documents.get_document(session, work.data["documents"][0])
        assert documents.read_content(session, report.id).startswith(b"%PDF")
        assert document_access.may_read(session, report, archive.cast["partner1"])
        assert not document_access.may_read(session, report, archive.cast["lawyer1"])
    with pytest.raises(StateRefused):
        archive.run(lambda context: archive_works.record(context, work.id, answers=[]))
    assert archive.open_tasks() == set()  # it waits for next December


@pytest.mark.requirement("A19")
def test_the_second_count_is_somebody_else_s_and_a_whole_shelf_needs_no_investigation(archive):
    old = archive.bring(*OLD)
    one, _two = set_up(archive, old)
    begin(archive, "inventory", 2026, 12, 1)
    move_to(archive, 2026, 12, 18)
    assert any("档案盘点" in subject for subject in subjects(archive))  # ten working days have gone by
    codes = {"codes": f"{one}\n{FIRST}\n{SECOND}"}
    archive.do("archivist", "Task_Scan", codes)
    work = read_work(archive, archive_works.INVENTORY)
    with pytest.raises(FourEyes):  # G: also past the task
        archive.run(lambda context: inventories.scan(context, work.id, FIRST, again=True), "archivist")
    archive.do("desk", "Task_ScanAgain", codes)
    archive.do("director", "Task_Read", {"opinion": "账实相符"})
    assert read_work(archive, archive_works.INVENTORY).ended_at


@pytest.mark.requirement("A19")
def test_a_defect_of_the_store_room_is_mended_and_confirmed(archive):
    begin(archive, "storage_check", 2026, 12, 1)
    found = {**FINE, "temperature": "27.5", "humidity": "70", "fire": "defect", "fire_note": "灭火器过期"}
    move_to(archive, 2026, 12, 9)
    assert any("库房八防检查" in subject for subject in subjects(archive))
    archive.do("archivist", "Task_Check", found)
    rows = archive.first_values("Task_Mend", "archivist")["measures"]
    assert len(rows) == 2 and "灭火器过期" in rows[0]["what"] and "27.5" in rows[1]["what"]
    mended = {"measures": [{**row, "measure": "已更换", "done_on": "2026-12-09"} for row in rows]}
    archive.do("archivist", "Task_Mend", mended)
    archive.do("director", "Task_Confirm", {"result": "no", "opinion": "除湿机尚未到位"})
    archive.do("archivist", "Task_Mend", mended)
    archive.do("director", "Task_Confirm", {"result": "yes"})
    assert read_work(archive, archive_works.STORAGE).ended_at
    move_to(archive, 2027, 1, 1)
    archive.do("archivist", "Task_Check", {**FINE, "temperature": "18", "humidity": "50"})
    work = read_work(archive, archive_works.STORAGE)
    assert work.period == "2027-01" and work.ended_at and work.data["defects"] == []
    with pytest.raises(NotAllowed):
        archive.run(lambda context: storage_checks.add_reading(context, room="", temperature=20, humidity=50), "lawyer1")


@pytest.mark.requirement("A18")
def test_last_year_is_counted_corrected_signed_reported_and_sent(archive):
    late = (
        "2026民诉档-0009",
        "丁公司买卖合同纠纷",
        "丁公司",
        "2026-04-01",
        "买卖合同纠纷",
        "lawyer1",
        "长期",
        "",
        "内部",
        "2026-05-04",
    )
    archive.bring(*OLD, late)
    begin(archive, "archive_statistics", 2027, 1, 15)
    move_to(archive, 2027, 1, 25)
    assert any("档案年度统计" in subject for subject in subjects(archive))
    archive.do("partner1", "Task_Sign", {"result": "no", "opinion": "核对归档数"})
    archive.do("archivist", "Task_Correct", {"note": "经核对无误"})
    archive.do("partner1", "Task_Sign", {"result": "yes"})
    archive.do("archivist", "Task_Send", {"authority": "示范区司法局", "sent_on": "2027-01-25", "way": "系统填报"})
    work = read_work(archive, archive_works.STATISTICS)
    figures = work.data["figures"]
    assert (figures["year"], figures["filed"], figures["kept"], figures["months"][4]) == (2026, 1, 4, 1)
    assert work.ended_at and work.data["signature"]["by"] == archive.cast["partner1"].name
    with archive.firm.reading() as session:
        pdf, sheet = (documents.get_document(session, each) for each in work.data["documents"])
    assert pdf.media_type == documents.PDF and sheet.file_name.endswith(".xlsx")


@pytest.mark.requirement("A19")
def test_places_hold_what_the_archive_keeps_and_nothing_else(archive):
    old = archive.bring(*OLD)
    one, _two = set_up(archive, old)
    with archive.firm.reading() as session:
        assert session.get(VolumeRow, old[FIRST]).location == "一号库 A架 01盒"
        found = places.read_code(session, "一号库A架01盒", archive.cast["archivist"])
        assert found.id == one and [each.file_no for each in places.list_volumes(session, one, archive.cast["archivist"])]
        assert places.read_code(session, SECOND, archive.cast["lawyer1"]) is None  # not the lawyer's own
    with pytest.raises(places.PlaceInUse):
        archive.run(lambda context: places.remove(context, one), "archivist")
    with pytest.raises(NotAllowed):
        archive.run(lambda context: places.put(context, old[FIRST], one), "lawyer1")
    with pytest.raises(places.PlaceTaken):
        archive.run(lambda context: places.add(context, kind=ROOM, code="一号库"), "archivist")

    def hand_over(context):
        context.session.get(VolumeRow, old[THIRD]).state = "TRANSFERRED"
        context.session.flush()
        places.put(context, old[THIRD], one)

    with pytest.raises(StateRefused):
        archive.run(hand_over, "archivist")
