"""A letter under the firm's seal through every path: checked, read by a second lawyer, approved, sealed, sent or void."""

from __future__ import annotations

from typing import Any

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.service_case import open_service_case
from workflows.records import communications, documents, letter_models, letter_pdf, outgoing_letters

SAID = {
    "kind": "lawyer_letter",
    "title": "关于支付货款的律师函",
    "addressee": "示例贸易有限公司",
    "addressee_kind": "organisation",
    "seal_kind": "official",
    "copies": "2",
}
PLAIN = "受委托人张三委托，请贵司在收到本函后十日内支付货款3,000,000元。"
AGREE = {"decision": "agree"}
SENT = {"method": "ems", "sent_on": "2026-11-24", "tracking": "EX123456789CN"}


def make_pdf(text: str) -> bytes:
    """A real paper with these words."""
    said = letter_models.Letter(
        template="x", version="1", kind="x", slot=None, title="律师函", title_en="", number="", footnote="",
        letterhead=(), series=False, blocks=(letter_models.Paragraph(text=text),),
    )  # fmt: skip
    return letter_pdf.render_pdf(said)


@pytest.fixture
def case(database_url, clock, tmp_path):
    made = open_service_case(database_url, clock, tmp_path, "outgoing_letter")
    made.begin_matter()
    made.start("outgoing_letter", lead_id=made.lead_id, starter_id=made.cast["lawyer1"].id)
    yield made
    made.firm.database.dispose()


def upload(case: Any, content: bytes, name: str = "律师函.pdf") -> str:
    given = {"lead_id": case.lead_id, "name": name, "content": content}
    return str(case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"])


def draft(case: Any, text: str = PLAIN, **said: Any) -> None:
    case.do("lawyer1", "Task_Draft", {**SAID, "paper": [upload(case, make_pdf(text))], **said})


def letter(case: Any) -> outgoing_letters.OutgoingLetter:
    with case.firm.reading() as session:
        return outgoing_letters.list_letters(session)[0]


def seal(case: Any, **said: Any) -> None:
    case.do("desk", "Task_Seal", {"pages": "1", "no_blank": True, "scan": [upload(case, make_pdf("用印件"), "扫描.pdf")], **said})


@pytest.mark.requirement("R30")
def test_a_lawyers_letter_is_read_approved_sealed_and_sent(case):
    draft(case)
    assert letter(case).findings == []
    case.do("lawyer2", "Task_Review", AGREE)
    case.do("partner1", "Task_Approve", AGREE)
    seal(case)
    made = letter(case)
    assert (made.state, made.letter_no, made.stub_no) == (outgoing_letters.SEALED, "FW-2026-00001", None)
    case.do("lawyer1", "Task_Send", SENT)
    assert (letter(case).state, case.state(), case.incidents()) == (outgoing_letters.SENT, "completed", [])
    with case.firm.reading() as session:
        paper = documents.get_document(session, str(letter(case).sealed_document_id))
        logged = communications.list_communications(session, case.lead_id)
    assert paper.slot == "communications"
    assert any("FW-2026-00001" in each.summary for each in logged)


def test_an_opinion_is_read_by_a_partner_besides_and_sealed_electronically(case):
    draft(case, kind="opinion", title="法律意见书", seal_kind="electronic")
    case.do("lawyer2", "Task_Review", AGREE)
    assert case.open_tasks() == {"Task_Opine"}
    case.do("partner1", "Task_Opine", AGREE)
    with pytest.raises(FourEyes):
        case.do("partner1", "Task_Approve", AGREE)
    case.do("director", "Task_Approve", AGREE)
    case.do("desk", "Task_Seal", {"pages": "1", "no_blank": True})
    case.settle()
    case.do("lawyer1", "Task_Send", {**SENT, "method": "email"})
    with case.firm.reading() as session:
        paper = documents.get_document(session, str(letter(case).sealed_document_id))
        content = documents.read_content(session, paper.id)
    assert (paper.source, paper.slot, b"/ByteRange" in content) == ("seal", "counsel_opinion", True)


def test_a_letter_to_an_authority_bears_a_stub_number(case):
    draft(case, kind="firm_letter", title="出庭函", addressee="示范市人民法院", addressee_kind="authority")
    case.do("lawyer2", "Task_Review", AGREE)
    case.do("partner1", "Task_Approve", AGREE)
    seal(case)
    assert letter(case).stub_no == "所函-2026-0001"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("受委托人张三委托，我方同意进行和解，货款3,000,000元。", "authority", "进行和解"),
        ("受委托人李四委托，请支付货款3,000,000元。", "name", "张三"),
        ("受委托人张三委托，请支付货款500万元。", "amount", "5,000,000"),
    ],
)
def test_what_strikes_in_a_letter_is_shown_to_who_reads_it(case, text, kind, words):
    draft(case, text)
    assert (kind, words) in {(each["kind"], each["words"]) for each in letter(case).findings}


