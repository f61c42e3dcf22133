"""Scenario 15 (second half) and 16: what is lent or under a floor is not destroyed; destruction needs its people; it leaves proof."""

from __future__ import annotations

from datetime import date

import pytest

from engine.errors import FormInvalid
from tests.workflows.appraisal.conftest import case  # noqa: F401 - the fixture
from tests.workflows.appraisal.test_guards import change, lend
from workflows.records import tombstones, volumes


@pytest.mark.requirement("A13", "A16", "A17")
def test_scenario_16_floor_quorum_supervisors_and_tombstone(case):  # noqa: F811
    aml = case.store_volume(closed_on=date(2017, 3, 1), aml=True)
    change(case, aml, expires_on=date(2026, 12, 31), keep_until=None)
    lent = case.store_volume()
    lent_lead = case.lead_id
    gone = case.store_volume()
    case.begin()
    assert [each["volume_id"] for each in case.appraisal().blocked] == [aml]  # nine years old: the floor is ten
    assert "反洗钱" in case.volume(aml).retention_reason
    case.lead_id = lent_lead
    lend(case, lent)  # lent meanwhile: off the list
    case.look()
    case.speak()
    with pytest.raises(FormInvalid):
        case.meet(("director", "archivist", "partner1", "lawyer2"))  # an even group
    case.meet()
    assert case.volume(lent).state == volumes.STORED
    case.until_scan()
    with pytest.raises(FormInvalid):
        case.scan(supervisors=("lawyer2",))  # one supervisor
    case.destroy()
    assert case.volume(gone).state == volumes.DESTROYED
    with case.firm.reading() as session:
        stone = tombstones.find_by_number(session, case.volume(gone).file_no)
        assert stone is not None and tombstones.find_fault(session, stone) == ""
