"""The talk with the client through every path: updates read or told, questions, silence, what a talk leads to (R26–R29)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine import FIRM_ZONE, SYSTEM, ReceiveMessage, RunOperation, queries
from engine.errors import FormInvalid
from workflows.records import communications, contacts, leads, links, matters, open_items, updates

UPDATE = {"latest": "法院已立案受理。", "next_plan": "十二月十日前提交证据。", "risks": "没有新风险。"}
REACHED = {"channel": "phone", "reached": "yes", "note": "已电话告知，客户无异议。"}
MISSED = {"channel": "phone", "reached": "no", "note": "拨打两次无人接听。"}
ANSWER = {"answer": "预计十二月中旬开庭，届时提前通知您。", "answered_by": "email", "flags": []}


def written(case, **more):
    """An update that the lawyer wrote just now; turns to what tracks it."""
    case.tell("matter.opened")
    case.follow("periodic_update")
    case.updates = case.instance_id
    write(case, **more)


def write(case, **more):
    case.firm.run(RunOperation("updates.request", {"matter_id": case.matter_id, "event": "开庭"}), case.cast["lawyer1"])
    case.settle()
    case.instance_id = case.updates
    case.do("lawyer1", "Task_WriteUpdate", {**UPDATE, **more})
    assert case.incidents() == []
    case.follow("update_reading")


def newest(case):
    with case.firm.reading() as session:
        return updates.list_updates(session, case.matter_id)[0]


def prefer(case, channel):
    def change(context):
        lead = leads.get_lead(context.session, case.lead_id)
        lead.reception = {**lead.reception, "preferred_channel": channel}

    case.run(change)


@pytest.mark.requirement("R26", "R27", "R29")
def test_the_client_reads_the_update_by_link_and_asks(case):
    written(case)
    mail = next(each for each in reversed(case.mails()) if "案件进展通报" in each["subject"])
    assert "/c/" in mail["body"] and "十二月十日前提交证据" in mail["body"] and "没有新风险" in mail["body"]
    assert len(mail["attachments"]) == 1
    case.do("client", "Task_ReadUpdate", {"read": True, "question": "需要我出庭吗？"})
    assert newest(case).read_at is not None
    case.follow("client_question")
    assert case.first_values("Task_Answer", "lawyer1")["question"] == "需要我出庭吗？"
    case.do("lawyer1", "Task_Answer", {**ANSWER, "answer": "不需要，由我代理出庭。"})
    assert "不需要" in case.mails()[-1]["body"]
    assert (case.log()[-1].channel, case.state()) == ("email", "completed")


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    ("preference", "more", "mailed", "waits"),
    [
        ("email", {}, True, {"Task_ReadUpdate"}),
        ("phone", {}, True, {"Task_Reach"}),
        ("meeting", {}, True, {"Task_Reach"}),
        ("email", {"urgency": "urgent"}, True, {"Task_Reach"}),
        ("email", {"sensitivity": "secret"}, False, set()),
        ("email", {"sensitivity": "secret", "urgency": "urgent"}, False, {"Task_Reach"}),
        ("letter", {}, False, set()),
    ],
)
def test_the_channel_follows_preference_urgency_and_sensitivity(case, preference, more, mailed, waits):
    prefer(case, preference)
    written(case, **more)
    assert case.open_tasks() == waits
    (entry,) = [each for each in case.log() if each.summary.startswith("案件进展通报")]
    assert entry.channel == ("email" if mailed else "letter")
    about = [each["to"] for each in case.mails() if "案件进展通报（第" in each["subject"] or "打印并寄送" in each["body"]]
    if not mailed:
        assert about == ["desk@demo.invalid"]
    elif waits == {"Task_ReadUpdate"}:
        assert about == ["zhang@example.invalid"]


@pytest.mark.requirement("R28", "R29")
def test_an_update_unread_for_three_days_is_told_by_telephone(case):
    written(case)
    case.move(days=3, minutes=1)
    assert case.open_tasks() == {"Task_Reach"}
    assert case.first_values("Task_Reach", "lawyer1")["latest"] == UPDATE["latest"]
    case.do("lawyer1", "Task_Reach", REACHED)
    assert newest(case).read_at is not None
    assert (case.log()[-1].channel, case.log()[-1].reached, case.state()) == ("phone", True, "completed")


@pytest.mark.requirement("R29")
def test_after_three_vain_tries_the_desk_posts_it_registered(case):
    written(case)
    case.move(days=3, minutes=1)
    for turn in range(3):
        case.do("lawyer1", "Task_Reach", MISSED)
        if turn < 2:
            assert case.open_tasks() == set()
            case.move(days=3, hours=1)  # a working day, over a weekend too
    assert case.open_tasks() == {"Task_Post"}
    case.do("desk", "Task_Post", {"carrier": "EMS", "tracking_no": "EE123456789CN"})
    assert "EE123456789CN" in case.log()[-1].summary
    assert [each.reached for each in case.log()].count(False) == 3


def test_a_newer_update_ends_the_tracking_of_the_one_before(case):
    written(case)
    first = case.instance_id
    write(case)
    case.instance_id = first
    assert case.state() == "completed"
    assert "Event_Outdated" in case.steps()


def test_a_newer_update_ends_the_calls_about_the_one_before(case):
    prefer(case, "phone")
    written(case)
    first = case.instance_id
    write(case)
    case.instance_id = first
    assert case.state() == "completed"
    assert "Event_Outdated" in case.steps()


def test_an_urgent_event_is_told_within_four_hours(case):
    case.tell("matter.opened")
    case.follow("periodic_update")
    given = {"matter_id": case.matter_id, "event": "法院通知明日开庭", "urgent": "urgent"}
    case.firm.run(RunOperation("updates.request", given), case.cast["lawyer1"])
    case.settle()
    with case.firm.reading() as session:
        (task,) = [each for each in queries.list_open_tasks(session, case.instance_id) if each.element_id == "Task_WriteUpdate"]
    assert task.due_at - case.firm.clock.now() == timedelta(hours=4)


def asks(case, kind, text):
    case.tell("matter.opened")
    case.follow("client_contact")
    case.line = case.instance_id
    case.do("client", "Task_ClientAsks", {"question_kind": kind, "question": text})


@pytest.mark.requirement("R26", "R29")
def test_a_client_may_ask_at_any_time_and_the_link_stays_good(case):
    asks(case, "question", "什么时候开庭？")
    assert case.open_tasks() == {"Task_ClientAsks"}
    link = case.link("Task_ClientAsks")
    assert (link.state(case.firm.clock.now()), link.purpose) == (links.OPEN, "client_contact")
    case.do("client", "Task_ClientAsks", {"question_kind": "question", "question": "要交多少诉讼费？"})
    assert [each.summary for each in case.log() if each.direction == "in"] == ["提问：什么时候开庭？", "提问：要交多少诉讼费？"]
    with case.firm.reading() as session:
        assert "unanswered_link" not in {each.kind for each in open_items.list_open_items(session, case.lead_id, case.firm.clock.now())}


@pytest.mark.requirement("R26")
def test_a_question_that_is_not_answered_in_a_working_day_goes_to_the_partners(case):
    asks(case, "question", "什么时候开庭？")
    case.follow("client_question")
    case.move(days=1, minutes=1)
    assert case.mails()[-1]["subject"].startswith("客户提问逾期未答复")
    case.do("lawyer1", "Task_Answer", {**ANSWER, "answered_by": "phone"})
    assert (case.log()[-1].channel, case.log()[-1].direction, case.state()) == ("phone", "both", "completed")


def test_an_answer_for_a_client_without_email_is_passed_on_by_the_desk(case):
    case.forget_email()
    asks(case, "question", "什么时候开庭？")
    case.follow("client_question")
    case.do("lawyer1", "Task_Answer", ANSWER)
    assert case.mails()[-1]["to"] == "desk@demo.invalid"


@pytest.mark.requirement("R32")
def test_a_client_may_ask_for_documents_by_the_link(case):
    asks(case, "documents", "请给我一份起诉状")
    case.follow("document_request")
    assert case.first_values("Task_Classify", "lawyer1")["request"] == "请给我一份起诉状"


def test_the_link_ends_when_the_matter_is_closed(case):
    asks(case, "question", "什么时候开庭？")
    link = case.link("Task_ClientAsks")

    def close(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    case.firm.run(ReceiveMessage("matter.closed", case.matter_id, {}), SYSTEM)
    case.settle()
    case.instance_id = case.line
    assert case.state() == "completed"
    with case.firm.reading() as session:
        assert links.get_link(session, link.id).state(case.firm.clock.now()) == links.REVOKED


# -- what a talk leads to


def log(case, *flags, **more):
    given = {
        "lead_id": case.lead_id, "channel": "phone", "direction": "both", "at": case.firm.clock.now(), "persons": ["张三"],
        "summary": "客户要求以不低于260万元和解。", "flags": list(flags), **more,
    }  # fmt: skip
    case.firm.run(RunOperation("communications.log", given), case.cast["lawyer1"])
    case.settle()


@pytest.mark.requirement("R29", "R30")
@pytest.mark.parametrize("flag", ["decision", "risk", "instruction"])
def test_what_matters_in_a_talk_is_offered_for_signature(case, flag):
    log(case, flag, mood="calm", billable=True)
    entry = case.log()[-1]
    assert (entry.flags, entry.mood, entry.billable) == ((flag,), "calm", True)
    case.follow("confirmation_offer")
    assert case.first_values("Task_Offer", "lawyer1")["talk"].startswith("客户要求")
    case.do("lawyer1", "Task_Offer", {"offer_decision": "yes"})
    first = case.first_values("Task_Draft", "lawyer1")
    assert (first["kind"], first["content"]) == (flag, "客户要求以不低于260万元和解。")


def test_the_lawyer_may_say_why_no_signature_is_needed(case):
    log(case, "decision")
    case.follow("confirmation_offer")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Offer", {"offer_decision": "no"})
    case.do("lawyer1", "Task_Offer", {"offer_decision": "no", "offer_reason": "已有签字的委托合同约定"})
    assert case.state() == "completed"


def test_a_talk_may_ask_for_documents_and_show_displeasure(case):
    log(case, "documents", "dissatisfied")
    assert case.mails()[-1]["subject"].startswith("客户不满，请回访")
    case.follow("document_request")
    assert case.open_tasks() == {"Task_Classify"}


def test_nothing_follows_from_an_ordinary_talk(case):
    log(case)
    with pytest.raises(AssertionError, match="no confirmation_offer"):
        case.follow("confirmation_offer")


# -- silence


def watch(case):
    case.tell("matter.opened")
    case.follow("contact_watch")


@pytest.mark.requirement("R26")
def test_two_missed_cadences_are_the_partner_s_and_three_the_desk_calls(case):
    watch(case)
    case.move(days=29)
    assert case.open_tasks() == set()
    case.move(days=1, minutes=1)
    assert case.open_tasks() == {"Task_Press"}
    case.do("partner1", "Task_Press", {"press_note": "已约谈，今日发出通报"})
    case.move(days=14)
    assert case.open_tasks() == set()
    case.move(days=1, minutes=2)
    assert case.open_tasks() == {"Task_DeskCalls"}
    case.do("desk", "Task_DeskCalls", {"reached": "yes", "call_note": "客户表示理解，希望尽快收到通报。", "dissatisfied": True})
    entry = case.log()[-1]
    assert (entry.flags, entry.reached) == (("dissatisfied",), True)
    assert (case.open_tasks(), case.incidents()) == (set(), [])


@pytest.mark.requirement("R26")
def test_an_update_ends_the_silence(case):
    watch(case)
    case.move(days=25)
    watched = case.instance_id
    case.follow("periodic_update")
    case.updates = case.instance_id
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    case.instance_id = watched
    case.move(days=20)
    assert case.open_tasks() == set()
    case.move(days=11)
    assert case.open_tasks() == {"Task_Press"}


@pytest.mark.parametrize("days", [0, 31, 46])
def test_the_watch_ends_with_the_matter(case, days):
    watch(case)
    if days:
        case.move(days=31)
        if days > 31:
            case.do("partner1", "Task_Press", {"press_note": "已约谈，今日发出通报"})
            case.move(days=days - 31)
    case.firm.run(ReceiveMessage("matter.closed", case.matter_id, {}), SYSTEM)
    case.settle()
    assert (case.open_tasks(), case.state()) == (set(), "completed")


def test_days_since_the_last_contact_leave_out_calls_that_nobody_answered(case):
    log(case)
    case.move(days=12)
    log(case, reached=False)
    case.move(days=20)
    with case.firm.reading() as session:
        days = contacts.days_since_contact(session, [case.lead_id], case.firm.clock.now())
        assert communications.find_last_contacts(session, []) == {}
    assert days == {case.lead_id: 32}
    assert contacts.is_quiet(32, case.firm.clock.now())
    assert not contacts.is_quiet(30, case.firm.clock.now())
    assert not contacts.is_quiet(None, datetime(2026, 11, 24, tzinfo=FIRM_ZONE))
