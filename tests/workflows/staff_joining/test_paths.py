"""Joining through every path: the declaration by link, the batch search, the measures, the director, the account and the walls."""

from __future__ import annotations

import pytest

from engine import RunOperation, queries
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import conflict_index, interests, joinings, links, mails, matters, people, walls

DECLARED = {
    "identifier": "440308199001010017", "prior_firm": "示例甲律师事务所", "period": "2018—2026", "promised": True,
    "signature": "沈一诺", "relatives": [{"name": "沈建国", "relation": "父亲"}], "posts": [], "investments": [], "advisers": [],
    "former_matters": [],
}  # fmt: skip
ACCOUNT = {"login": "shen", "email": "shen@demo.invalid", "title": "承办律师", "roles": ["lawyer"]}


class JoiningCase(Case):
    joining_id = ""

    def invite(self, by: str = "compliance") -> None:
        given = {"name": "沈一诺", "email": "shen@example.invalid", "post": "承办律师"}
        self.joining_id = self.firm.run(RunOperation("joinings.begin", given), self.cast[by])["joining_id"]
        self.settle()
        with self.firm.reading() as session:
            (self.instance_id,) = [row.id for row in queries.list_instances(session, process_key="staff_joining")]
        self.case_id, self.lead_id = self.lead_id, self.joining_id  # the link is one of the candidate's file

    def former(self, name: str, role: str) -> dict[str, object]:
        return {"former_matters": [{"name": name, "party_kind": "organisation", "role": role, "detail": "合同纠纷", "until": None}]}

    def declare(self, **more: object) -> None:
        self.do("client", "Task_Declare", {**DECLARED, **more})

    def judge(self, **change: str) -> None:
        rows = [{**row, **change} for row in self.first_values("Task_Judge", "compliance")["rows"]]
        self.do("compliance", "Task_Judge", {"rows": rows, "opinion": "已核对。"})

    def joining(self) -> joinings.Joining:
        with self.firm.reading() as session:
            return joinings.get_joining(session, self.joining_id)

    def subjects_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "staff_joining")
    made = JoiningCase(engine)
    made.register()  # a running matter: 张三 against 示例贸易有限公司
    made.matter_id = open_case(made, sign_contract(made))["matter_id"]
    yield made
    engine.database.dispose()


@pytest.mark.requirement("R5")
@pytest.mark.parametrize(
    ("said", "declared", "role", "measure"),
    [
        ({"former_matters": [{"name": "示例贸易有限公司", "party_kind": "organisation", "role": "client"}]}, "former_client", "opposing", "NOTICE"),
        ({"former_matters": [{"name": "张三", "party_kind": "person", "role": "opposing"}]}, "former_opposing", "client", "NOTICE"),
        ({"investments": [{"name": "示例贸易有限公司", "detail": "3%"}]}, "investment", "opposing", "NOTICE"),
        ({"posts": [{"name": "示例贸易有限公司", "detail": "监事"}]}, "post", "opposing", "NOTICE"),
        ({"advisers": [{"name": "示例贸易有限公司", "detail": "顾问"}]}, "adviser", "opposing", "NOTICE"),
        ({"relatives": [{"name": "张三", "relation": "表兄"}]}, "relative", "client", "WALL"),
        ({"former_matters": [{"name": "张三", "party_kind": "person", "role": "client"}]}, "former_client", "client", "NONE"),
    ],
)
def test_every_declared_name_is_searched_against_every_case(case, said, declared, role, measure):
    case.invite()
    case.declare(**said)
    found = [hit for hit in case.joining().hits if hit["lead_id"] == case.case_id]
    assert [(hit["declared"], hit["role"], hit["status"], hit["proposed"]) for hit in found] == [(declared, role, "running", measure)]


