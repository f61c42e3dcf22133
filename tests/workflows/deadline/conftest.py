"""The firm with the diagrams of deadlines and holidays, a running matter, and several instances of one case."""

from __future__ import annotations

from typing import Any

import pytest

import engine.queries as queries
from engine import Actor, CompleteTask, RunOperation, StartInstance, calendar
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import deadlines, documents, holidays

DIAGRAMS = (
    "deadline", "deadline_trigger", "deadline_watch", "deadline_warning", "deadline_missed", "limitation_event",
    "holiday_table",
)  # fmt: skip


class DeadlineCase(Case):
    """A case whose tasks may stand in any of its instances."""

    def begin(self, **data: Any) -> None:
        """Begin a deadline by hand, as lawyer1 on the case's page."""
        common = {"lead_id": self.lead_id, "matter_id": self.matter_id, "lawyer_id": self.id("lawyer1"), "starter_id": self.id("lawyer1")}
        self.firm.run(StartInstance("deadline", {**common, "title": "张三案", **data}), self.cast["lawyer1"])
        self.settle()

    def id(self, login: str) -> str:
        return str(self.cast[login].id)

    def waiting(self) -> dict[str, queries.InboxRow]:
        """Every open task of the firm by its element; one of each."""
        with self.firm.reading() as session:
            rows = [queries.list_open_tasks(session, row.id) for row in queries.list_instances(session, state="running", limit=200)]
        return {task.element_id: task for tasks in rows for task in tasks}

    def act(self, login: str | Actor, element_id: str, values: dict[str, Any]) -> None:
        """Complete a task wherever it stands."""
        open_now = self.waiting()
        assert element_id in open_now, f"{element_id} is not open, but {sorted(open_now)}"
        actor = self.cast[login] if isinstance(login, str) else login
        self.firm.run(CompleteTask(open_now[element_id].id, values), actor)
        self.settle()

    def file(self, title: str = "送达回证") -> str:
        """A document of the case."""
        given = {"lead_id": self.lead_id, "kind": "upload", "title": title, "media_type": documents.TEXT, "content": title.encode()}
        return str(self.run(lambda context: documents.add_document(context, **given).id))

    def entry(self, **more: Any) -> dict[str, Any]:
        """The entry form of a civil judgment served on 2026-11-24."""
        return {
            "decision": "enter", "kind": "appeal_civil_judgment", "trigger_event": "收到一审判决书", "trigger_on": "2026-11-24",
            "served_how": "direct", "documents": [self.file()], "responsible": self.id("lawyer1"), "backup": self.id("lawyer2"),
            **more,
        }  # fmt: skip

    def start_deadline(self, **more: Any) -> None:
        """Begin, enter and agree: the deadline runs."""
        self.begin()
        self.act("lawyer1", "Task_Enter", self.entry(**more))
        self.act("lawyer2", "Task_Review", {"verdict": "agree"})

    def deadline(self) -> deadlines.Deadline:
        """The newest deadline of the case."""
        with self.firm.reading() as session:
            return max(deadlines.list_deadlines(session, self.lead_id), key=lambda each: each.id)

    def proof(self, **more: Any) -> dict[str, Any]:
        """The form of completion."""
        day = self.firm.clock.now().date().isoformat()
        return {"action": "filed", "acted_on": day, "documents": [self.file("邮寄回执")], "reference": "EMS123", **more}

    def apply_table(self, csv: bytes, login: str = "admin") -> None:
        """Propose a holiday table and have the director approve it."""
        self.firm.run(RunOperation("holidays.propose", {"content": csv, "notice": "国办发明电〔2026〕1号"}), self.cast[login])
        self.settle()
        self.act("director", "Task_Decide", {"verdict": "approve"})

    def tables(self) -> list[holidays.HolidayTable]:
        with self.firm.reading() as session:
            return holidays.list_tables(session)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    case = DeadlineCase(engine)
    case.register()
    case.matter_id = open_case(case, sign_contract(case))["matter_id"]
    yield case
    engine.database.dispose()
    calendar.install({})
