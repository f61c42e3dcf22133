"""A paper volume: handed out, chased, renewed, brought back, waited for, missing, rebuilt."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.loans.conftest import BACK, OUT, YES
from workflows.records import corrections, loan_steps, volume_loans, volumes


@pytest.mark.requirement("A14", "A15")
def test_a_volume_goes_out_counted_and_signed_and_comes_back(case):
    loan = case.lend()
    assert (loan.state, str(loan.due_on)) == (volume_loans.OUT, "2026-12-08")  # ten working days
    assert (case.volume().state, "loan_receipt" in case.papers()) == (volumes.ON_LOAN, True)
    assert case.tasks() == {"Task_Return"}
    case.act("archivist", "Task_Return", BACK)
    assert case.loan().state == volume_loans.RETURNED
    assert (case.volume().state, "loan_return_receipt" in case.papers()) == (volumes.STORED, True)
    assert case.tasks() == set()
    case.move(days=60)
    assert not any("逾期" in subject for subject in case.subjects("lawyer1"))
    assert case.incidents() == []


def test_what_is_counted_and_when_it_is_due_is_judged(case):
    case.apply("lawyer1")
    for values, path in (
        ({"page_count": 4, "due_on": "2026-12-08"}, "count_note"),
        ({"page_count": 5, "due_on": "2026-12-31"}, "due_on"),
        ({"page_count": 5, "due_on": "2026-11-01"}, "due_on"),
    ):
        with pytest.raises(FormInvalid) as caught:
            case.act("archivist", "Task_HandOut", {**OUT, **values})
        assert set(caught.value.errors) == {path}
    case.act("archivist", "Task_HandOut", {**OUT, "page_count": 4, "count_note": "第3页缺，卷内已注明", "due_on": "2026-12-08"})
    assert case.loan().steps["out"]["page_count"] == 4


def test_on_the_spot_is_due_the_same_day(case):
    case.apply("lawyer1", mode="on_site")
    assert case.first("archivist", "Task_HandOut")["due_on"] == "2026-11-24"


@pytest.mark.requirement("A15")
def test_who_does_not_come_for_the_volume_loses_the_turn(case):
    case.apply("lawyer1")
    case.move(days=5)
    assert (case.loan().state, case.tasks()) == (volume_loans.LAPSED, set())
    assert case.subjects("lawyer1")[-1].startswith("借阅申请已失效")


@pytest.mark.requirement("A14")
def test_who_waits_is_told_when_the_volume_is_back(case):
    first = case.lend().id
    waiting = case.apply("lawyer1", volume_ids=[case.volume().file_no])
    assert (waiting.state, case.tasks()) == (volume_loans.WAITING, set())
    assert case.subjects("lawyer1")[-1].startswith("案卷已借出，已为您预约")
    third = case.apply("lawyer1")
    case.act("archivist", "Task_Return", BACK, first)
    assert case.tasks(waiting.id) == {"Task_HandOut"}
    assert case.loan(third.id).state == volume_loans.WAITING
    assert case.subjects("lawyer1")[-1].startswith("预约的案卷已到")
    case.loan_id = waiting.id
    case.ask("loans.withdraw", "lawyer1")  # the turn goes on to the next
    assert (case.tasks(waiting.id), case.tasks(third.id)) == (set(), {"Task_HandOut"})
    assert case.incidents() == []


def test_who_waits_may_give_up_or_wait_too_long(case):
    case.lend()
    case.apply("lawyer1", mode="on_site")
    case.ask("loans.withdraw", "lawyer1")
    assert case.loan().state == volume_loans.WITHDRAWN
    case.apply("lawyer1", mode="on_site")
    case.move(days=31)
    assert case.loan().state in (volume_loans.LAPSED, volume_loans.REFUSED)


@pytest.mark.requirement("A15")
def test_a_loan_is_chased_before_on_and_after_the_day_then_weekly_then_by_a_partner(case):
    case.lend()
    for day, expected in (
        ("2026-12-06", "案卷即将到期"),
        ("2026-12-08", "案卷今日到期"),
        ("2026-12-09", "案卷已逾期"),
        ("2026-12-11", "案卷已逾期"),
        ("2026-12-18", "案卷逾期，已报合伙人"),
    ):
        before = len(case.subjects("lawyer1"))
        case.move_to(case.firm.clock.now().replace(year=2026, month=12, day=int(day[-2:]), hour=1, minute=30))
        assert case.subjects("lawyer1")[before:] == [f"{expected}：{case.loan().loan_no}"], day
    assert case.tasks() == {"Task_Return", "Task_Press"}
    case.act("partner1", "Task_Press", {"arranged": "约定周五归还"})
    case.act("archivist", "Task_Return", BACK)
    assert (case.tasks(), case.loan().steps["pressed"]["arranged"]) == (set(), "约定周五归还")
    assert case.incidents() == []


@pytest.mark.requirement("A15")
def test_a_loan_that_the_partner_does_not_press_for_is_chased_on_and_ends_with_the_return(case):
    case.lend()
    case.move(days=25)
    assert "Task_Press" in case.tasks()
    case.act("archivist", "Task_Return", BACK)
    assert case.tasks() == set()
    case.lend()
    case.move(days=25)
    assert "Task_Press" in case.tasks()
    case.move(days=4)
    assert case.tasks() == {"Task_Return"}
    assert case.incidents() == []


@pytest.mark.requirement("A15")
def test_a_loan_is_renewed_once_and_not_while_somebody_waits(case):
    case.lend()
    with pytest.raises(StateRefused):
        case.ask("loans.want_renewal", "lawyer2", reason="还要用")
    case.ask("loans.want_renewal", "lawyer1", reason="庭审延期")
    assert case.first("archivist", "Task_Renew")["due_on"] == "2026-12-22"
    with pytest.raises(FormInvalid):
        case.act("archivist", "Task_Renew", {"decision": "APPROVED", "due_on": "2027-01-22"})
    case.act("archivist", "Task_Renew", {"decision": "APPROVED", "due_on": "2026-12-22"})
    assert (str(case.loan().due_on), case.loan().renewals) == ("2026-12-22", 1)
    case.move(days=15)
    assert not any("今日到期" in subject for subject in case.subjects("lawyer1"))  # the watch counts from the new day
    with pytest.raises(StateRefused):
        case.ask("loans.want_renewal", "lawyer1", reason="再来一次")
    case.act("archivist", "Task_Return", BACK)
    case.lend()
    held = case.loan_id
    case.apply("lawyer1")
    case.loan_id = held
    with pytest.raises(StateRefused):
        case.ask("loans.want_renewal", "lawyer1", reason="有人等")


def test_a_renewal_may_be_refused_with_a_reason(case):
    case.lend()
    case.ask("loans.want_renewal", "lawyer1", reason="庭审延期")
    with pytest.raises(FormInvalid):
        case.act("archivist", "Task_Renew", {"decision": "REFUSED", "note": ""})
    case.act("archivist", "Task_Renew", {"decision": "REFUSED", "note": "年度盘点"})
    assert case.subjects("lawyer1")[-1].startswith("不予续借")
    assert case.loan().renewals == 0


@pytest.mark.requirement("A15")
@pytest.mark.parametrize("correct", ["yes", "no"])
def test_what_comes_back_different_goes_to_a_partner_and_onto_the_remarks_sheet(case, correct):
    case.lend()
    with pytest.raises(FormInvalid):
        case.act("archivist", "Task_Return", {**BACK, "page_count": 4})
    case.act("archivist", "Task_Return", {**BACK, "page_count": 4, "damage": "pages", "note": "缺第3页"})
    assert "归还4页" in case.first("partner1", "Task_Incident")["finding"]
    said = {"finding": "缺第3页", "statement": "可能夹在另卷", "measure": "以电子件补印第3页", "correct": correct}
    case.act("partner1", "Task_Incident", said)
    assert "缺第3页" in case.volume().remarks
    with case.firm.reading() as session:
        found = corrections.list_corrections(session)
    assert [each.source for each in found] == (["loan"] if correct == "yes" else [])
    assert "loan_return_receipt" in case.papers()
    assert case.incidents() == []


def until_lost(case):
    """A loan that never comes back, up to the director."""
    case.lend()
    for days in (25, 4, 20):  # to the partner, past the partner, to the thirtieth day
        case.move(days=days)
    assert case.loan().state == volume_loans.MISSING
    assert case.tasks() == {"Task_Search"}


STATEMENT = {"statement": "在出差途中连同公文包一并遗失，已报警。", "last_seen": "12月10日，高铁站", "signature": "李明轩"}
DECISION = {"finding": "保管不善", "notify_client": "yes", "severity": "high", "measure": "通报批评，重建案卷"}
REBUILT = {"pages": 5, "gaps": "", "printed": "yes"}
REPORT = {"reported_to": "示范市档案局", "reported_on": "2026-11-25", "report_no": "", "report_note": ""}


@pytest.mark.requirement("A15")
def test_a_lost_volume_is_explained_decided_told_rebuilt_reported_and_corrected(case):
    until_lost(case)
    case.act("archivist", "Task_Search", {"found": "no", "places": "库房、办公室"})
    case.act("lawyer1", "Task_Statement", STATEMENT)
    case.act("director", "Task_Decide", DECISION)
    assert case.loan().state == volume_loans.LOST
    assert "loan_loss_notice" in case.papers()
    assert "关于案卷遗失的告知" in case.subjects("zhang")
    with pytest.raises(FormInvalid):
        case.act("archivist", "Task_Rebuild", {**REBUILT, "pages": 3})
    case.act("archivist", "Task_Rebuild", REBUILT)
    assert case.volume().state == volumes.STORED
    assert "遗失" in case.volume().remarks
    with pytest.raises(FormInvalid):
        case.act("compliance", "Task_Report", {**REPORT, "reported_on": "2029-01-01"})
    case.act("compliance", "Task_Report", REPORT)
    with case.firm.reading() as session:
        (correction,) = corrections.list_corrections(session)
    assert (correction.source, correction.severity, correction.source_no) == ("loan", "high", "JY-2026-0001")
    assert case.tasks() == set()
    assert case.incidents() == []


@pytest.mark.requirement("A15")
def test_a_search_that_finds_nothing_in_time_goes_on_and_a_late_statement_is_chased(case):
    until_lost(case)
    case.move(days=9)
    assert case.tasks() == {"Task_Statement"}
    case.move(days=4)
    assert any("遗失的说明逾期" in subject for subject in case.subjects("director"))
    case.act("lawyer1", "Task_Statement", STATEMENT)
    case.act("director", "Task_Decide", {**DECISION, "notify_client": "no", "no_notice_reason": "卷内没有客户原件"})
    assert case.tasks() == {"Task_Rebuild"}
    assert "loan_loss_notice" not in case.papers()


@pytest.mark.requirement("A15")
def test_a_volume_that_is_found_again_is_only_returned(case):
    case.lend()
    with pytest.raises(NotAllowed):
        case.ask("loans.report_missing", "lawyer2", reason="不见了")
    case.ask("loans.report_missing", "lawyer1", reason="搬家后找不到")
    case.act("archivist", "Task_Search", {"found": "yes", "places": "在复印室找到"})
    assert (case.loan().state, case.tasks()) == (volume_loans.OUT, {"Task_Return"})
    case.act("archivist", "Task_Return", BACK)
    assert case.loan().state == volume_loans.RETURNED
    assert case.incidents() == []


def test_a_borrower_who_says_at_the_desk_that_it_is_lost_is_heard(case):
    case.lend()
    case.act("archivist", "Task_Return", {"result": "lost", "note": "称已遗失"})
    assert (case.loan().state, case.tasks()) == (volume_loans.MISSING, {"Task_Search"})


def test_the_borrower_neither_hands_out_nor_decides_on_the_loss(case):
    case.apply("director")
    loan_id = case.loan_id
    case.act("lawyer1", "Task_Lead", YES)
    case.act("partner1", "Task_Partner", YES)
    with pytest.raises(FourEyes):
        case.run(lambda context: loan_steps.hand_out(context, loan_id, {**OUT}, case.loan().until_on), "director")


@pytest.mark.requirement("A15")
@pytest.mark.parametrize("state", [volumes.APPRAISING, volumes.TRANSFERRED, volumes.DESTROYED])
def test_a_volume_that_is_out_is_neither_appraised_nor_transferred(case, state):
    case.lend()
    with pytest.raises(StateRefused):
        case.run(lambda context: volumes.move(context, case.volume_id, state))
    with case.firm.reading() as session:
        assert volume_loans.has_open_loan(session, case.volume_id)


def test_a_volume_that_is_being_read_is_not_destroyed_behind_the_record(case):
    case.apply("lawyer1", mode="electronic")

    def destroy(context):
        context.session.get(volumes.VolumeRow, case.volume_id).state = volumes.DESTROYED
        context.session.flush()

    with pytest.raises(StateRefused):
        case.run(destroy)
