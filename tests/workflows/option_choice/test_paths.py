"""Options explained and chosen, through every path of the diagrams (R33, R34)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import FormInvalid, FourEyes, StateRefused
from engine.tables import Message
from tests.workflows.pdf_text import read_text
from workflows.records import authority, confirmations, links, option_tables

COMPARE = {
    "topic": "一审判决后是否上诉", "deadline": "2026-12-08", "clients": [{"client_name": "张三", "client_email": "zhang@example.invalid"}],
    "options": [
        {"title": "提起上诉", "pros": "争取改判", "cons": "增加费用和时间", "cost": "三万元", "duration": "三个月", "risk": "3",
         "chance": "medium", "act": "appeal", "legal_basis": "民事诉讼法第一百七十一条"},
        {"title": "与对方和解", "pros": "尽快回款", "cons": "需要让步"},
        {"title": "暂不采取行动", "pros": "不增加费用", "cons": "判决生效", "is_nothing": True},
    ],
    "recommended": "1", "reason": "一审遗漏关键证据。", "fee_effect": "no",
}  # fmt: skip
EXPLAIN = {
    "explained_at": "2026-11-24T09:00", "explained_by": "meeting", "persons": [{"person_name": "张三"}],
    "questions": [{"question": "上诉要多久？", "reply": "一般三个月。"}], "teach_back": "上诉要花钱花时间，但可能改判。",
}  # fmt: skip
CHOOSE = {
    "option_count": "3", "choice3": "1", "understood": "我选择上诉，知道要再交费用。", "signer_name": "张三", "signature": "张三",
    "_proof": {"address": "192.0.2.7"},
}  # fmt: skip
OWN = {**CHOOSE, "choice3": "own", "own_option": "请求对方另付一笔现金，不入账。"}
APPROVE = {"review_decision": "APPROVE"}


def table(case):
    with case.firm.reading() as session:
        return option_tables.list_tables(session, case.lead_id)[0]


def to_client(case, draft=COMPARE):
    case.begin("option_choice")
    case.do("lawyer1", "Task_Compare", draft)
    if "Task_Review" in case.open_tasks():
        case.do("partner1", "Task_Review", APPROVE)
    case.do("lawyer1", "Task_Explain", EXPLAIN)
    assert case.incidents() == []
    case.main = case.instance_id
    case.follow("option_answer")


def back(case):
    case.instance_id = case.main


@pytest.mark.requirement("R33", "R34")
def test_the_options_are_explained_and_the_client_chooses_and_signs(case):
    to_client(case)
    first = case.first_values("Task_ClientChooses", "client")
    assert "弊：增加费用和时间" in first["option_text"]
    assert first["advice"] == "建议方案一“提起上诉”：一审遗漏关键证据。"
    link = case.link("Task_ClientChooses")
    paper = read_text(case.read(link.document_ids[0]))
    for said in ("暂不采取行动", "上诉要花钱花时间", "上诉要多久？", "需要特别授权（提起上诉）", "民事诉讼法第一百七十一条"):
        assert said in paper
    case.do("client", "Task_ClientChooses", CHOOSE)
    back(case)
    assert (case.state(), case.incidents()) == ("completed", [])
    chosen = table(case)
    assert (chosen.state, chosen.chosen) == ("CHOSEN", "提起上诉")
    (signed,) = case.papers("option_table")
    assert (signed.source, signed.slot) == ("signature", "communications")
    assert "192.0.2.7" in read_text(case.read(signed.id))
    with case.firm.reading() as session:
        made = confirmations.get_confirmation(session, chosen.confirmation_id)
        covered = authority.find_authority(session, case.matter_id, "appeal")
    assert (made.state, made.act, made.answer["choice"], made.origin) == ("SIGNED", "appeal", "提起上诉", "option")
    assert (covered.basis, covered.confirmation_id) == ("confirmation", made.id)
    flags = [each.flags for each in case.log()]
    assert flags.count(("decision",)) == 2


def test_an_option_without_an_act_opens_none(case):
    to_client(case)
    case.do("client", "Task_ClientChooses", {**CHOOSE, "choice3": "3"})
    with case.firm.reading() as session:
        assert authority.find_authority(session, case.matter_id, "appeal") is None
    assert table(case).chosen == "暂不采取行动"


@pytest.mark.requirement("R33")
@pytest.mark.parametrize(
    "wrong",
    [
        {"options": COMPARE["options"][:1]}, {"options": COMPARE["options"][:2]}, {"recommended": "4"},
        {"clients": [{"client_name": "张三"}, {"client_name": "李四", "client_email": "li@example.invalid"}]},
    ],
)  # fmt: skip
def test_a_comparison_has_two_options_one_of_them_to_do_nothing(case, wrong):
    case.begin("option_choice")
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Compare", {**COMPARE, **wrong})


def test_the_table_asks_a_partner_only_where_it_matters_and_the_partner_may_return_it(case):
    plain = {**COMPARE, "options": [{**row, "act": None} for row in COMPARE["options"]]}
    case.begin("option_choice")
    case.do("lawyer1", "Task_Compare", plain)
    assert case.open_tasks() == {"Task_Explain"}
    case.begin("option_choice", "partner2")
    case.do("partner2", "Task_Compare", {**plain, "amount": "500000"})
    with pytest.raises(FourEyes):
        case.do("partner2", "Task_Review", APPROVE)
    case.do("partner1", "Task_Review", {"review_decision": "RETURN", "review_opinion": "请补充和解方案的金额"})
    assert case.first_values("Task_Compare", "partner2")["returned"] == "请补充和解方案的金额"
    assert table(case).state == "DRAFT"


def test_a_talk_of_tomorrow_has_not_been_held(case):
    case.begin("option_choice")
    case.do("lawyer1", "Task_Compare", COMPARE)
    case.do("partner1", "Task_Review", APPROVE)
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Explain", {**EXPLAIN, "explained_at": "2026-11-25T09:00"})
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Explain", {**EXPLAIN, "teach_back": ""})


@pytest.mark.requirement("R34")
def test_the_client_s_own_way_is_followed_when_it_is_lawful(case):
    to_client(case)
    case.do("client", "Task_ClientChooses", {**OWN, "own_option": "先与对方调解，十日内不成再上诉。"})
    back(case)
    assert case.first_values("Task_Judge", "lawyer1")["own_option"].startswith("先与对方调解")
    case.do("lawyer1", "Task_Judge", {"judgement": "lawful"})
    assert (table(case).state, table(case).chosen) == ("CHOSEN", "先与对方调解，十日内不成再上诉。")


def object_to(case, judgement):
    to_client(case)
    case.do("client", "Task_ClientChooses", OWN)
    back(case)
    case.do("lawyer1", "Task_Judge", {
        "judgement": judgement, "why_not": "账外收款违反税法，本所不得协助。", "withdrawal_risk": "坚持的，本所将解除委托。",
    })  # fmt: skip


@pytest.mark.requirement("R34")
def test_an_unlawful_choice_is_objected_to_and_never_followed(case):
    object_to(case, "illegal")
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Objection", {"objection_decision": "FOLLOW", "objection_opinion": "照办"})
    case.do("partner1", "Task_Objection", {"objection_decision": "ASK_AGAIN", "objection_opinion": "告知后重新选择"})
    case.main = case.instance_id
    case.follow("option_answer")
    assert "违反税法" in case.first_values("Task_ClientChooses", "client")["objection_text"]
    assert "违反税法" in read_text(case.read(case.link("Task_ClientChooses").document_ids[0]))
    case.do("client", "Task_ClientChooses", CHOOSE)
    back(case)
    assert table(case).chosen == "提起上诉"

    def go_round(context):
        made = option_tables.draft_table(context, lead_id=case.lead_id, matter_id=case.matter_id, values=COMPARE)
        option_tables.record_meeting(context, made.id, EXPLAIN)
        option_tables.ask_clients(context, made.id, "d" * 32)
        option_tables.record_objection(context, made.id, {"unlawful": "illegal", "about": "现金"})
        with pytest.raises(StateRefused):
            option_tables.close_table(context, made.id, option_tables.CHOSEN, chosen="现金")

    case.run(go_round)


def test_a_harmful_but_lawful_choice_is_the_client_s(case):
    object_to(case, "harmful")
    case.do("partner1", "Task_Objection", {"objection_decision": "FOLLOW", "objection_opinion": "已充分告知，尊重客户"})
    assert (table(case).state, case.incidents()) == ("CHOSEN", [])


def asked_for(case):
    with case.firm.reading() as session:
        rows = session.execute(select(Message).where(Message.name == "matter.change_requested")).scalars().all()
        return [row.payload["change_kind"] for row in rows]


def test_the_firm_may_withdraw_over_an_unlawful_choice(case):
    object_to(case, "illegal")
    case.do("partner1", "Task_Objection", {"objection_decision": "WITHDRAW", "objection_opinion": "客户坚持违法要求"})
    assert (asked_for(case), table(case).state, case.state()) == (["withdraw"], "EXPIRED", "completed")


def test_a_choice_that_changes_the_fees_asks_for_an_amendment(case):
    to_client(case, {**COMPARE, "fee_effect": "yes"})
    case.do("client", "Task_ClientChooses", CHOOSE)
    assert asked_for(case) == ["amend"]


def test_a_client_who_does_not_choose_is_reminded_and_the_time_ends(case):
    to_client(case)
    case.move(days=1, minutes=1)
    case.move(days=1)
    assert len(case.sent()) == 3
    case.move(days=6)
    assert case.state() == "completed"
    back(case)
    assert (table(case).state, case.steps()[-1]) == ("EXPIRED", "Event_NotChosen")
    assert {link.state(case.firm.clock.now()) for link in case.links()} <= {links.REVOKED, links.EXPIRED}


JOINT = {**COMPARE, "clients": [*COMPARE["clients"], {"client_name": "李四", "client_email": "li@example.invalid"}]}


def answer(case, name, choice):
    """The choice of one of several clients, each by the link to their own task."""
    link = next(each for each in case.links() if each.recipient_name == name)
    case.instance_id = link.instance_id
    case.do("client", "Task_ClientChooses", {**CHOOSE, "choice3": choice, "signer_name": name, "signature": name})


@pytest.fixture
def newest_link_of_the_instance(case, monkeypatch):
    """With two clients asked at once the newest link is not always the right one."""

    def link(element_id):
        mine = (each for each in case.links() if (each.element_id, each.instance_id) == (element_id, case.instance_id))
        return next(mine)

    monkeypatch.setattr(case, "link", link)


@pytest.mark.requirement("R34")
@pytest.mark.usefixtures("newest_link_of_the_instance")
def test_joint_clients_choose_each_for_themselves_and_agree(case):
    to_client(case, JOINT)
    answer(case, "张三", "2")
    assert table(case).state == "ASKED"
    answer(case, "李四", "2")
    back(case)
    assert (table(case).chosen, case.incidents()) == ("与对方和解", [])
    (signed,) = case.papers("option_table")
    text = read_text(case.read(signed.id))
    assert "张三" in text and "李四" in text


@pytest.mark.requirement("R34")
@pytest.mark.usefixtures("newest_link_of_the_instance")
def test_joint_clients_who_disagree_pause_the_work_and_conflicts_are_checked_again(case):
    to_client(case, JOINT)
    answer(case, "张三", "1")
    answer(case, "李四", "3")
    back(case)
    assert (table(case).state, case.state(), case.steps()[-1]) == ("DISAGREED", "completed", "Event_Paused")
    assert "Call_Check" in case.steps()
    (mail,) = [each for each in case.mails() if "意见不一致" in each["subject"]]
    assert (mail["to"], "李四：暂不采取行动" in mail["body"]) == ("compliance@demo.invalid", True)
