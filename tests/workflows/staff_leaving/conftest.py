"""The firm with the diagrams of leaving and absence, a lawyer with matters, and the steps up to the signatures."""

from __future__ import annotations

from typing import Any

import pytest

from engine import SYSTEM, RunOperation, queries
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import departure_items, departure_matters, departures, mails, matters, people

LEAVING = ("staff_leaving", "staff_clearance", "departing_matter", "staff_absence")
CHANGES = ("change_request", "matter_change", "contract_amendment", "lawyer_substitution", "subdelegation", "engagement_ending")
SIGN = {"confirmed": True, "note": "已核对"}
DESKS = {"archivist": "Task_Archive", "finance": "Task_Finance", "compliance": "Task_Compliance", "admin": "Task_Admin"}
CHOICE = {"signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"}}
LAPTOP = {"kind": "device", "what": "笔记本电脑 SN-01"}


class LeavingCase(Case):
    """A lawyer with matters who leaves."""

    departure_id = ""

    def open_matter(self, *, backup: str = "", **terms: Any) -> str:
        """An active matter of lawyer1 with a lead of its own."""
        self.register()
        matter_id = str(open_case(self, sign_contract(self, **terms))["matter_id"])
        if backup:
            team = {self.cast["lawyer1"].id: "lead", self.cast[backup].id: "backup"}
            self.run(lambda context: matters.set_team(context, matter_id, team))
        return matter_id

    def give_notice(self, login: str = "lawyer1", *, by: str = "", **said: Any) -> None:
        given = {
            "person_id": self.cast[login].id, "last_day": "2026-12-31", "destination": "示例律师事务所", "reason": "个人发展",
            "private_email": "li@example.invalid", "promised": True, **said,
        }  # fmt: skip
        made = self.firm.run(RunOperation("departures.begin", given), self.cast[by or login])
        self.departure_id = made["departure_id"]
        self.settle()
        self.instance_id = self.find_instance("staff_leaving")

    def report(self, kind: str = "absence", by: str = "partner1", **said: Any) -> None:
        given = {
            "person_id": self.cast["lawyer1"].id, "kind": kind, "since": "2026-11-24", "back_on": "2027-01-04",
            "deputy_id": self.cast["partner2"].id, "reason": "住院", **said,
        }  # fmt: skip
        made = self.firm.run(RunOperation("absences.begin", given), self.cast[by])
        self.departure_id = made["departure_id"]
        self.settle()
        self.instance_id = self.find_instance("staff_absence")

    def find_instance(self, key: str) -> str:
        """The newest running instance of a process."""
        with self.firm.reading() as session:
            return str(max(row.id for row in queries.list_instances(session, process_key=key, state="running")))

    def plan(self, successor: str = "lawyer2") -> None:
        rows = self.first_values("Task_Plan", "partner1")["rows"]
        given = [{**row, "successor": self.cast[successor].id} for row in rows]
        self.do("partner1", "Task_Plan", {"rows": given, "deputy": self.cast["partner2"].id})

    def until_clearing(self, successor: str = "lawyer2", **inventory: Any) -> None:
        self.do("lawyer1", "Task_Inventory", {"things": [], "note": "", **inventory})
        self.plan(successor)

    def at_matter(self, matter_id: str) -> None:
        """Go on with the process of one matter's choice."""
        self.instance_id = self.matter_instances()[matter_id]

    def matter_instances(self) -> dict[str, str]:
        """The running choices by matter."""
        with self.firm.reading() as session:
            found = {}
            for row in queries.list_instances(session, process_key="departing_matter", state="running"):
                task = queries.list_open_tasks(session, row.id)[0]
                found[queries.get_task(session, task.id, SYSTEM).data["matter_id"]] = row.id
        return found

    def sign(self, *desks: str, **more: Any) -> None:
        self.instance_id = self.find_instance("staff_leaving")
        for desk in desks or tuple(DESKS):
            self.do(desk, DESKS[desk], {**SIGN, **(more if desk == "admin" else {})})

    def hand_on(self, *matter_ids: str) -> None:
        """Another lawyer leads these matters."""
        new = self.cast["lawyer2"].id
        for matter_id in matter_ids:
            self.run(lambda context, matter_id=matter_id: matters.set_team(context, matter_id, {new: "lead"}))

    def departure(self) -> departures.Departure:
        with self.firm.reading() as session:
            return departures.get_departure(session, self.departure_id)

    def items(self, desk: str = "") -> list[departure_items.Item]:
        with self.firm.reading() as session:
            return departure_items.list_items(session, departures.get_departure(session, self.departure_id), desk=desk)

    def chosen(self) -> dict[str, departure_matters.DepartureMatter]:
        with self.firm.reading() as session:
            return {each.matter_id: each for each in departure_matters.list_matters(session, self.departure_id)}

    def matter(self, matter_id: str) -> matters.Matter:
        with self.firm.reading() as session:
            return matters.get_matter(session, matter_id)

    def is_active(self, login: str = "lawyer1") -> bool:
        with self.firm.reading() as session:
            person = people.find_person(session, self.cast[login].id)
            return person is not None and person.is_active

    def subjects_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]

    def is_told(self, login: str, ending: str) -> bool:
        """Whether somebody of the firm got a mail whose subject ends so."""
        return any(subject.endswith(ending) for subject in self.subjects_to(f"{login}@demo.invalid"))


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *LEAVING, *CHANGES, "client_extinct")
    made = LeavingCase(engine)
    yield made
    engine.database.dispose()
