"""A case at the firm, driven through engine commands: people do their tasks, the clock moves, the sweep runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

import engine.queries as queries
from engine import SYSTEM, Actor, CompleteTask, Context, Engine, StartInstance, sweep
from engine.process import LiveInstance
from workflows.records import contracts, leads, links, people

CLIENT = {
    "kind": "person",
    "name": "张三",
    "id_number": "11010519491231002X",
    "address": "示范市示范区一号",
    "service_address": "示范市示范区一号",
}
OUTLINE = {
    "matter_type": "civil",
    "cause": "买卖合同纠纷",
    "summary": "对方收货后一年未付货款三百万元，多次催要无果。",
    "amount": "3000000",
    "opposing_parties": [{"name": "示例贸易有限公司", "kind": "organisation"}],
}
TERMS: dict[str, Any] = {
    "matter_description": "张三与示例贸易有限公司买卖合同纠纷一案的一审诉讼代理",
    "scope_in": "起草诉讼文书、收集证据、出庭、代收法律文书",
    "stages": ["first"],
    "lawyers": [{"name": "李明轩", "licence_no": "13101202010123456", "part": "lead"}],
    "authority": "general",
    "powers": ["sign_documents"],
    "term_start": "2026-11-24",
    "term_kind": "until_stage_end",
    "fee_mode": "fixed",
    "fee_amount": "60000",
    "hours_budget": "60",
    "schedule": [{"milestone": "签约", "amount": "60000", "due_rule": "on_signing", "due_days": "3"}],
    "costs": "诉讼费由委托人承担",
    "client_duties": "如实陈述",
    "firm_duties": "勤勉尽责",
    "breach": "依法赔偿",
    "termination": "书面通知解除",
    "refund_formula": "未开始的阶段全额退还",
    "dispute_mode": "litigation",
    "dispute_body": "示范市人民法院",
    "client_address": "示范市示范区一号",
    "client_email": "zhang@example.invalid",
    "firm_address": "示范市中心区法治路1号",
    "complaint_channel": "投诉专员",
    "archive": "结案后返还原件",
    "personal_information": "依法处理",
}
RISK: dict[str, Any] = {
    **TERMS,
    "fee_mode": "risk",
    "fee_category": "none",
    "dispute_amount": "3000000",
    "base_amount": "30000",
    "risk_basis": "percent",
    "risk_percent": "15",
    "risk_terms": "未回款则不收风险部分",
    "schedule": [
        {"milestone": "签约", "amount": "30000", "due_rule": "on_signing", "due_days": "0"},
        {"milestone": "回款", "amount": "450000", "due_rule": "on_result", "due_days": "0"},
    ],
}
SIGNATURE = {
    "client_decision": "SIGNED",
    "read_confirmed": True,
    "signer_name": "张三",
    "signature": "张三",
    "_proof": {"address": "192.0.2.7"},
}


@dataclass(frozen=True)
class Do:
    """A test's own command: whatever it does with a context."""

    action: Callable[[Context], Any]

    def execute(self, context: Context) -> Any:
        return self.action(context)