def test_a_promise_goes_back_at_once(case):
    with pytest.raises(FormInvalid) as refused:
        draft(case, "受委托人张三委托，本所保证胜诉，货款3,000,000元。")
    assert "paper" in refused.value.errors
    assert case.open_tasks() == {"Task_Draft"}


def test_what_is_given_back_is_drafted_anew_with_the_reason(case):
    draft(case)
    case.do("lawyer2", "Task_Review", {"decision": "back", "note": "金额有误"})
    assert case.first_values("Task_Draft", "lawyer1")["returned"] == "金额有误"
    draft(case)
    case.do("lawyer2", "Task_Review", AGREE)
    case.do("partner1", "Task_Approve", {"decision": "back", "note": "语气不当"})
    draft(case)
    assert len(case.open_tasks()) == 1
    case.do("lawyer2", "Task_Review", AGREE)
    assert letter(case).state == outgoing_letters.REVIEWED


def test_sealed_paper_that_comes_back_is_void_and_keeps_its_number(case):
    draft(case)
    case.do("lawyer2", "Task_Review", AGREE)
    case.do("partner1", "Task_Approve", AGREE)
    seal(case)
    given = {"letter_id": letter(case).id, "reason": "收件人更名"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("letters.void_outgoing", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("letters.void_outgoing", given), case.cast["desk"])
    case.settle()
    assert (letter(case).state, letter(case).letter_no, case.state()) == (outgoing_letters.VOID, "FW-2026-00001", "completed")


def test_other_paper_than_the_approved_is_not_sealed(case):
    draft(case)
    case.do("lawyer2", "Task_Review", AGREE)
    case.do("partner1", "Task_Approve", AGREE)
    with pytest.raises(FormInvalid):
        seal(case, pages="2")
    with pytest.raises(FormInvalid):
        seal(case, scan=[])


def test_round_the_tasks_the_record_refuses(case):
    draft(case, kind="opinion", title="法律意见书")
    made = letter(case)

    def step(state, login):
        case.run(lambda context: outgoing_letters.take_step(context, made.id, state), login)

    with pytest.raises(FourEyes):  # who drafted it
        step(outgoing_letters.REVIEWED, "lawyer1")
    with pytest.raises(StateRefused):  # nobody reviewed it
        step(outgoing_letters.APPROVED, "partner1")
    step(outgoing_letters.REVIEWED, "lawyer2")
    with pytest.raises(NotAllowed):  # no partner
        step(outgoing_letters.OPINED, "finance")
    with pytest.raises(StateRefused):  # an opinion nobody opined on
        step(outgoing_letters.APPROVED, "director")
    with pytest.raises(StateRefused):  # not approved
        case.run(lambda context: outgoing_letters.seal(context, made.id, pages=1, riding_seal=False, scan_id=None), "desk")
    with pytest.raises(NotAllowed):
        case.run(lambda context: outgoing_letters.seal(context, made.id, pages=1, riding_seal=False, scan_id=None), "partner1")
