"""Scenario 6 of processes.md section 8: a new opposing party in mid-case pauses sending until the comparison is settled."""

from __future__ import annotations

import pytest

from engine import SYSTEM, ReceiveMessage, queries
from tests.workflows.confirmation.texts import DRAFT
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.periodic_update.test_paths import UPDATE
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import client_mail, communications, held_mails, leads, mails

DIAGRAMS = (
    "conflict_check", "conflict_recheck", "periodic_update", "update_reading", "confirmation", "confirmation_refusal",
)  # fmt: skip
pytestmark = pytest.mark.requirement("R6", "R7")
DISMISS = {"recheck_decision": "DISMISS", "recheck_reason": "同名不同人，已核对证件。"}
AGAIN = {"recheck_decision": "AGAIN", "recheck_reason": "可能是同一人。"}
NEWS = "案件有新情况"


class PausedCase(ConflictCase):
    """A running matter of lawyer1 whose updates are written, and the mails of its client."""

    def open_matter(self):
        self.register(state="CONVERTED")
        made = open_case(self, sign_contract(self))
        self.matter_id = made["matter_id"]
        self.settle()

    def add_party(self, name="周慕青"):
        """The other side brings in somebody: the relative of 王若谷, as he declared."""

        def write(context):
            outline = leads.get_lead(context.session, self.lead_id).outline
            people = [*outline["opposing_parties"], {"name": name, "kind": "person"}]
            leads.write_outline(context, self.lead_id, {**outline, "opposing_parties": people})

        self.run(write)
        self.settle()
        self.follow("conflict_recheck")

    def follow(self, key):
        """Turn to the newest instance of a process."""
        with self.firm.reading() as session:
            self.instance_id = max(queries.list_instances(session, process_key=key), key=lambda row: row.id).id

    def begin(self, key, **more):
        self.start(key, matter_id=self.matter_id, starter_id=self.cast["lawyer1"].id, **more)

    def tell(self, subject=NEWS, **more):
        self.run(
            lambda context: client_mail.mail_client(context, lead_id=self.lead_id, subject=subject, body="详见附件。", **more)
        )
        self.settle()

    def to(self, address):
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]

    def to_client(self):
        return self.to("zhang@example.invalid")

    def held(self):
        with self.firm.reading() as session:
            return [each.payload["subject"] for each in held_mails.list_held(session, self.lead_id)]

    def paused(self):
        with self.firm.reading() as session:
            return held_mails.is_paused(session, self.lead_id)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    made = PausedCase(engine)
    made.open_matter()
    yield made
    engine.database.dispose()


def test_scenario_6_nothing_is_sent_until_the_new_party_is_cleared_and_everything_goes_then(case):
    payload = {
        "matter_id": case.matter_id, "lead_id": case.lead_id, "lawyer_id": case.cast["lawyer1"].id, "matter_type": "civil",
        "client_name": "张三", "title": "张三 · 买卖合同纠纷",
    }  # fmt: skip
    case.firm.run(ReceiveMessage("matter.opened", case.matter_id, payload), SYSTEM)
    case.move(days=15)
    before = case.to_client()
    case.add_party()
    assert (case.open_tasks(), case.paused()) == ({"Task_HandleNews"}, True)
    case.follow("periodic_update")
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    case.tell()
    assert case.to_client() == before
    assert [subject[:6] for subject in case.held()] == ["案件进展通报", NEWS]
    assert sum("已暂停向客户发送" in subject for subject in case.to("lawyer1@demo.invalid")) == 1
    with case.firm.reading() as session:
        assert all(NEWS not in each.summary for each in communications.list_communications(session, case.lead_id))
    case.follow("conflict_recheck")
    case.do("compliance", "Task_HandleNews", DISMISS)
    assert (case.paused(), case.held(), case.incidents()) == (False, [], [])
    assert [subject[:6] for subject in case.to_client()[len(before) :]] == ["案件进展通报", NEWS]
    assert any("已恢复向客户发送" in subject for subject in case.to("lawyer1@demo.invalid"))
    with case.firm.reading() as session:
        assert any(NEWS in each.summary for each in communications.list_communications(session, case.lead_id))
    case.tell("其他")
    assert case.to_client()[-1] == "其他"


def test_what_the_clients_rights_hang_on_goes_out_all_the_same(case):
    case.add_party()
    case.begin("confirmation")
    case.do("lawyer1", "Task_Draft", DRAFT)
    assert case.to_client() == ["请阅读并书面确认：案件重要事项"]
    case.tell("紧急处理报告", must_go=True)
    assert (case.to_client()[-1], case.held()) == ("紧急处理报告", [])


def test_a_check_done_again_keeps_the_pause_until_it_clears_the_case(case):
    case.add_party()
    case.tell()
    case.do("compliance", "Task_HandleNews", AGAIN)
    case.declare()
    assert (case.paused(), case.to_client()) == (True, [])
    case.judge("DIFFERENT")
    assert (case.state(), case.incidents(), case.paused()) == ("completed", [], False)
    assert case.to_client() == [NEWS]


@pytest.mark.parametrize(("measure", "sent"), [("CONTINUE", [NEWS]), ("WITHDRAW", [])])
def test_the_directors_measures_end_the_pause_and_a_withdrawal_drops_what_waited(case, measure, sent):
    case.add_party()
    case.tell()
    case.do("compliance", "Task_HandleNews", AGAIN)
    case.declare()
    case.judge("SAME", "WAIVABLE")
    case.vote("WAIVABLE")
    assert (case.open_tasks(), case.paused()) == ({"Task_Order"}, True)
    case.do("director", "Task_Order", {"measure": measure, "measures": "三日内落实隔离并书面告知各方。"})
    assert (case.paused(), case.held(), case.to_client()) == (False, [], sent)
    told = "已恢复向客户发送" if sent else "暂缓的邮件不再发出"
    assert any(told in subject for subject in case.to("lawyer1@demo.invalid"))


def test_a_party_that_brings_nothing_new_pauses_nothing(case):
    case.add_party("某某某无名氏")
    case.tell()
    assert (case.paused(), case.to_client()) == (False, [NEWS])
