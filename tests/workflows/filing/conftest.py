"""A firm whose matter has just been closed, with the filing diagram deployed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine import ReceiveMessage, RunOperation, queries
from engine.context import SYSTEM
from tests.workflows.casework import CLIENT, OUTLINE, Case
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import matters, volumes

COVER: dict[str, Any] = {"cause": "买卖合同纠纷", "result": "判决支持全部诉讼请求", "level": "internal", "traits": []}
CONFIRMED = ["order", "completeness", "period", "level"]
SUBMIT: dict[str, Any] = {"decision": "submit", "confirmed": CONFIRMED, "keep": "table", "remarks": ""}
POINTS = ["scope", "order", "originals", "signatures", "pages", "catalogue", "cover", "period", "level", "copies"]
ACCEPT: dict[str, Any] = {"points": POINTS, "result": "accept"}
DIAGRAMS = ("filing", "archive_chasing", "archive_overdue", "archive_extension", "volume_supplement", "digitising", "matter_ended", "archive_reports")
SHELVE: dict[str, Any] = {"keeping": "electronic"}


class FilingCase(Case):
    """A closed matter on its way to the archive."""

    def open_matter(self, matter_type: str = "civil") -> None:
        self.register(matter_type=matter_type)
        self.matter = open_case(self, sign_contract(self), matter_type)
        self.matter_type = matter_type
        self.volume_id = self.matter["volume_id"]

    def close(self) -> None:
        """Close the matter and send the message with which the lifecycle starts the filing."""

        def close(context):
            matters.start_closing(context, self.matter["matter_id"])
            matters.close_matter(context, self.matter["matter_id"])

        self.run(close)
        payload = {
            "matter_id": self.matter["matter_id"], "lead_id": self.lead_id, "volume_id": self.volume_id,
            "lawyer_id": self.cast["lawyer1"].id, "matter_type": self.matter_type, "client_name": CLIENT["name"],
            "title": f"{CLIENT['name']} · {OUTLINE['cause']}",
        }  # fmt: skip
        (self.instance_id,) = self.firm.run(ReceiveMessage("matter.closed", self.matter["matter_id"], payload), SYSTEM)
        self.filing_id = self.instance_id
        self.settle()

    def put(self, slot: str, title: str, *, pages: int = 1, login: str = "lawyer1", **more: Any) -> str:
        """Put a PDF into a place of the volume."""
        values = {"volume_id": self.volume_id, "slot": slot, "name": f"{title}.pdf", "content": make_pdf(pages, title)}
        return self.firm.run(RunOperation("volumes.upload", {**values, **more}), self.cast[login])["document_id"]

    def put_essentials(self) -> None:
        """What nothing excuses in a civil volume."""
        self.put(
            "judgment", "民事判决书", pages=8, doc_no="（2026）示01民初1号", author="示范市人民法院", dated_on=date(2026, 11, 1)
        )
        self.put("closing_summary", "办案小结", pages=2)

    def collect(self, login: str = "lawyer1", reason: str = "本案没有该材料", **more: Any) -> None:
        """Hand the collection on, every missing document excused."""
        task = "Task_Mend" if "Task_Mend" in self.open_tasks() else "Task_Collect"
        values = self.first_values(task, login)
        rows = [{**row, "none": True, "reason": reason} for row in values["absences"]]
        self.do(login, task, {**values, **COVER, "absences": rows} | more)

    def until_check(self) -> None:
        """Everything up to the archivist."""
        self.close()
        self.put_essentials()
        self.collect()
        self.do("lawyer1", "Task_Submit", SUBMIT)

    def instances(self, process_key: str) -> list[str]:
        """The running instances of a process, oldest first."""
        with self.firm.reading() as session:
            found = queries.list_instances(session, process_key=process_key)
        return [row.id for row in reversed(list(found)) if row.state == "running"]

    def at(self, process_key: str) -> FilingCase:
        """Go on with the newest running instance of another process of this case."""
        self.instance_id = self.instances(process_key)[-1]
        return self

    def volume(self) -> volumes.Volume:
        with self.firm.reading() as session:
            return volumes.get_volume(session, self.volume_id)

    def matter_state(self) -> str:
        with self.firm.reading() as session:
            return matters.get_matter(session, self.matter["matter_id"]).state


@pytest.fixture
def firm(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path / "data", *DIAGRAMS)
    yield engine
    engine.database.dispose()


@pytest.fixture
def case(firm):
    made = FilingCase(firm)
    made.open_matter()
    return made