class Case:
    """One instance of one process, and everybody who works on it."""

    def __init__(self, firm: Engine) -> None:
        self.firm = firm
        with firm.reading() as session:
            self.cast = {person.login: people.person_actor(person) for person in people.list_people(session)}
        self.lead_id = ""
        self.instance_id = ""

    def register(self, **outline: Any) -> str:
        """A lead with its client and outline, past acceptance."""

        def write(context: Context) -> str:
            lead = leads.register_lead(context, {"email": "zhang@example.invalid", "preferred_channel": "email"})
            leads.write_client(context, lead.id, CLIENT)
            leads.write_outline(context, lead.id, {**OUTLINE, **outline})
            lead.lawyer_id = self.cast["lawyer1"].id
            return lead.id

        self.lead_id = self.firm.run(Do(write), SYSTEM)
        return self.lead_id

    def forget_email(self) -> None:
        """Nobody knows an e-mail address of the client any more."""

        def forget(context: Context) -> None:
            lead = leads.get_lead(context.session, self.lead_id)
            lead.reception = {**lead.reception, "email": ""}
            for row in context.session.scalars(
                select(contracts.ContractRow).where(contracts.ContractRow.lead_id == self.lead_id)
            ):
                row.terms = {**row.terms, "client_email": ""}

        self.run(forget)

    def start(self, process_key: str, **data: Any) -> None:
        """Start a process with what the lifecycle would hand to it."""
        common = {
            "lead_id": self.lead_id,
            "lawyer_id": self.cast["lawyer1"].id,
            "client_name": CLIENT["name"],
            "matter_type": OUTLINE["matter_type"],
            "title": "张三 · 买卖合同纠纷",
        }
        self.instance_id = self.firm.run(StartInstance(process_key, {**common, **data}), SYSTEM)
        self.settle()

    def run(self, action: Callable[[Context], Any], login: str = "") -> Any:
        """Do something with the records as somebody, or as the system."""
        return self.firm.run(Do(action), self.cast[login] if login else SYSTEM)

    def do(self, login: str, element_id: str, values: dict[str, Any]) -> None:
        """Complete the open task of an element as a person, or with the client's link."""
        actor = self.actor(login, element_id)
        self.firm.run(CompleteTask(self.own_task(element_id, actor) or self.task_id(element_id), values), actor)
        self.settle()

    def own_task(self, element_id: str, actor: Actor) -> str | None:
        """Of several open tasks of an element the one that waits for somebody by name."""
        with self.firm.reading() as session:
            tasks = queries.list_open_tasks(session, self.instance_id)
        return next((task.id for task in tasks if task.element_id == element_id and task.assignee == actor.id), None)

    def actor(self, login: str, element_id: str = "") -> Actor:
        if login != "client":
            return self.cast[login]
        with self.firm.reading() as session:
            found = [link for link in links.list_links(session, self.lead_id) if link.element_id == element_id]
        return links.link_actor(max(found, key=lambda link: link.id))

    def task_id(self, element_id: str) -> str:
        with self.firm.reading() as session:
            task_id = queries.find_open_task(session, self.instance_id, element_id)
        assert task_id is not None, f"{element_id} is not open, but {self.open_tasks()}"
        return task_id

    def set_data(self, element_id: str, **variables: Any) -> None:
        """Change process variables where a task waits, as an administrator could after an incident."""

        def write(context: Context) -> None:
            live = LiveInstance.load(context, self.instance_id)
            live.run.get(self.task_id(element_id)).data.update(variables)
            live.store()

        self.firm.run(Do(write), SYSTEM)

    def open_tasks(self) -> set[str]:
        """The element ids of the open tasks."""
        with self.firm.reading() as session:
            return {task.element_id for task in queries.list_open_tasks(session, self.instance_id)}

    def first_values(self, element_id: str, login: str) -> dict[str, Any]:
        """What the task's form shows before anybody typed."""
        actor = self.actor(login, element_id)
        return self.firm.prefill(self.own_task(element_id, actor) or self.task_id(element_id), actor)

    def vote(self, decision: str, *, reason: str = "已核对申报与案卷。", conditions: str = "") -> None:
        """The panel of a conflict votes alike, one after the other until there is a majority."""
        while waiting := self.panel():
            actor = next(each for each in self.cast.values() if each.id == waiting[0].assignee)
            heaviest = self.firm.prefill(waiting[0].id, actor)["heaviest"]
            field = "decision_absolute" if heaviest == "ABSOLUTE" else "decision"
            given = {"heaviest": heaviest, field: decision, "decision_reason": reason, "conditions": conditions}
            self.firm.run(CompleteTask(waiting[0].id, given), actor)
            self.settle()

    def panel(self) -> list[Any]:
        """The open tasks of a panel."""
        with self.firm.reading() as session:
            return [task for task in queries.list_open_tasks(session, self.instance_id) if task.element_id == "Task_Decide"]

    def move(self, **span: float) -> None:
        """Let time pass, then let the firm do what is due."""
        self.move_to(self.firm.clock.now() + timedelta(**span))

    def move_to(self, moment: datetime) -> None:
        self.firm.clock.move_to(moment)  # type: ignore[attr-defined]  # tests run on a FrozenClock
        self.settle()

    def settle(self) -> None:
        """Sweep until nothing moves any more."""
        for _ in range(30):
            if not sweep(self.firm):
                return
        raise AssertionError("the firm does not come to rest")

    def data(self) -> dict[str, Any]:
        """The process variables at the only place where the instance waits."""

        def read(context: Context) -> dict[str, Any]:
            run = LiveInstance.load(context, self.instance_id).run
            return dict(run.open_tasks()[0].data)

        return dict(self.firm.run(Do(read), SYSTEM))

    def state(self) -> str:
        with self.firm.reading() as session:
            return queries.get_instance(session, self.instance_id).state

    def steps(self) -> list[str]:
        """Every element that was completed, in order."""
        with self.firm.reading() as session:
            return [row.element_id for row in reversed(queries.get_instance(session, self.instance_id).history)]

    def incidents(self) -> list[str]:
        with self.firm.reading() as session:
            return [f"{row.element_id}: {row.message}" for row in queries.list_incidents(session)]

    def mails(self) -> list[dict[str, Any]]:
        """The mails that were owed, oldest first."""
        with self.firm.reading() as session:
            rows = [row for row in queries.list_effects(session, limit=500) if row.effect == "mail.send"]
        return [dict(row.payload) for row in sorted(rows, key=lambda row: row.id)]
