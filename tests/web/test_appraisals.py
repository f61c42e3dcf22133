"""The pages of appraisal, destruction, tombstones, the table of periods, and what a volume's page says of keeping."""

from __future__ import annotations

import pytest

from engine import SYSTEM, DeployProcess
from tests.workflows.appraisal.conftest import PROCESSES, ArchiveCase
from workflows.records import appraisals, volumes
from workflows.wiring import firm_bundles


@pytest.fixture
def archive(house):
    """A firm with the diagrams of appraisal and one stored volume whose period ends this year."""
    house.engine.run(DeployProcess(tuple(each for each in firm_bundles() if each.name in PROCESSES)), SYSTEM)
    house.case = ArchiveCase(house.engine)
    house.volume_id = house.case.store_volume()
    return house


def test_a_list_is_opened_by_number_published_objected_to_and_its_tombstone_verifies(archive, browse):
    case, volume_id = archive.case, archive.volume_id
    file_no = case.volume(volume_id).file_no
    unknown = browse("archivist").post("/appraisals/new", file_nos="J-0", reason="搬迁")
    assert unknown.status_code == 422 and "J-0" in unknown.text
    opened = browse("archivist").post("/appraisals/new", file_nos=file_no, reason="搬迁")
    assert opened.status_code == 303
    case.list_id = opened.headers["Location"].rsplit("/", 1)[-1]
    case.settle()
    path = f"/appraisals/{case.list_id}"
    assert browse("lawyer2").get(path).status_code == 404
    assert file_no in browse("archivist").get(path).text
    case.until_list()
    case.did("director", "Task_Approve", {"decision": "approve"})
    case.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2026-11-25", "way": "hand"})
    assert browse("archivist").post(f"{path}/answer", answer="agree", note="1号").status_code == 303
    case.settle()
    published = browse("lawyer2").get(path)  # everybody reads what is published
    assert published.status_code == 200 and "提出异议" in published.text
    (item,) = case.items()
    assert browse("lawyer2").post(f"/appraisals/items/{item.id}/objection", reason="").status_code == 422
    assert browse("lawyer2").post(f"/appraisals/items/{item.id}/objection", reason="再审").status_code == 303
    case.settle()
    case.meet(decision="destroy")
    case.move(days=45)
    case.destroy()
    assert "核验通过" in browse("archivist").get(f"/appraisals/tombstones?file_no={file_no}").text
    index = browse("director").get("/appraisals").text
    assert "XHZ-2027-01" in index and "张三" not in index
    assert browse("archivist").get(path).status_code == 200
    assert "销毁留痕" in browse("archivist").get(f"/archive/{volume_id}").text


def test_a_hold_and_a_floor_are_entered_from_the_volume_and_the_hold_is_lifted(archive, browse):
    case, volume_id = archive.case, archive.volume_id
    page = f"/archive/{volume_id}"
    assert "保管期限未届满" in browse("archivist").get(page).text
    given = {"cause": "audit", "scope": "volume", "reason": "专项检查"}
    assert browse("compliance").post(f"/retention/{volume_id}/hold", **given).status_code == 303
    case.settle()
    assert "专项检查" in browse("director").get(page).text and "专项检查" in browse("director").get("/appraisals").text
    with archive.engine.reading() as session:
        (hold,) = appraisals.destruction_blocks.legal_holds.list_active(session)
    browse("director").post(f"/retention/holds/{hold.id}/lift", reason="检查结束")
    floor = {"kind": "contract", "until": "2031-05-01", "reason": "合同第十二条"}
    assert browse("archivist").post(f"/retention/{volume_id}/floor", **floor).status_code == 303
    shown = browse("archivist").get(page).text
    assert "合同第十二条" in shown and "2031-12-31" in shown and "专项检查" not in shown


def test_the_table_of_periods_is_changed_on_its_page(archive, browse):
    assert browse("director").post("/retention", pack="1991", reason="x").status_code == 422  # in force already
    assert browse("director").post("/retention", pack="modern", reason="合伙人会议决议").status_code == 303
    archive.case.settle()
    page = browse("archivist").get("/retention").text
    assert "本所档案保管期限表" in page and "合伙人会议决议" in page
    assert archive.case.volume(archive.volume_id).state == volumes.STORED
