"""The firm with the survey diagram, and a matter that has just been closed."""

from __future__ import annotations

from typing import Any

import pytest

from engine import SYSTEM, ReceiveMessage
from tests.workflows.client_case import ClientCase
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import client_files, documents, matters, surveys

ANSWER: dict[str, Any] = {
    "participate": "yes",
    "overall": "5",
    "expertise": "5",
    "timeliness": "4",
    "communication": "5",
    "outcome": "5",
    "fees": "4",
    "lawyers": [{"lawyer_name": "不是这位", "attitude": "5", "diligence": "5"}],
    "expectation_met": "met",
    "nps": "9",
    "improper": "no",
    "comment": "沟通及时",
    "may_contact": True,
}
RECOVERY: dict[str, Any] = {"channel": "phone", "cause": "回复较慢", "action": "约定每周五通报", "client_reply": "接受"}


class SurveyCase(ClientCase):
    """A closed matter; the survey starts on its message."""

    tier = "B"

    def close_matter(self) -> None:
        self.register(state="CONVERTED")
        self.matter_id = open_case(self, sign_contract(self))["matter_id"]

        def close(context):
            matter = matters.get_matter(context.session, self.matter_id)
            client_files.open_client_file(context, matter.client_id)
            client_files.check_client_file(context, matter.client_id, tier=self.tier, preferences={})
            matters.start_closing(context, self.matter_id)
            matters.close_matter(context, self.matter_id)

        self.run(close)
        self.survey_again()

    def survey_again(self) -> None:
        """The message that starts a survey of the matter."""
        payload = {"matter_id": self.matter_id, "lead_id": self.lead_id, "lawyer_id": self.cast["lawyer1"].id, "title": "张三"}
        (self.instance_id,) = self.firm.run(ReceiveMessage("matter.closed", self.matter_id, payload), SYSTEM)
        self.settle()

    def until_asked(self) -> None:
        """Three working days later: Tuesday to Friday."""
        self.move(days=3, minutes=1)

    def survey(self) -> surveys.Survey:
        with self.firm.reading() as session:
            return surveys.get_survey(session, self.lead_id)

    def card(self) -> documents.Document:
        with self.firm.reading() as session:
            (card,) = documents.list_documents(session, self.lead_id, slot="survey")
            return card


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "survey")
    made = SurveyCase(engine)
    made.close_matter()
    yield made
    engine.database.dispose()
