"""Periods by the table in force: longer at once, shorter by the director alone; holds reviewed and lifted."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, NotAllowed, StateRefused
from workflows.records import legal_holds, retention_packs, retention_reviews


def choose(case, pack="modern", login="director", reason="合伙人会议决议"):
    case.firm.run(RunOperation("retention.choose_pack", {"pack": pack, "reason": reason}), case.cast[login])
    case.settle()


def review(case):
    with case.firm.reading() as session:
        return retention_reviews.list_reviews(session)[0]


@pytest.mark.requirement("A13")
def test_another_table_lengthens_at_once_and_shortens_by_the_director_alone(case):
    longer = case.store_volume(matter_type="criminal", sentence_years=3)  # 1991: ten years; the firm's own: twenty
    shorter = case.store_volume(matter_type="civil", amount="20000")
    case.run(lambda c: c.session.get_one(retention_reviews.VolumeRow, shorter).__setattr__("retention_years", 20))
    choose(case)
    assert case.incidents() == []
    assert case.volume(longer).retention_years == 20
    found = review(case)
    assert (found.looked_at, {each["direction"] for each in found.moved}) == (2, {"longer", "shorter"})
    assert found.document_id is not None and case.volume(shorter).retention_years == 20
    rows = case.shown("director", "Task_Shorten")["volumes"]
    with pytest.raises(FormInvalid):
        case.did("director", "Task_Shorten", {"volumes": [{**row, "decision": "shorten"} for row in rows]})
    case.did("director", "Task_Shorten", {"volumes": [{**row, "decision": "shorten", "reason": "小额"} for row in rows]})
    assert case.volume(shorter).retention_years == 10
    assert "主任决定缩短" in case.volume(shorter).retention_reason


@pytest.mark.requirement("A13")
def test_where_nothing_moves_the_review_ends_by_itself(case):
    case.store_volume()
    choose(case)
    assert (review(case).moved, case.waiting()) == ([], set())
    with case.firm.reading() as session:
        assert retention_packs.pack_in_force(session) == "modern"


def test_who_may_change_the_table(case):
    with pytest.raises(NotAllowed):
        choose(case, login="lawyer1")
    with pytest.raises(StateRefused):
        choose(case, pack="1991")


def test_a_hold_is_reviewed_each_year_and_lifted_by_the_director(case):
    case.store_volume()
    given = {"lead_id": case.lead_id, "cause": "audit", "reason": "专项检查"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("legal_holds.place", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("legal_holds.place", given), case.cast["compliance"])
    case.settle()
    case.move(days=366)
    case.did("compliance", "Task_Review", {"decision": "keep", "reason": "检查未结束"})
    case.move(days=366)
    case.did("compliance", "Task_Review", {"decision": "lift", "reason": "已结束"})
    case.did("director", "Task_Lift", {"decision": "keep", "reason": "再等"})
    case.move(days=366)
    case.did("compliance", "Task_Review", {"decision": "lift", "reason": "已结束"})
    case.did("director", "Task_Lift", {"decision": "lift", "reason": "同意"})
    with case.firm.reading() as session:
        assert not legal_holds.is_on_hold(session, case.lead_id)
    assert case.waiting() == set()


@pytest.mark.parametrize("reviewing", [False, True])
def test_a_hold_lifted_from_its_page_ends_its_process(case, reviewing):
    case.store_volume()
    given = {"lead_id": case.lead_id, "cause": "audit", "reason": "专项检查"}
    hold_id = case.firm.run(RunOperation("legal_holds.place", given), case.cast["compliance"])["hold_id"]
    case.settle()
    if reviewing:
        case.move(days=366)
        assert case.waiting() == {"Task_Review"}
    case.firm.run(RunOperation("legal_holds.lift", {"hold_id": hold_id, "reason": "结束"}), case.cast["director"])
    case.settle()
    case.move(days=366)
    assert case.waiting() == set()
