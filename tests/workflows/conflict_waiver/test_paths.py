"""The waiver of a conflict through every path of the diagram."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from engine import Actor
from engine.errors import FormInvalid, FourEyes, NotAllowed
from tests.workflows.pdf_text import read_text
from workflows.records import conflicts, documents, waivers
from workflows.records.links import REVOKED, USED

NOTICE = {
    "breaks_secret": "no", "disclosed_facts": "您的对方当事人是本所另一事项的客户。",
    "waiver_rule": "接受正在代理的客户的对方当事人委托办理其他法律业务", "consequences": "本所对双方均负有保密义务。",
    "options": "您可以同意、不同意或者咨询其他律师。", "wall_plan": "分别指派团队，互不查阅案卷。", "client_email": "zhang@example.invalid",
}  # fmt: skip
APPROVED = {"notice_decision": "APPROVED"}
CONSENT = {
    "consent_decision": "CONSENTED", "knows_facts": True, "knows_consequences": True, "agrees": True,
    "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"},
}  # fmt: skip
GRANTED = {"waiver_decision": "GRANTED", "waiver_opinion": "隔离措施到位，同意。"}


def draw_signature():
    """A drawn signature: a PNG of 300 by 100 points."""
    rows = b"".join(b"\0" + bytes(300) for _ in range(100))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 300, 100, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def to_consent(case):
    case.do("compliance", "Task_DraftNotice", NOTICE)
    case.do("partner1", "Task_ApproveNotice", APPROVED)
    assert case.incidents() == []
    assert case.open_tasks() == {"Task_Consent"}


def outcome(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    with case.firm.reading() as session:
        check = conflicts.find_check(session, case.lead_id)
        return case.result("waiver_result"), check.state, waivers.find_waiver(session, check.id)


@pytest.mark.parametrize("signature", ["张三", draw_signature()], ids=["typed", "drawn"])
def test_a_signed_consent_and_the_directors_word_waive_the_conflict(case, signature):
    to_consent(case)
    assert case.sent() == ["请阅读并确认《利益冲突告知与豁免同意书》"]
    link = case.link("Task_Consent")
    assert case.first_values("Task_Consent", "client")["signer_name"] == "张三"
    with case.firm.reading() as session:
        (notice,) = [documents.get_document(session, each) for each in link.document_ids]
        assert "互不查阅案卷" in read_text(documents.read_content(session, notice.id))
    case.do("client", "Task_Consent", {**CONSENT, "signature": signature})
    assert case.link("Task_Consent").state(case.firm.clock.now()) == USED
    assert case.open_tasks() == {"Task_Confirm"}
    with case.firm.reading() as session:
        (signed,) = documents.list_documents(session, case.lead_id, slot="conflict_check")
        text = read_text(documents.read_content(session, signed.id))
    assert (signed.source, signed.kind) == ("signature", "waiver")
    assert "192.0.2.7" in text
    assert notice.sha256[:16] in text
    case.do("director", "Task_Confirm", GRANTED)
    result, check, waiver = outcome(case)
    assert (result, check, waiver.state) == ("WAIVED", conflicts.WAIVED, waivers.WAIVED)
    assert waiver.consent["proof"] == {"address": "192.0.2.7", "document_sha256": notice.sha256}
    assert case.lead_state() == "ASSESS"
    assert case.steps()[-1] == "Event_Waived"


def test_a_notice_that_would_break_a_secret_ends_it(case):
    case.do("compliance", "Task_DraftNotice", {"breaks_secret": "yes", "secret_note": "告知即泄露收购计划。"})
    result, check, waiver = outcome(case)
    assert (result, check, waiver) == ("REFUSED", conflicts.REFUSED, None)
    assert case.sent() == []


def test_a_secret_found_after_the_return_ends_it_too(case):
    case.do("compliance", "Task_DraftNotice", NOTICE)
    case.do("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED", "notice_opinion": "请核实是否涉密。"})
    given = case.first_values("Task_DraftNotice", "compliance")
    assert (given["returned"], given["disclosed_facts"]) == ("请核实是否涉密。", NOTICE["disclosed_facts"])
    case.do("compliance", "Task_DraftNotice", {"breaks_secret": "yes", "secret_note": "涉密。"})
    result, check, waiver = outcome(case)
    assert (result, check, waiver.state) == ("REFUSED", conflicts.REFUSED, waivers.REFUSED)


def test_a_returned_notice_is_written_again(case):
    case.do("compliance", "Task_DraftNotice", NOTICE)
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED"})
    case.do("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED", "notice_opinion": "请写明后果。"})
    to_consent(case)


def test_only_unrelated_partners_approve_and_nobody_approves_what_they_drafted(case):
    case.do("compliance", "Task_DraftNotice", NOTICE)
    with pytest.raises(NotAllowed):
        case.do("partner2", "Task_ApproveNotice", APPROVED)
    drafter = case.cast["compliance"]
    case.cast["both"] = Actor(drafter.id, drafter.name, frozenset({"compliance", "partner"}))
    with pytest.raises(FourEyes):
        case.do("both", "Task_ApproveNotice", APPROVED)
    partner = case.cast["partner1"]
    case.do("partner1", "Task_ApproveNotice", APPROVED)
    case.do("client", "Task_Consent", CONSENT)
    case.cast["both"] = Actor(partner.id, partner.name, frozenset({"partner", "director"}))
    with pytest.raises(FourEyes):
        case.do("both", "Task_Confirm", GRANTED)


@pytest.mark.parametrize("statement", waivers.STATEMENTS)
def test_each_statement_must_be_made(case, statement):
    to_consent(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_Consent", {**CONSENT, statement: False})
    assert list(caught.value.errors) == [statement]


def test_the_client_refuses(case):
    to_consent(case)
    case.do("client", "Task_Consent", {"consent_decision": "REFUSED", "refuse_reason": "我另请律师。"})
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason) == ("REFUSED", conflicts.REFUSED, "客户不同意：我另请律师。")


def test_the_director_does_not_grant_it(case):
    to_consent(case)
    case.do("client", "Task_Consent", CONSENT)
    case.do("director", "Task_Confirm", {"waiver_decision": "DENIED", "waiver_opinion": "隔离无法落实。"})
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason) == ("REFUSED", conflicts.REFUSED, "主任未批准：隔离无法落实。")
    assert case.lead_state() == "CONFLICT"


def test_a_silent_client_is_reminded_twice_and_then_it_lapses(case):
    to_consent(case)
    first = case.link("Task_Consent")
    case.move(days=2, minutes=1)  # Thursday
    assert len(case.sent()) == 2
    case.move(days=1)
    assert len(case.sent()) == 3
    assert {link.expires_at for link in case.links()} == {first.expires_at}
    case.move(days=3)
    assert case.open_tasks() == {"Task_Consent"}
    case.move(days=1)  # Tuesday: five working days
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason[:7]) == ("REFUSED", conflicts.REFUSED, "客户在期限内未")
    assert {link.state(first.created_at) for link in case.links()} == {REVOKED}
