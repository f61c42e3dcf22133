"""Digitising paper: fine enough, looked at by two, read where OCR is installed, put into place, given back."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.filing.pictures import make_png
from workflows.records import digitising, documents, scan_quality, text_layers, volume_contents

FINE, COARSE = make_png(2480, 3508), make_png(1240, 1754)
BATCH = {"papers": "庭审笔录原件一份", "sheets": "1", "scanned_by": "own"}
PASS = {"verdict": "pass"}


def scan(case, content=FINE, title="庭审笔录"):
    def add(context):
        given = {"kind": "upload", "title": title, "media_type": documents.PNG, "content": content}
        return documents.add_document(context, lead_id=case.lead_id, **given).id

    return case.run(add, "archivist")


@pytest.fixture
def begun(case):
    case.start("digitising", matter_id=case.matter["matter_id"], starter_id=case.cast["archivist"].id)
    return case


@pytest.mark.requirement("A22")
def test_a_batch_is_scanned_looked_at_by_two_linked_and_the_paper_returned(begun):
    begun.do("archivist", "Task_Batch", BATCH)
    begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": [scan(begun)]})
    begun.do("desk", "Task_FirstLook", PASS)
    begun.do("lawyer1", "Task_SecondLook", PASS)
    assert begun.incidents() == []
    shown = begun.first_values("Task_Return", "archivist")["ocr"]
    assert ("未安装OCR" in shown) == (text_layers.find_tool() is None)
    begun.do("archivist", "Task_Return", {"returned_to": "李明轩"})
    assert begun.state() == "completed"
    with begun.firm.reading() as session:
        (batch,) = digitising.list_batches(session, begun.lead_id)
        states = {state.slot.key: state for state in volume_contents.slot_view(session, begun.volume_id)}
    assert (batch.state, batch.returned_to, len(batch.checks)) == (digitising.RETURNED, "李明轩", 2)
    assert [each.title for each in states["hearing_record"].documents] == ["庭审笔录"]


@pytest.mark.requirement("A22")
def test_a_coarse_scan_is_refused_with_its_page(begun):
    begun.do("archivist", "Task_Batch", BATCH)
    with pytest.raises(FormInvalid) as caught:
        begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": [scan(begun, COARSE)]})
    assert "庭审笔录（1）" in str(caught.value.errors["files"][0].params)
    with pytest.raises(FormInvalid):
        begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": []})


@pytest.mark.requirement("A22")
def test_what_either_finds_goes_back_to_the_scanner(begun):
    begun.do("archivist", "Task_Batch", BATCH)
    begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": [scan(begun)]})
    with pytest.raises(FormInvalid):
        begun.do("desk", "Task_FirstLook", {"verdict": "fail", "found_now": ""})
    begun.do("desk", "Task_FirstLook", {"verdict": "fail", "found_now": "第1页歪斜"})
    assert "歪斜" in begun.first_values("Task_Scan", "archivist")["found"]
    begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": [scan(begun)]})
    begun.do("desk", "Task_FirstLook", PASS)
    begun.do("lawyer1", "Task_SecondLook", {"verdict": "fail", "found_now": "缺背面"})
    assert begun.open_tasks() == {"Task_Scan"}


@pytest.mark.requirement("A22")
def test_a_contractor_needs_a_contract_and_supervision(begun):
    with pytest.raises(FormInvalid) as caught:
        begun.do("archivist", "Task_Batch", {**BATCH, "scanned_by": "contractor", "contract_no": "", "supervisor": ""})
    assert set(caught.value.errors) == {"contract_no", "supervisor"}
    with pytest.raises(StateRefused):
        begun.run(lambda context: digitising.prepare(context, begun.lead_id, {**BATCH, "scanned_by": "contractor"}))
    begun.do("archivist", "Task_Batch", {**BATCH, "scanned_by": "contractor", "contract_no": "WB-1", "supervisor": "郑书卷"})
    assert "WB-1" in begun.first_values("Task_Scan", "archivist")["batch"]


def test_nobody_looks_at_the_own_scan_nor_twice(begun):
    begun.do("archivist", "Task_Batch", BATCH)
    begun.do("archivist", "Task_Scan", {"place": "hearing_record", "files": [scan(begun)]})
    with pytest.raises((FourEyes, NotAllowed)):
        begun.do("archivist", "Task_FirstLook", PASS)
    begun.do("desk", "Task_FirstLook", PASS)
    batch_id = begun.data()["batch_id"]
    with pytest.raises(StateRefused):
        begun.run(lambda context: digitising.enter_check(context, batch_id, passed=True, found=""), "desk")
    with pytest.raises(StateRefused):
        begun.run(lambda context: digitising.link(context, batch_id), "archivist")


def test_dots_are_counted_from_the_picture():
    assert scan_quality.measure(FINE, documents.PNG) == [300]
    assert scan_quality.find_coarse(COARSE, documents.PNG, 300) == [1]
    assert scan_quality.find_coarse(b"\xff\xd8\xff broken", documents.JPEG, 300) == [1]
