"""Reading and copying: pages with the reader's name, the log, and every way round them (guards G9 and G10)."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from engine.errors import FormInvalid, JuanzongError, NotAllowed
from tests.workflows.loans.conftest import LoanCase
from workflows.records import document_access, documents, fees, loan_applications, loan_pages, loan_reading, volume_loans, volumes


def open_page(case, login, page, loan_id=""):
    """Turn to a page as somebody."""
    given = {"loan_id": loan_id or case.loan_id, "page": page}
    return case.firm.run(RunOperation("loans.open_page", given), case.cast[login])


@pytest.mark.requirement("A14")
def test_the_reader_shows_pages_for_a_week_and_logs_each(case):
    loan = case.apply("lawyer1", mode="electronic")
    assert (loan.state, case.tasks()) == (volume_loans.READING, set())
    assert case.subjects("lawyer1")[-1].startswith("电子阅览已开通")
    found = open_page(case, "lawyer1", 5)
    assert found["words"] == "李明轩 JY-2026-0001 2026-11-24 09:00"
    open_page(case, "lawyer1", 1)
    with case.firm.reading() as session:
        reads = loan_reading.list_reads(session, case.volume_id)
        content = documents.read_content(session, found["document_id"])
    assert [(each.page, each.reader_name, each.way) for each in reads] == [(1, "李明轩", "reader"), (5, "李明轩", "reader")]
    picture = loan_pages.draw_page(content, documents.PDF, found["index"], words=found["words"], dpi=110, fonts=None)
    plain = loan_pages.draw_page(content, documents.PDF, found["index"], words="　", dpi=110, fonts=None)
    assert picture[:2] == b"\xff\xd8"
    assert picture != plain
    for page in (0, 6):
        with pytest.raises(NotAllowed):
            open_page(case, "lawyer1", page)
    case.move(days=7, minutes=1)
    assert case.loan().state == volume_loans.READ
    with pytest.raises(NotAllowed):
        open_page(case, "lawyer1", 1)
    assert case.incidents() == []


def test_who_is_done_closes_the_reader(case):
    case.apply("lawyer1", mode="electronic", pages="2-3")
    with pytest.raises(NotAllowed):
        open_page(case, "lawyer1", 1)
    open_page(case, "lawyer1", 2)
    with pytest.raises(NotAllowed):
        case.ask("loans.finish_reading", "lawyer2")
    case.ask("loans.finish_reading", "lawyer1")
    assert case.loan().state == volume_loans.READ


def test_what_may_only_be_read_on_the_spot_is_not_opened_on_the_screen(case):
    case.apply("lawyer2", mode="electronic")
    yes = {"decision": "APPROVED", "note": ""}
    case.act("lawyer1", "Task_Lead", {**yes, "conditions": ["on_site"]})
    case.act("partner1", "Task_Partner", {**yes, "conditions": []})
    assert (case.loan().mode, case.tasks()) == (volume_loans.ON_SITE, {"Task_HandOut"})


@pytest.mark.requirement("A14")
def test_copies_are_stamped_registered_charged_and_signed_for(case):
    case.client(pages="1-3")
    case.act("lawyer1", "Task_Lead", {"decision": "APPROVED", "conditions": [], "note": ""})
    for pages in ("4", "无"):
        with pytest.raises(FormInvalid):
            case.act("archivist", "Task_Copy", {"pages": pages, "copies": 2})
    case.act("archivist", "Task_Copy", {"pages": "1，2", "copies": 2, "masked": True})
    values = case.first("archivist", "Task_HandOver")
    assert (values["fee"], "第1，2页" in values["what"]) == ("¥2.00", True)
    assert "loan_copy" in case.papers()
    with case.firm.reading() as session:
        (copy,) = documents.list_documents(session, case.loan_id, kind="loan_copy")
        (item,) = [each for each in fees.list_lead_items(session, case.lead_id) if "复制费" in each.milestone]
        assert document_access.may_read(session, copy, case.cast["archivist"])
        assert not document_access.may_read(session, copy, case.cast["lawyer2"])
    assert (copy.page_count, str(item.amount)) == (2, "2.00")
    case.move(days=4)
    assert any("请到档案室领取" in subject for subject in case.subjects("desk"))
    case.act("archivist", "Task_HandOver", {"received_by": "张三", "signature": "张三", "note": ""})
    assert case.loan().state == volume_loans.COPIED
    assert case.incidents() == []


def test_copies_for_the_firm_cost_nothing_are_chased_when_late_and_refused_where_forbidden(case):
    case.apply("lawyer2", mode="copy")
    case.act("lawyer1", "Task_Lead", {"decision": "APPROVED", "conditions": ["no_copy"], "note": ""})
    case.act("partner1", "Task_Partner", {"decision": "APPROVED", "conditions": [], "note": ""})
    case.move(days=4)
    assert any("复制逾期" in subject for subject in case.subjects("archivist"))
    with pytest.raises(NotAllowed):
        case.act("archivist", "Task_Copy", {"pages": "1", "copies": 1})
    case.apply("lawyer1", mode="copy")
    case.act("archivist", "Task_Copy", {"pages": "1", "copies": 1})
    assert case.first("archivist", "Task_HandOver")["fee"] == "免收"


# -- guard G9: a wall


@pytest.mark.requirement("A20")
def test_to_somebody_walled_off_the_volume_is_like_none(case):
    case.wall("lawyer2", "partner1")
    said = []
    for wanted in (case.volume_id, case.volume().file_no, "J001-YW·MS-2026-C-0999"):
        with pytest.raises(loan_applications.LoanUnavailable) as caught:
            case.apply("lawyer2", volume_ids=[wanted])
        said.append(str(caught.value).replace(wanted, ""))
    assert len(set(said)) == 1
    with case.firm.reading() as session:
        for wanted in (case.volume_id, case.volume().file_no):
            assert loan_applications.find_lendable(session, wanted, case.cast["partner1"]) is None
            assert loan_applications.find_lendable(session, wanted, case.cast["lawyer1"]) is not None
    with pytest.raises(loan_applications.LoanUnavailable):  # the record alone
        case.run(lambda context: loan_applications.apply(context, [case.volume_id], {"kind": "self", **FORM}), "lawyer2")


FORM = {"purpose": "case", "purpose_note": "办案", "mode": "electronic", "from_on": "2026-11-24", "until_on": "2026-11-30"}


@pytest.mark.requirement("A20")
def test_a_wall_that_goes_up_later_closes_the_reader_the_application_and_its_papers(case):
    case.apply("lawyer1", mode="electronic")
    open_page(case, "lawyer1", 1)
    reading = case.loan_id
    case.client()
    with case.firm.reading() as session:
        paper = documents.list_documents(session, case.loan_id)[0]
        assert document_access.may_read(session, paper, case.cast["partner1"])
    case.wall("lawyer1", "partner1")
    with pytest.raises(NotAllowed):
        open_page(case, "lawyer1", 1, reading)
    with case.firm.reading() as session:
        assert not document_access.may_read(session, paper, case.cast["partner1"])
    with pytest.raises(JuanzongError):
        case.act("lawyer1", "Task_Lead", {"decision": "APPROVED", "conditions": [], "note": ""})


@pytest.mark.requirement("A20")
def test_a_wall_between_application_and_check_refuses_without_a_reason(case):
    loan = case.apply("lawyer1", mode="copy")
    case.wall("lawyer1")
    with case.firm.reading() as session:
        assert loan_applications.find_obstacle(session, loan, case.firm.clock.now().date()) == "该案卷不可用"


@pytest.mark.requirement("A20")
def test_of_state_secrets_there_is_only_an_index(firm):
    made = LoanCase(firm)
    made.store(level=volumes.STATE_SECRET)
    for login in ("lawyer1", "director", "archivist"):
        with pytest.raises(loan_applications.LoanUnavailable):
            made.apply(login)


# -- guard G10: reads of secrets


@pytest.mark.requirement("A20")
def test_no_way_leads_to_the_file_of_a_filed_secret(secret_case):
    case = secret_case
    case.apply("lawyer1", mode="electronic")
    with case.firm.reading() as session:
        document = documents.get_document(session, case.document_id)
        assert loan_reading.is_sealed(session, document)
        readers = [login for login, actor in case.cast.items() if document_access.may_read(session, document, actor)]
    assert readers == []
    with pytest.raises(NotAllowed):
        case.firm.run(
            RunOperation("loans.open_file", {"document_id": case.document_id, "purpose": "看看"}), case.cast["director"]
        )


@pytest.mark.requirement("A20")
def test_every_read_of_a_secret_has_its_purpose_in_the_log_and_in_the_chain(secret_case):
    case = secret_case
    with pytest.raises(loan_applications.LoanIncomplete):
        case.apply("lawyer1", mode="electronic", purpose="")
    case.apply("lawyer1", mode="electronic", purpose_note="核对再审时限")
    for login in ("lawyer2", "partner1", "director", "archivist"):
        with pytest.raises(NotAllowed):
            open_page(case, login, 1)
    open_page(case, "lawyer1", 1)
    with case.firm.reading() as session:
        (read,) = loan_reading.list_reads(session, case.volume_id)
        audit = queries.list_audit(session, subject=f"volume:{case.volume_id}")
    entries = [each for each in audit if each.event == "volume.secret_read"]
    assert (read.level, read.purpose) == (volumes.SECRET, "办理案件：核对再审时限")
    assert [each.data["purpose"] for each in entries] == ["办理案件：核对再审时限"]


@pytest.mark.requirement("A20")
def test_before_it_is_filed_a_secret_is_opened_with_a_purpose(firm):
    case = LoanCase(firm)
    case.collect(level=volumes.SECRET)
    with case.firm.reading() as session:
        document = documents.get_document(session, case.document_id)
        assert loan_reading.needs_purpose(session, document)
        assert document_access.may_read(session, document, case.cast["lawyer1"])
    opened = RunOperation("loans.open_file", {"document_id": case.document_id, "purpose": " "})
    with pytest.raises(NotAllowed):
        case.firm.run(opened, case.cast["lawyer1"])
    case.firm.run(RunOperation("loans.open_file", {"document_id": case.document_id, "purpose": "准备庭审"}), case.cast["lawyer1"])
    with case.firm.reading() as session:
        (read,) = loan_reading.list_reads(session, case.volume_id)
    assert (read.way, read.purpose, read.document_id) == ("file", "准备庭审", case.document_id)


def test_pages_are_read_out_of_what_people_write():
    assert loan_reading.parse_pages("1-3，5、7；9", 8) == [1, 2, 3, 5, 7]
    assert loan_reading.parse_pages("3—4", 9) == [3, 4]
    assert loan_reading.parse_pages("无", 9) == []
    assert loan_reading.parse_pages("", 9) == []


@pytest.mark.parametrize(
    ("media_type", "index"), [(documents.PDF, 9), (documents.PNG, 1), (documents.WORD, 0), (documents.PDF, 0)]
)
def test_what_cannot_be_drawn_is_said(media_type, index):
    with pytest.raises(loan_pages.PageMissing):
        loan_pages.draw_page(b"%PDF-1.7 broken", media_type, index, words="x", dpi=110, fonts=None)
