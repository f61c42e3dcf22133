"""The firm with the diagram of the waiver, and a lead whose conflict check ended in a conflict that may be waived."""

from __future__ import annotations

import pytest

from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import conflicts


def check_conflicts(case, result=conflicts.WAIVABLE):
    """A closed conflict check; its id."""

    def check(context):
        opened = conflicts.open_check(context, case.lead_id, [case.cast["lawyer1"].id])
        conflicts.change_check(context, opened.id, state=conflicts.REVIEW)
        return conflicts.close_check(context, opened.id, result).id

    return case.run(check)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_waiver")
    case = ClientCase(engine)
    case.register(state="CONFLICT")
    excluded = [case.cast["lawyer1"].id, case.cast["partner2"].id]
    case.start("conflict_waiver", conflict_check_id=check_conflicts(case), conflict_excluded=excluded)
    yield case
    engine.database.dispose()
