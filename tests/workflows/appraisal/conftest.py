"""A firm with stored volumes whose period has ended, and everybody who appraises them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import engine.queries as queries
from engine import CompleteTask, Context, RunOperation
from tests.workflows.casework import Case
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import (
    appraisals,
    archive_guards,
    destructions,
    documents,
    fees,
    matters,
    retention_periods,
    tombstones,
    volume_checks,
    volume_contents,
    volumes,
)
from workflows.records.fees import FeeItemRow
from workflows.records.package_places import package_name, read_places
from workflows.records.volumes import VolumeRow

assert archive_guards.list_guards()  # the template database is made with the guards
CLOSED = date(2016, 6, 30)
MEMBERS = ("director", "archivist", "partner1")
PROCESSES = (
    "appraisal_year", "appraisal", "appraisal_opinion", "appraisal_meeting", "destruction", "destruction_report",
    "destruction_originals", "destruction_execution", "legal_hold", "retention_review",
)  # fmt: skip


class ArchiveCase(Case):
    """Several stored volumes; tasks are found by their element, whichever instance they wait in."""

    list_id = ""

    def store_volume(
        self,
        *,
        closed_on: date = CLOSED,
        matter_type: str = "consultation",
        slot: str = "",
        form: str = "electronic",
        **cover: Any,
    ) -> str:
        """A closed, paid matter whose volume has a document, a number, a package and a place."""
        self.register(matter_type=matter_type)
        matter = open_case(self, sign_contract(self), matter_type)
        volume_id = str(matter["volume_id"])

        def store(context: Context) -> None:
            for item in context.session.scalars(select(FeeItemRow).where(FeeItemRow.lead_id == self.lead_id)):
                item.state = fees.WRITTEN_OFF
            matters.start_closing(context, matter["matter_id"])
            matters.close_matter(context, matter["matter_id"])
            document = documents.add_document(
                context,
                lead_id=self.lead_id,
                kind="legal_work",
                title="法律意见",
                media_type=documents.PDF,
                content=make_pdf(3, self.lead_id),
                slot="adviser_records",
            )
            row = context.session.get_one(VolumeRow, volume_id)
            row.closed_on, row.close_reason = closed_on, "done"
            row.cover = {"cause": "买卖合同纠纷", "opponents": "示例贸易有限公司", **cover}
            piece = volume_contents.PieceRow(
                volume_id=volume_id, number=1, document_id=document.id, slot=slot or "adviser_records", slot_number="5", title="法律意见",
                doc_no="", author="", dated_on=closed_on, page_from=1, page_to=3, form=form, remark="", sha256=document.sha256,
            )  # fmt: skip
            context.session.add(piece)
            volumes.count_contents(context, volume_id, pieces=1, pages=3)
            retention_periods.set_period(context, volume_id, code="D", years=10, reason="咨询代书，短期保管")
            for step in (volumes.SUBMITTED, volumes.CHECKING):
                volumes.move(context, volume_id, step)
            row.submitted_at = context.now
            volume_checks.record_check(context, volume_id, accepted=True, points=[], defects=[], opinion="")
            file_no = volumes.accept(context, volume_id).file_no
            volumes.mark_packed(context, volume_id, sha256="0" * 64, size=1)
            volumes.store(context, volume_id, "库房1 架2 盒3")
            for place in read_places(self.firm.tools).both().values():
                folder = place / package_name(file_no or "")
                folder.mkdir(parents=True)
                (folder / "data").write_text("内容")

        self.run(store)
        return volume_id

    def begin(self, *volume_ids: str) -> None:
        """Open a list out of turn for some volumes, or the yearly one."""
        given = {"kind": "adhoc", "reason": "库房搬迁", "volume_ids": list(volume_ids)} if volume_ids else {"kind": "yearly"}
        self.list_id = self.firm.run(RunOperation("appraisals.open", given), self.cast["archivist"])["appraisal_opened"]
        self.settle()

    def waiting(self) -> set[str]:
        """The elements of all tasks that are open in the firm."""
        with self.firm.reading() as session:
            rows = queries.list_instances(session)
            return {task.element_id for row in rows for task in queries.list_open_tasks(session, row.id)}

    def find(self, element_id: str, login: str = "") -> str:
        """The id of an open task of an element; somebody's own, when there are several."""
        with self.firm.reading() as session:
            rows = queries.list_instances(session)
            tasks = [task for row in rows for task in queries.list_open_tasks(session, row.id) if task.element_id == element_id]
        assert tasks, f"{element_id} is not open, but {self.waiting()}; {self.incidents()}"
        own = [task for task in tasks if login and task.assignee == self.cast[login].id]
        return str((own or tasks)[0].id)

    def did(self, login: str, element_id: str, values: dict[str, Any]) -> None:
        """Complete an open task of an element."""
        self.firm.run(CompleteTask(self.find(element_id, login), values), self.cast[login])
        self.settle()

    def shown(self, login: str, element_id: str) -> dict[str, Any]:
        """What the form of an open task shows at first."""
        return self.firm.prefill(self.find(element_id, login), self.cast[login])

    def fill(self, login: str, element_id: str, **row: Any) -> None:
        """Complete a task with the same answer on each volume."""
        rows = [{**each, **row} for each in self.shown(login, element_id)["items"]]
        self.did(login, element_id, {"items": rows})

    def upload(self, title: str = "会议纪要") -> str:
        """A file in the appraisal's own file."""
        given = {"lead_id": self.list_id, "name": f"{title}.pdf", "content": make_pdf(1, title)}
        return str(self.firm.run(RunOperation("documents.upload", given), self.cast["director"])["document_id"])

    def look(self, proposal: str = "destroy", **more: Any) -> None:
        self.fill("archivist", "Task_Look", condition="good", pages_found=3, proposal=proposal, **more)

    def speak(self, *, agrees: str = "yes", floors_ok: str = "yes", hold: str = "no", accounting_ok: str = "yes") -> None:
        """Everybody's opinion."""
        self.fill("lawyer1", "Task_Opinion", agrees=agrees, reason="" if agrees == "yes" else "尚有执行")
        if "Task_Compliance" in self.waiting():
            said = "" if (floors_ok, hold) == ("yes", "no") else "另案涉诉"
            self.fill("compliance", "Task_Compliance", floors_ok=floors_ok, hold=hold, reason=said)
        if "Task_Finance" in self.waiting():
            self.fill(
                "finance", "Task_Finance", accounting_ok=accounting_ok, reason="" if accounting_ok == "yes" else "有凭证原件"
            )

    def meet(self, members: tuple[str, ...] = MEMBERS, **decision: Any) -> None:
        """The group meets and, when nothing else is said, follows the proposals; everybody signs."""
        shown = self.shown("director", "Task_Meeting")
        rows = [{**row, "reason": "无继续保存价值", **decision} for row in shown["items"]]
        ids = [self.cast[login].id for login in members]
        self.did("director", "Task_Meeting", {"members": ids, "items": rows, "minutes": [self.upload()]})
        for login in members:
            self.did(login, "Task_Sign", {"signature": self.cast[login].name})

    def until_list(self) -> None:
        """From the opened list to the destruction list before the director."""
        self.look()
        self.speak()
        self.meet()

    def until_scan(self) -> None:
        """From the destruction list to where the volumes lie ready."""
        self.did("director", "Task_Approve", {"decision": "approve"})
        self.did("archivist", "Task_Report", {"authority": "示范市司法局", "sent_on": "2027-01-05", "way": "post"})
        self.move(days=31)  # no answer
        self.move(days=31)  # no objection

    def scan(self, *, numbers: list[str] | None = None, supervisors: tuple[str, ...] = ("lawyer2", "finance")) -> None:
        there = numbers if numbers is not None else [item.file_no for item in self.items(appraisals.TO_DESTROY)]
        ids = [self.cast[login].id for login in supervisors]
        self.did("archivist", "Task_Scan", {"scanned": "\n".join(there), "supervisors": ids})

    def destroy(self) -> None:
        """Everything from the scan to the certificate."""
        self.scan()
        self.did("archivist", "Task_Paper", {"method": "shredding", "place": "本所库房", "boxes": 1})
        for login in ("lawyer2", "finance"):
            self.did(login, "Task_Witness", {"seen": True, "signature": self.cast[login].name})

    def items(self, *states: str) -> list[appraisals.Item]:
        with self.firm.reading() as session:
            return appraisals.list_items(session, self.list_id, *states)

    def appraisal(self) -> appraisals.Appraisal:
        with self.firm.reading() as session:
            return appraisals.get_appraisal(session, self.list_id)

    def destruction(self) -> destructions.Destruction:
        with self.firm.reading() as session:
            return destructions.get_destruction(session, self.list_id)

    def volume(self, volume_id: str) -> volumes.Volume:
        with self.firm.reading() as session:
            return volumes.get_volume(session, volume_id)

    def stone(self, volume_id: str) -> tombstones.Tombstone:
        with self.firm.reading() as session:
            return tombstones.get_tombstone(session, volume_id)

    def kinds(self) -> set[str]:
        """The kinds of papers in the appraisal's own file."""
        with self.firm.reading() as session:
            return {document.kind for document in documents.list_documents(session, self.list_id)}

    def packages(self, file_no: str) -> list[Path]:
        there = [place / package_name(file_no) for place in read_places(self.firm.tools).both().values()]
        return [path for path in there if path.exists()]


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path / "data", *PROCESSES)
    made = ArchiveCase(engine)
    yield made
    engine.database.dispose()
