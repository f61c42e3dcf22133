"""Links taken back by somebody of the case: with a reason, for good, and not by whom the client judges through them."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import links, walls


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "expectations")
    made = ClientCase(engine)
    made.register()
    yield made
    engine.database.dispose()


def issue(case, purpose="expectations"):
    given = {"purpose": purpose, "element_id": "Task_X", "lead_id": case.lead_id, "recipient_name": "张三"}
    return case.run(lambda context: links.issue_link(context, **given))[0]


def take_back(case, link, login="lawyer1", reason="发错了收件人"):
    case.firm.run(RunOperation("links.take_back", {"link_id": link.id, "reason": reason}), case.cast[login])


def state(case, link):
    with case.firm.reading() as session:
        found = links.get_link(session, link.id)
    return found.state(case.firm.clock.now()), found.revoked_reason, found.revoked_by_name


def test_a_link_is_taken_back_with_its_reason_once(case):
    link = issue(case)
    with pytest.raises(StateRefused):
        take_back(case, link, reason="  ")
    take_back(case, link)
    assert state(case, link) == (links.REVOKED, "发错了收件人", case.cast["lawyer1"].name)
    with pytest.raises(StateRefused):
        take_back(case, link)


@pytest.mark.parametrize("login", ["lawyer2", "finance", "desk"])
def test_others_take_nothing_back(case, login):
    link = issue(case)
    with pytest.raises(NotAllowed):
        take_back(case, link, login)
    assert state(case, link)[0] == links.OPEN


def test_nobody_walled_off_takes_a_link_back(case):
    link = issue(case)
    wall_id = case.run(lambda context: walls.propose(context, case.lead_id, [case.cast["partner1"].id], "配偶").id, "compliance")
    case.run(lambda context: walls.activate(context, wall_id))
    with pytest.raises(NotAllowed):
        take_back(case, link, "partner1")


def test_the_survey_is_not_taken_back_by_whom_it_judges(case):
    link = issue(case, "survey")
    with pytest.raises(NotAllowed):
        take_back(case, link)
    take_back(case, link, "partner1")


def test_the_first_opening_is_kept(case):
    link = issue(case)
    case.run(lambda context: links.note_opened(context, link.id))
    first = case.firm.clock.now()
    case.move(days=1)
    case.run(lambda context: links.note_opened(context, link.id))
    with case.firm.reading() as session:
        assert links.get_link(session, link.id).opened_at == first
