"""The firm with the complaint diagrams, and a running matter of lawyer1 that somebody complains about."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

import engine.queries as queries
from engine import Actor, CompleteTask, ReceiveMessage, RunOperation
from engine.tables import Message
from tests.workflows.client_case import ClientCase
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import complaint_links, complaints, documents, mails

DIAGRAMS = ("complaint", "complaint_investigation", "complaint_reply", "complaint_watch", "corrective_action")
FACTS = "两个月没有收到任何进展，电话无人接听。"
SCREENING: dict[str, Any] = {"decision": "accept", "severity": "general"}
STATEMENT: dict[str, Any] = {"statement": "该期间案件排期未定，确实疏于通报。", "accepts": "part"}
FINDINGS: dict[str, Any] = {"findings": "两个月内无通报，违反约定的通报频率。", "liability": "part", "interviews": []}
PROPOSAL: dict[str, Any] = {
    "explanation": "经查，两个月内没有通报。",
    "remedies": ["apology"],
    "apology_text": "深表歉意。",
    "reply_text": "今后每十五日通报一次。",
}
CLOSING: dict[str, Any] = {"result": "已答复并致歉", "root_cause": "通报提醒被忽略", "corrective": "no"}
CALL: dict[str, Any] = {"channel": "phone", "content": "yes"}


class ComplaintCase(ClientCase):
    """A complaint about a running matter; ``complaint_id`` is the newest one."""

    def open_matter(self) -> None:
        self.register(state="CONVERTED")
        self.matter_id = open_case(self, sign_contract(self))["matter_id"]

    def complain(self, login: str = "desk", **payload: Any) -> complaints.Complaint:
        """Let a complaint arrive as a message, as a page or another process sends it."""
        given = {"source": "phone", "facts": FACTS, "lead_id": self.lead_id, "kinds": ["information"], **payload}
        actor = self.cast[login]
        (self.instance_id,) = self.firm.run(ReceiveMessage("complaint.received", given["lead_id"] or "firm", given), actor)
        self.settle()
        with self.firm.reading() as session:
            self.complaint_id = complaints.list_complaints(session)[0].id
        return self.complaint()

    def complaint(self) -> complaints.Complaint:
        with self.firm.reading() as session:
            return complaints.get_complaint(session, self.complaint_id)

    def person(self, login: str) -> Actor:
        return self.cast[login]

    def state_of(self) -> str:
        return self.complaint().state

    def papers(self) -> list[documents.Document]:
        """The PDFs in the complaint's own file, oldest first."""
        with self.firm.reading() as session:
            found = documents.list_documents(session, self.complaint_id)
        return [each for each in found if each.media_type == documents.PDF]

    def mails_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to == address]

    def accept(self, handler: str = "compliance", **more: Any) -> None:
        self.do(handler, "Task_Screen", {**SCREENING, **more})

    def investigate(self, **proposal: Any) -> None:
        """From acceptance to the proposal: the statement, the investigator, the findings."""
        self.do("lawyer1", "Task_Statement", STATEMENT)
        self.do("director", "Task_Appoint", {"investigator": self.cast["partner1"].id})
        self.do("partner1", "Task_Investigate", FINDINGS)
        self.do("compliance", "Task_Propose", {**PROPOSAL, **proposal})

    def follow(self) -> str:
        """A link to follow the complaint, as the mails carry it; returns its token."""
        url = self.run(lambda context: complaint_links.issue_follow(context, self.complaint_id))
        return str(url).rpartition("/")[2]

    def answer(self, decision: str, note: str = "") -> None:
        """The complainant answers by the link."""
        token = self.follow()
        with self.firm.reading() as session:
            link = complaint_links.find_link(session, token)
        given = {"link_token": token, "complaint_id": self.complaint_id, "decision": decision, "note": note}
        self.firm.run(RunOperation("complaints.answer_by_link", given), link.actor)
        self.settle()

    def sent_messages(self, name: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The messages of a name that were owed: name, correlation, payload."""
        with self.firm.reading() as session:
            rows = session.scalars(select(Message).where(Message.name == name).order_by(Message.id))
            return [(row.name, row.correlation, dict(row.payload)) for row in rows]

    def assignee(self, element_id: str) -> str:
        with self.firm.reading() as session:
            task = queries.get_task(session, self.task_id(element_id), self.cast["admin"])
        return next(login for login, actor in self.cast.items() if actor.id == task.row.assignee)

    def complete_as(self, login: str, element_id: str, values: dict[str, Any]) -> None:
        self.firm.run(CompleteTask(self.task_id(element_id), values), self.cast[login])


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *DIAGRAMS)
    made = ComplaintCase(engine)
    made.open_matter()
    yield made
    engine.database.dispose()
