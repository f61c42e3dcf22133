"""The firm with the diagram of corrective actions, and one that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from engine import SYSTEM, CompleteTask, ReceiveMessage, queries
from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm
from workflows.records import corrections, mails

ANALYSIS: dict[str, Any] = {
    "problem": "两个月没有通报",
    "severity": "medium",
    "whys": [{"why": "为什么没有通报", "because": "没有看到提醒"}, {"why": "为什么没有看到", "because": "提醒只发邮件"}],
    "root_cause": "提醒只发邮件，出差时无人代看",
    "systemic": "yes",
}


class CorrectionCase(Case):
    def ask(self, **payload: Any) -> None:
        given = {"source": "complaint", "source_no": "TS-2026-0001", "problem": "两个月没有通报", "severity": "high", **payload}
        (self.instance_id,) = self.firm.run(ReceiveMessage("correction.requested", "firm", given), SYSTEM)
        self.settle()
        with self.firm.reading() as session:
            self.correction_id = corrections.list_corrections(session)[0].id

    def correction(self) -> corrections.Correction:
        with self.firm.reading() as session:
            return corrections.get_correction(session, self.correction_id)

    def actions(self, *owners: str) -> dict[str, Any]:
        row = {"what": "提醒同时发到待办", "kind": "process", "due_on": "2026-12-31", "measure": "三个月内无逾期通报"}
        return {"actions": [{**row, "owner": self.cast[login].id} for login in owners]}

    def until_approved(self, *owners: str) -> None:
        self.do("compliance", "Task_Analyse", ANALYSIS)
        self.do("compliance", "Task_Plan", self.actions(*owners))
        self.do("director", "Task_Approve", {"approval": "APPROVED"})

    def finish(self, login: str, **values: Any) -> None:
        """Somebody's own copy of the repeated task."""
        with self.firm.reading() as session:
            mine = [task for task in queries.list_open_tasks(session, self.instance_id) if task.assignee == self.cast[login].id]
        self.firm.run(CompleteTask(mine[0].id, values), self.cast[login])
        self.settle()

    def mails_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "corrective_action")
    made = CorrectionCase(engine)
    made.ask()
    yield made
    engine.database.dispose()
