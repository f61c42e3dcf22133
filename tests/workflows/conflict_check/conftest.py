"""The firm with the diagram of the conflict check, and a lead that is being screened."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.casework import CLIENT, OUTLINE
from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import conflict_hits, conflicts, leads

NOTHING = {"has_interest": "no", "is_true": True}


class ConflictCase(ClientCase):
    """A lead whose conflicts are checked, among other leads and matters of the firm."""

    def screen(self, login: str = "lawyer1", *, client: dict[str, Any] | None = None, **outline: Any) -> str:
        """Another lead that is being screened; it becomes this case's."""

        def write(context):
            lead = leads.register_lead(context, {"email": "a@example.invalid", "preferred_channel": "email"})
            leads.write_client(context, lead.id, {**CLIENT, **(client or {})})
            leads.write_outline(context, lead.id, {**OUTLINE, **outline})
            lead.lawyer_id = self.cast[login].id
            leads.move_lead(context, lead.id, "SCREENING")
            return lead.id

        self.lead_id = self.run(write)
        return self.lead_id

    def check(self, **data: Any) -> None:
        self.start("conflict_check", **data)

    def declare(self, login: str = "lawyer1", **values: Any) -> None:
        self.do(login, "Task_Declare", {**NOTHING, **values})

    def hits(self) -> list[conflict_hits.ConflictHit]:
        with self.firm.reading() as session:
            return conflict_hits.list_hits(session, self.record().id)

    def record(self) -> conflicts.ConflictCheck:
        with self.firm.reading() as session:
            found = conflicts.find_check(session, self.lead_id)
        assert found is not None
        return found

    def judge(self, identity: str, judged_class: str = "", login: str = "compliance", **more: Any) -> None:
        """Say the same of every hit that waits."""
        rows = self.first_values("Task_Judge", login)["hits"]
        given = [{**row, "identity": identity, "judged_class": judged_class, "reason": "已核对证件"} for row in rows]
        self.do(login, "Task_Judge", {"hits": given, **more})

    def outcome(self) -> str:
        """The result of a check that has ended well, with its sheet filed."""
        assert (self.incidents(), self.state(), self.steps()[-1]) == ([], "completed", "Event_Checked")
        assert self.result("conflict_check_id") == self.record().id
        assert self.result("conflict_review_pdf_id")
        assert self.result("conflict_result") == self.record().state
        return self.record().state


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_check")
    yield ConflictCase(engine)
    engine.database.dispose()
