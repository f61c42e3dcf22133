"""The waiver of a conflict through every path of its diagrams."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from engine import Actor
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused, TaskClaimed
from tests.workflows.conflict_waiver.conftest import check_conflicts, start
from tests.workflows.pdf_text import read_text
from workflows.records import case_access, conflicts, documents, leads, waiver_consents, waivers, walls
from workflows.records.links import REVOKED, USED

NOTICE = {
    "breaks_secret": "no", "disclosed_facts": "您的对方当事人是本所另一事项的客户。",
    "waiver_rule": "接受正在代理的客户的对方当事人委托办理其他法律业务", "consequences": "本所对双方均负有保密义务。",
    "options": "您可以同意、不同意或者咨询其他律师。", "wall_plan": "分别指派团队，互不查阅案卷。", "client_email": "zhang@example.invalid",
    "secrecy_checked": True,
}  # fmt: skip
APPROVED = {"notice_decision": "APPROVED"}
CONSENT = {
    "consent_decision": "CONSENTED", "knows_facts": True, "knows_consequences": True, "agrees": True,
    "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"},
}  # fmt: skip
GRANTED = {"waiver_decision": "GRANTED", "waiver_opinion": "隔离措施到位，同意。"}
SIGNED = {"is_true": True, "signature": "李明轩"}
GIVE_UP = {"give_up": "NEW", "give_up_reason": "客户不同意。", "hand_over": "返还材料并提示时效。"}


def draw_signature():
    """A drawn signature: a PNG of 300 by 100 points."""
    rows = b"".join(b"\0" + bytes(300) for _ in range(100))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 300, 100, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def to_consent(case, lead_id="", email="zhang@example.invalid"):
    case.ask("compliance", "Task_DraftNotice", {**NOTICE, "client_email": email}, lead_id)
    case.ask("partner1", "Task_ApproveNotice", APPROVED, lead_id)
    assert case.incidents() == []
    assert case.asked(lead_id) == {"Task_Consent"}


def to_wall(case):
    """Consented; the wall is planned as proposed."""
    to_consent(case)
    case.ask("client", "Task_Consent", CONSENT)
    assert case.open_tasks() == {"Task_PlanWall"}


def plan_wall(case, **more):
    case.do("compliance", "Task_PlanWall", {**case.first_values("Task_PlanWall", "compliance"), **more})
    assert case.open_tasks() == {"Task_Undertake"}
    case.do("lawyer1", "Task_Undertake", SIGNED)
    assert case.incidents() == []


def outcome(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    with case.firm.reading() as session:
        check = conflicts.find_check(session, case.lead_id)
        return case.result("waiver_result"), check.state, waivers.find_waiver(session, check.id)


def consents(case):
    with case.firm.reading() as session:
        check = conflicts.find_check(session, case.lead_id)
        return waiver_consents.list_consents(session, check_id=check.id)


@pytest.mark.requirement("R7")
@pytest.mark.parametrize("signature", ["张三", draw_signature()], ids=["typed", "drawn"])
def test_a_signed_consent_a_wall_and_the_directors_word_waive_the_conflict(case, signature):
    to_consent(case)
    assert case.sent() == ["请阅读并确认《利益冲突告知与豁免同意书》"]
    link = case.link("Task_Consent")
    assert case.prefilled("client", "Task_Consent")["signer_name"] == "张三"
    with case.firm.reading() as session:
        (notice,) = [documents.get_document(session, each) for each in link.document_ids]
        assert "互不查阅案卷" in read_text(documents.read_content(session, notice.id))
    case.ask("client", "Task_Consent", {**CONSENT, "signature": signature})
    assert case.link("Task_Consent").state(case.firm.clock.now()) == USED
    with case.firm.reading() as session:
        (signed,) = documents.list_documents(session, case.lead_id, slot="conflict_check")
        text = read_text(documents.read_content(session, signed.id))
    assert (signed.source, signed.kind) == ("signature", "waiver")
    assert "192.0.2.7" in text and notice.sha256[:16] in text
    given = case.first_values("Task_PlanWall", "compliance")
    assert given["outsiders"] == [case.cast["lawyer2"].id] and given["review_days"] == "90"
    plan_wall(case)
    shown = case.first_values("Task_Confirm", "director")
    assert "张三：已书面同意" in shown["consents_said"] and "均未能读取" in shown["wall_said"]
    case.do("director", "Task_Confirm", GRANTED)
    result, check, waiver = outcome(case)
    assert (result, check, waiver.state) == ("WAIVED", conflicts.WAIVED, waivers.WAIVED)
    (kept,) = consents(case)
    assert kept.consent["proof"] == {"address": "192.0.2.7", "document_sha256": notice.sha256}
    assert kept.document_id == signed.id
    assert (case.lead_state(), case.steps()[-1]) == ("ASSESS", "Event_Waived")
    with case.firm.reading() as session:
        sheet = documents.find_latest(session, case.lead_id, "conflict_review")
        said = read_text(documents.read_content(session, sheet.id))
    assert all(
        each in said for each in ("客户已书面豁免", "张三（新委托人）", "已书面同意", "王若谷", "负面测试1次", "李明轩已签承诺书")
    )


@pytest.mark.requirement("R7")
def test_the_existing_client_is_asked_too_with_a_link_and_a_notice_of_its_own(both):
    first = both.prefilled("compliance", "Task_DraftNotice", both.touched)
    assert "赵六（受影响的客户）" in first["recipient"]
    # neither client's name, matter or lawyer stands in what is proposed to tell the other
    assert not any(secret in first["disclosed_facts"] for secret in ("张三", "买卖合同", "李明轩"))
    own = both.prefilled("compliance", "Task_DraftNotice")["disclosed_facts"]
    assert not any(secret in own for secret in ("离婚", "王若谷"))
    for bad in ({"secrecy_checked": False}, {"secrecy_checked": None}):
        with pytest.raises(FormInvalid):
            both.ask("compliance", "Task_DraftNotice", {**NOTICE, **bad}, both.touched)
    to_consent(both)
    to_consent(both, both.touched, "zhao@example.invalid")
    both.ask("client", "Task_Consent", CONSENT)
    assert both.open_tasks() == set()  # the other client has not answered
    both.ask("client", "Task_Consent", {**CONSENT, "signer_name": "赵六", "signature": "赵六"}, both.touched)
    plan_wall(both)
    with both.firm.reading() as session:
        found = {wall.lead_id: set(wall.people) for wall in walls.list_walls(session)}
        theirs = documents.find_latest(session, both.touched, "waiver")
        text = read_text(documents.read_content(session, theirs.id))
        assert case_access.find_level(session, leads.get_lead(session, both.touched), both.cast["lawyer1"]) is None
    assert found == {both.lead_id: {both.cast["lawyer2"].id}, both.touched: {both.cast["lawyer1"].id}}
    assert "赵六" in text and "张三" not in text
    both.do("director", "Task_Confirm", GRANTED)
    assert outcome(both)[0] == "WAIVED"
    sealed = outcome(both)[2].consent["clients"]
    assert [(each["client"], each["side"]) for each in sealed] == [("张三", "new"), ("赵六", "affected")]


@pytest.mark.requirement("R8")
def test_one_refusal_ends_it_and_the_others_are_no_longer_asked(both):
    to_consent(both)
    to_consent(both, both.touched, "zhao@example.invalid")
    both.ask("client", "Task_Consent", {"consent_decision": "REFUSED", "refuse_reason": "我不放心。"}, both.touched)
    assert both.consent_instances() == {}
    assert {link.state(both.firm.clock.now()) for link in both.links()} == {REVOKED}
    assert both.open_tasks() == {"Task_GiveUp"}
    shown = both.first_values("Task_GiveUp", "partner1")
    assert "赵六：客户不同意：我不放心。" in shown["failed_because"] and "XS-2026-000002" in shown["touched"]
    both.do("partner1", "Task_GiveUp", GIVE_UP)
    result, check, waiver = outcome(both)
    assert (result, check) == ("REFUSED", conflicts.REFUSED)
    assert "我不放心" in waiver.refused_reason
    assert [each.state for each in consents(both)] == ["STOPPED", "REFUSED"]


def test_a_refusal_stops_notices_that_are_still_drafted_or_approved(both):
    both.ask("compliance", "Task_DraftNotice", NOTICE, both.touched)
    both.ask("compliance", "Task_DraftNotice", {"breaks_secret": "yes", "secret_note": "告知即泄露收购计划。"})
    assert both.consent_instances() == {}
    assert both.open_tasks() == {"Task_GiveUp"}
    assert both.sent() == []


def test_a_draft_is_stopped_too(both):
    both.ask("compliance", "Task_DraftNotice", {"breaks_secret": "yes", "secret_note": "告知即泄露收购计划。"}, both.touched)
    assert both.consent_instances() == {}
    assert "告知本身将泄露" in both.first_values("Task_GiveUp", "partner1")["failed_because"]


def test_the_existing_engagement_may_be_given_up_instead(both):
    to_consent(both, both.touched, "zhao@example.invalid")
    both.ask("client", "Task_Consent", {"consent_decision": "REFUSED"}, both.touched)
    with pytest.raises(NotAllowed):  # a partner on either side does not choose
        both.do("partner2", "Task_GiveUp", GIVE_UP)
    with pytest.raises(FormInvalid) as caught:
        both.do("partner1", "Task_GiveUp", {**GIVE_UP, "give_up": "EXISTING", "give_up_no": "XS-2026-000001"})
    assert list(caught.value.errors) == ["give_up_no"]
    both.do("partner1", "Task_GiveUp", {**GIVE_UP, "give_up": "EXISTING", "give_up_no": "XS-2026-000002"})
    told = [mail["to"] for mail in both.mails() if mail["subject"].startswith("因利益冲突须退出代理")]
    assert sorted(told) == ["director@demo.invalid", "lawyer2@demo.invalid"]
    assert outcome(both)[0] == "REFUSED"  # the new engagement is checked again after the withdrawal
    assert both.result("waiver_give_up") == "EXISTING"


def test_a_secret_found_after_the_return_ends_it_too(case):
    case.ask("compliance", "Task_DraftNotice", NOTICE)
    case.ask("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED", "notice_opinion": "请核实是否涉密。"})
    given = case.prefilled("compliance", "Task_DraftNotice")
    assert (given["returned"], given["disclosed_facts"]) == ("请核实是否涉密。", NOTICE["disclosed_facts"])
    assert given["secrecy_checked"] is False  # what is changed is checked again
    case.ask("compliance", "Task_DraftNotice", {"breaks_secret": "yes", "secret_note": "涉密。"})
    case.do("partner1", "Task_GiveUp", GIVE_UP)
    assert outcome(case)[:2] == ("REFUSED", conflicts.REFUSED)


def test_a_returned_notice_is_written_again(case):
    case.ask("compliance", "Task_DraftNotice", NOTICE)
    with pytest.raises(FormInvalid):
        case.ask("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED"})
    case.ask("partner1", "Task_ApproveNotice", {"notice_decision": "RETURNED", "notice_opinion": "请写明后果。"})
    to_consent(case)


def test_only_unrelated_partners_approve_and_nobody_approves_what_they_drafted(case):
    case.ask("compliance", "Task_DraftNotice", NOTICE)
    with pytest.raises(NotAllowed):
        case.ask("partner2", "Task_ApproveNotice", APPROVED)
    drafter = case.cast["compliance"]
    case.cast["both"] = Actor(drafter.id, drafter.name, frozenset({"compliance", "partner"}))
    with pytest.raises(FourEyes):
        case.ask("both", "Task_ApproveNotice", APPROVED)
    case.ask("partner1", "Task_ApproveNotice", APPROVED)
    case.ask("client", "Task_Consent", CONSENT)
    plan_wall(case)
    case.cast["both"] = Actor(drafter.id, drafter.name, frozenset({"compliance", "director"}))
    with pytest.raises(FourEyes):
        case.do("both", "Task_Confirm", GRANTED)


@pytest.mark.parametrize("statement", waiver_consents.STATEMENTS)
def test_each_statement_must_be_made(case, statement):
    to_consent(case)
    with pytest.raises(FormInvalid) as caught:
        case.ask("client", "Task_Consent", {**CONSENT, statement: False})
    assert list(caught.value.errors) == [statement]
    (row,) = consents(case)
    bare = {**CONSENT, statement: False}
    with pytest.raises(StateRefused):  # nor past the task
        case.run(lambda context: waiver_consents.record_consent(context, row.id, bare, {}))


def test_the_client_refuses(case):
    to_consent(case)
    case.ask("client", "Task_Consent", {"consent_decision": "REFUSED", "refuse_reason": "我另请律师。"})
    case.do("partner1", "Task_GiveUp", GIVE_UP)
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason) == ("REFUSED", conflicts.REFUSED, "张三：客户不同意：我另请律师。")
    assert case.steps()[-1] == "Event_Refused"


def test_the_director_does_not_grant_it_and_the_walls_come_down(case):
    to_wall(case)
    plan_wall(case)
    case.do("director", "Task_Confirm", {"waiver_decision": "DENIED", "waiver_opinion": "隔离无法落实。"})
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason) == ("REFUSED", conflicts.REFUSED, "主任未批准：隔离无法落实。")
    assert case.lead_state() == "CONFLICT"
    with case.firm.reading() as session:
        assert {wall.state for wall in walls.list_walls(session)} == {"LIFTED"}


def test_a_silent_client_is_reminded_twice_and_then_it_lapses(case):
    to_consent(case)
    first = case.link("Task_Consent")
    case.move(days=2, minutes=1)  # Thursday
    assert len(case.sent()) == 2
    case.move(days=5)  # Tuesday: five working days
    assert len(case.sent()) == 3
    assert {link.expires_at for link in case.links()} == {first.expires_at}
    case.move(days=2)
    assert case.asked() == {"Task_Consent"}
    case.move(days=1)  # Friday: three more
    assert case.asked() == set()
    case.do("partner1", "Task_GiveUp", GIVE_UP)
    result, check, waiver = outcome(case)
    assert (result, check, waiver.refused_reason) == ("REFUSED", conflicts.REFUSED, "张三：在期限内未作答复，视为不同意豁免")
    assert {link.state(first.created_at) for link in case.links()} == {REVOKED}


@pytest.mark.requirement("R6")
@pytest.mark.parametrize(("result", "judged"), [(conflicts.ABSOLUTE, "ABSOLUTE"), (conflicts.WAIVABLE, "ABSOLUTE")])
def test_an_absolute_conflict_is_not_waivable_by_any_way(bare, result, judged):
    check_id = check_conflicts(bare, result, judged=judged)
    start(bare, check_id)
    assert (bare.state(), bare.steps()[-1]) == ("completed", "Event_NotWaivable")
    assert (bare.result("waiver_result"), bare.result("waiver_error")) == ("REFUSED", "not_waivable")
    assert bare.consent_instances() == {}
    with pytest.raises(StateRefused):
        bare.run(lambda context: waivers.open_waiver(context, check_id))


def test_the_wall_plan_keeps_both_sides_apart(case):
    to_wall(case)
    lawyer, outsider = case.cast["lawyer1"].id, case.cast["lawyer2"].id
    given = case.first_values("Task_PlanWall", "compliance")
    for bad, path in (
        ({"outsiders": []}, "outsiders"),
        ({"insiders": [lawyer, outsider]}, "insiders"),
        ({"insiders": [case.cast["partner1"].id], "outsiders": [lawyer, outsider]}, "insiders"),
        ({"insiders": []}, "insiders"),
    ):
        with pytest.raises(FormInvalid) as caught:
            case.do("compliance", "Task_PlanWall", {**given, **bad})
        assert path in caught.value.errors


def test_every_insider_signs_and_is_reminded(case):
    to_wall(case)
    given = case.first_values("Task_PlanWall", "compliance")
    team = [case.cast["lawyer1"].id, case.cast["partner1"].id]
    case.do("compliance", "Task_PlanWall", {**given, "insiders": team})
    case.do("lawyer1", "Task_Undertake", SIGNED)
    case.move(days=2)
    assert case.mails()[-1]["to"] == "partner1@demo.invalid"
    with pytest.raises(TaskClaimed):
        case.do("lawyer2", "Task_Undertake", SIGNED)
    with case.firm.reading() as session:
        assert walls.list_walls(session) == []
    case.do("partner1", "Task_Undertake", {**SIGNED, "signature": "陈敬之"})
    assert case.open_tasks() == {"Task_Confirm"}
    with case.firm.reading() as session:
        (wall,) = walls.list_walls(session)
    assert {each["by_name"] for each in wall.undertakings} == {"李明轩", "陈敬之"}
    assert wall.plan["fee_rule"] == given["fee_rule"]


def test_a_wall_that_lets_somebody_through_is_not_put_up(case, monkeypatch):
    to_wall(case)
    monkeypatch.setattr(walls, "hides_hit", lambda *_given: False)
    case.do("compliance", "Task_PlanWall", case.first_values("Task_PlanWall", "compliance"))
    case.do("lawyer1", "Task_Undertake", SIGNED)
    assert [text[:17] for text in case.incidents()] == ["Service_ApplyWall"]
    assert "王若谷：命中详情" in case.incidents()[0]
    assert case.open_tasks() == set()
