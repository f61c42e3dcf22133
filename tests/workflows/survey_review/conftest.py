"""The firm with the quarterly review, and as many answered surveys as a test wants."""

from __future__ import annotations

from typing import Any

import pytest

from engine import SYSTEM, StartInstance
from tests.workflows.client_case import ClientCase
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import mails, survey_reviews, surveys

SCORES: dict[str, Any] = {key: "4" for key in surveys.SCORES}


class ReviewCase(ClientCase):
    def begin(self) -> None:
        self.instance_id = self.firm.run(StartInstance("survey_review"), SYSTEM)
        self.settle()

    def answer(self, count: int, *, name: str = "李明轩", **scores: str) -> None:
        """So many clients answered today about one lawyer."""
        self.register(state="CONVERTED")
        matter_id = open_case(self, sign_contract(self))["matter_id"]
        said = {**SCORES, "lawyers": [{"lawyer_name": name, "attitude": "5", "diligence": "4"}], **scores}

        def write(context: Any) -> None:
            for _ in range(count):
                surveys.open_survey(context, matter_id)
                surveys.answer(context, self.lead_id, said)

        self.run(write)

    def review(self) -> survey_reviews.SurveyReview:
        with self.firm.reading() as session:
            row = session.query(survey_reviews.SurveyReviewRow).one()
            found = survey_reviews.find_review(session, row.id)
            assert found is not None
            return found

    def mails_to(self, address: str) -> list[str]:
        with self.firm.reading() as session:
            return [mail.subject for mail in reversed(mails.list_mails(session, limit=500)) if mail.to == address]


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "survey_review", "corrective_action")
    made = ReviewCase(engine)
    made.begin()
    yield made
    engine.database.dispose()
