"""A firm with a volume in its store room, and everybody who borrows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import CompleteTask, Context, RunOperation
from engine.clock import FIRM_ZONE
from engine.store import TASKS
from tests.workflows.casework import Case
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import (
    documents,
    loan_applications,
    loan_steps,
    mails,
    matters,
    volume_checks,
    volume_contents,
    volume_loans,
    volumes,
    walls,
)
from workflows.records.documents import PDF
from workflows.records.volume_loans import Loan
from workflows.records.volumes import Volume

PROCESSES = ("loan_request", "loan_overdue", "corrective_action")
OUT: dict[str, Any] = {"page_count": 5, "condition": "good", "told": ["no_marks"], "signature": "陈静"}
BACK: dict[str, Any] = {"result": "back", "page_count": 5, "damage": "none", "additions": "no", "signature": "陈静"}
YES: dict[str, Any] = {"decision": "APPROVED", "conditions": [], "note": ""}
COURT: dict[str, Any] = {
    "kind": "court",
    "borrower_name": "吴法官",
    "organisation": "示范市人民法院",
    "contact": "court@example.invalid",
    "purpose": "evidence",
    "mode": "original",
}


class LoanCase(Case):
    """A closed case whose volume stands in the store room; ``loan_id`` is the loan that is looked at."""

    def collect(self, *, level: str) -> None:
        """Open a matter of some level of secrecy, whose volume holds a judgment and is not filed yet."""
        self.register()
        self.volume_id = open_case(self, sign_contract(self))["volume_id"]

        def put(context: Context) -> None:
            self.document_id = self._put(context, "judgment", "民事判决书", 2)
            context.session.get(volumes.VolumeRow, self.volume_id).level = level

        self.run(put, "lawyer1")

    def store(self, *, level: str = volumes.INTERNAL, pages: int = 5) -> None:
        """Open a matter, close it, and file its volume of two documents."""
        self.register()
        self.matter = open_case(self, sign_contract(self))
        self.volume_id = self.matter["volume_id"]

        def file(context: Context) -> None:
            self.document_id = self._put(context, "judgment", "民事判决书", pages - 1)
            self._put(context, "closing_summary", "办案小结", 1)
            volumes.plan_filing(context, self.volume_id, closed_at=context.now, close_reason="judgment")
            volume_contents.arrange(context, self.volume_id)
            volumes.submit(context, self.volume_id)
            volumes.start_check(context, self.volume_id)
            row = context.session.get(volumes.VolumeRow, self.volume_id)
            row.level, row.retention_code, row.retention_years = level, "C", 20
            volume_checks.record_check(context, self.volume_id, accepted=True, points=[], defects=[], opinion="")
            volumes.accept(context, self.volume_id)
            volumes.mark_packed(context, self.volume_id, sha256="0" * 64, size=1)
            volumes.store(context, self.volume_id, "库房一 架2 盒3")
            matters.start_closing(context, self.matter["matter_id"])
            matters.close_matter(context, self.matter["matter_id"])

        self.run(file, "lawyer1")
        self.settle()

    def _put(self, context: Context, slot: str, title: str, pages: int) -> str:
        made = documents.add_document(
            context, lead_id=self.lead_id, kind=slot, title=title, media_type=PDF, content=make_pdf(pages, title), slot=slot
        )
        return made.id

    def apply(self, login: str, **form: Any) -> Loan:
        """Apply for the volume as somebody; the loan that came of it."""
        today = self.firm.clock.now().astimezone(FIRM_ZONE).date()
        days = {"from_on": today.isoformat(), "until_on": (today + timedelta(days=60)).isoformat()}
        own = {"kind": "self", "purpose": "case", "purpose_note": "办理关联案件", "mode": "original", "pages": ""}
        volume_ids = form.pop("volume_ids", [self.volume_id])
        given = {"volume_ids": volume_ids, "form": {**own, **days, **form}}
        made = self.firm.run(RunOperation("loans.apply", given), self.cast[login])
        self.settle()
        self.loan_id = made["loan_ids"][0]
        return self.loan()

    def read_on_screen(self) -> str:
        """The lead lawyer's electronic reading, open without any diagram; the loan's id."""
        day = self.firm.clock.now().astimezone(FIRM_ZONE).date()
        form = {"kind": "self", "purpose": "case", "mode": "electronic", "from_on": day, "until_on": day}

        def open_it(context: Context) -> str:
            (loan,) = loan_applications.apply(context, [self.volume_id], form)
            loan_steps.grant(context, loan.id)
            return loan_steps.open_reading(context, loan.id, context.now + timedelta(days=7)).id

        return str(self.run(open_it, "lawyer1"))

    def show(self, login: str, name: str = "介绍信") -> str:
        """A paper that somebody from outside shows, taken in by the desk."""

        def take(context: Context) -> str:
            made = documents.add_document(
                context, lead_id="", kind="upload", title=name, media_type=PDF, content=make_pdf(1, name)
            )
            return made.id

        return str(self.run(take, login))

    def court(self, login: str = "desk", **form: Any) -> Loan:
        """A court asks for the volume with its letter and two judges."""
        officers = [{"name": "吴法官", "id_no": "示法001"}, {"name": "郑书记员", "id_no": "示法002"}]
        given = {"letter": [self.show(login)], "officers": officers, **form.pop("given", {})}
        return self.apply(login, **{**COURT, "given": given, **form})

    def client(self, login: str = "desk", **form: Any) -> Loan:
        """The client asks for copies, with their identity card."""
        who = {"kind": "client", "borrower_name": "张三", "contact": "zhang@example.invalid", "purpose": "client", "mode": "copy"}
        given = {"identity": [self.show(login, "身份证")], **form.pop("given", {})}
        return self.apply(login, **{**who, "given": given, **form})

    def loan(self, loan_id: str = "") -> Loan:
        with self.firm.reading() as session:
            return volume_loans.get_loan(session, loan_id or self.loan_id)

    def volume(self) -> Volume:
        with self.firm.reading() as session:
            return volumes.get_volume(session, self.volume_id)

    def tasks(self, loan_id: str = "") -> set[str]:
        """The open tasks of a loan, in whichever process they are."""
        return {task.element_id for task in self._tasks(loan_id or self.loan_id)}

    def _tasks(self, loan_id: str) -> list[Any]:
        query = select(TASKS.c.id, TASKS.c.element_id, TASKS.c.data, TASKS.c.assignee).where(TASKS.c.state == "open")
        with self.firm.reading() as session:
            return [row for row in session.execute(query) if (row.data or {}).get("loan_id") == loan_id]

    def act(self, login: str, element_id: str, values: dict[str, Any], loan_id: str = "") -> None:
        """Complete a task of the loan as somebody."""
        found = [task for task in self._tasks(loan_id or self.loan_id) if task.element_id == element_id]
        assert found, f"{element_id} is not open, but {self.tasks(loan_id)}"
        self.firm.run(CompleteTask(found[0].id, values), self.cast[login])
        self.settle()

    def first(self, login: str, element_id: str) -> dict[str, Any]:
        """What a task's form shows before anybody typed."""
        found = next(task for task in self._tasks(self.loan_id) if task.element_id == element_id)
        return self.firm.prefill(found.id, self.cast[login])

    def ask(self, operation: str, login: str, **given: Any) -> Any:
        """Run an operation about the loan as somebody."""
        result = self.firm.run(RunOperation(operation, {"loan_id": self.loan_id, **given}), self.cast[login])
        self.settle()
        return result

    def lend(self, login: str = "lawyer1", **out: Any) -> Loan:
        """Somebody who needs nobody's approval has the volume handed out."""
        self.apply(login)
        values = self.first("archivist", "Task_HandOut")
        self.act("archivist", "Task_HandOut", {**OUT, "due_on": values["due_on"], **out})
        return self.loan()

    def wall(self, *logins: str) -> None:
        """Put up a wall around the case."""

        def put_up(context: Context) -> None:
            people = [self.cast[login].id for login in logins]
            walls.put_up(context, self.lead_id, people, "另案对方当事人的代理人", check_id="", plan={}, undertakings=[])

        self.run(put_up)

    def subjects(self, login: str) -> list[str]:
        """The subjects of the mails to somebody."""
        address = f"{login}@" if "@" not in login else login
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session)) if mail.to.startswith(address)]

    def papers(self, loan_id: str = "") -> set[str]:
        """The kinds of papers kept with the loan."""
        with self.firm.reading() as session:
            return {each.kind for each in documents.list_documents(session, loan_id or self.loan_id)}


@pytest.fixture
def firm(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path / "data", *PROCESSES)
    yield engine
    engine.database.dispose()


@pytest.fixture
def case(firm):
    made = LoanCase(firm)
    made.store()
    return made


@pytest.fixture
def secret_case(firm):
    made = LoanCase(firm)
    made.store(level=volumes.SECRET)
    return made