@pytest.mark.requirement("R5")
def test_who_joins_is_registered_indexed_and_kept_from_the_case_and_its_client_told(case):
    case.invite()
    case.declare(**case.former("示例贸易有限公司", "client"))
    case.judge()
    case.do("director", "Task_Decide", {"decision": "APPROVED"})
    case.do("admin", "Task_Account", {**case.first_values("Task_Account", "admin"), **ACCOUNT})
    assert (case.joining().state, case.state(), case.incidents()) == (joinings.JOINED, "completed", [])
    person_id = case.joining().person_id
    with case.firm.reading() as session:
        person = people.find_person(session, person_id)
        assert (person.login, person.roles, person.relatives[0]["name"]) == ("shen", ["lawyer"], "沈建国")
        assert [each.name for each in interests.list_interests(session, person_id)] == ["示例贸易有限公司"]
        assert person_id in walls.find_kept_away(session, case.case_id)
        assert not matters.may_see(session, matters.get_matter(session, case.matter_id), people.person_actor(person))
        query = conflict_index.Query("q", "person", {"沈建国": "name"})
        assert {hit.subject_kind for hit in conflict_index.search(session, [query])} == {"relative"}
    assert "关于设立信息隔离的告知" in case.subjects_to("zhang@example.invalid")


def test_without_hits_nobody_is_kept_from_anything(case):
    case.invite()
    case.declare()
    assert case.joining().hits == []
    case.judge()
    case.do("director", "Task_Decide", {"decision": "APPROVED"})
    with pytest.raises(FormInvalid):
        case.do("admin", "Task_Account", {**ACCOUNT, "login": "lawyer1"})  # in use
    case.do("admin", "Task_Account", ACCOUNT)
    assert case.state() == "completed"


def test_a_lighter_measure_needs_a_reason_and_the_director_returns_or_refuses(case):
    case.invite()
    case.declare(**case.former("示例贸易有限公司", "client"))
    with pytest.raises(FormInvalid):
        case.judge(measure="NONE")
    case.judge(measure="NONE", reason="同名不同主体，信用代码不同。")
    case.do("director", "Task_Decide", {"decision": "RETURNED", "note": "请附信用代码。"})
    shown = case.first_values("Task_Judge", "compliance")
    assert (shown["returned"], shown["rows"][0]["measure"]) == ("请附信用代码。", "NONE")
    case.judge(measure="REFUSE")
    with pytest.raises(StateRefused):
        case.do("director", "Task_Decide", {"decision": "APPROVED"})
    case.do("director", "Task_Decide", {"decision": "REFUSED", "note": "冲突无法排除。"})
    assert (case.joining().state, case.state()) == (joinings.REFUSED, "completed")
    assert case.subjects_to("shen@example.invalid")[-1] == "关于您加入本所的答复"


def test_who_does_not_declare_is_reminded_and_then_lapses(case):
    case.invite()
    case.move(days=6)
    assert case.subjects_to("shen@example.invalid").count("请申报利益冲突事项") == 2
    case.move(days=9)
    assert (case.joining().state, case.state()) == (joinings.LAPSED, "completed")
    assert case.subjects_to("compliance@demo.invalid")[-1].startswith("候选人未申报")


def test_a_late_examination_goes_to_the_director(case):
    case.invite()
    case.declare()
    case.move(days=5)
    assert case.subjects_to("director@demo.invalid")[-1].startswith("入职审查逾期")


def test_round_the_tasks_the_record_refuses(case):
    with pytest.raises(NotAllowed):
        case.invite(by="lawyer1")
    case.invite()
    with case.firm.reading() as session:
        assert len(links.list_links(session, case.joining_id)) == 1
    joining_id = case.joining_id
    with pytest.raises(FormInvalid):
        case.declare(promised=False)
    case.declare()

    def decide(context):
        joinings.decide(context, joining_id, decision="APPROVED", note="")

    def admit(context):
        joinings.admit(context, joining_id, login="shen", roles=["lawyer"], title="", email="")

    with pytest.raises(StateRefused):
        case.run(decide, "director")  # before compliance judged
    case.judge()
    with pytest.raises(FourEyes):
        case.run(decide, "compliance")
    with pytest.raises(StateRefused):
        case.run(admit, "admin")  # before the director approved
