"""A client without an e-mail address: the desk hands the link over, and the process goes on as with a mail."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.expectations.test_paths import CONFIRM, meet, outcome
from workflows.records import communications, link_handovers, links
from workflows.records.links import USED


@pytest.fixture
def waiting(case):
    case.forget_email()
    meet(case)
    return case


def handovers(case, login):
    with case.firm.reading() as session:
        return link_handovers.list_handovers(session, case.lead_id, case.cast[login], case.firm.clock.now())


def hand_over(case, login):
    (waiting,) = handovers(case, "desk")
    return case.firm.run(RunOperation("links.hand_over", {"link_id": waiting.link.id}), case.cast[login])


def test_the_link_waits_for_the_desk_and_the_desk_is_told(waiting):
    assert waiting.open_tasks() == {"Task_ClientConfirms"}
    (mail,) = [mail for mail in waiting.mails() if "没有邮箱" in mail["subject"]]
    assert mail["to"] == "desk@demo.invalid"
    assert f"/cases/{waiting.lead_id}" in mail["body"]
    assert "/c/" not in mail["body"]
    (one,) = handovers(waiting, "desk")
    assert (one.link.recipient_email, one.handed_at) == ("", None)
    assert [each.link.id for each in handovers(waiting, "lawyer1")] == [one.link.id]
    for stranger in ("lawyer2", "admin", "finance"):
        assert handovers(waiting, stranger) == []
        with pytest.raises(NotAllowed):
            hand_over(waiting, stranger)


def test_what_the_desk_hands_over_opens_the_task_and_stands_in_the_log(waiting):
    handed = [hand_over(waiting, login) for login in ("desk", "lawyer1")]  # the first one was lost: the second is another
    found = []
    with waiting.firm.reading() as session:
        found = [links.find_link(session, given["url"].rpartition("/c/")[2]) for given in handed]
        logged = communications.list_communications(session, waiting.lead_id)
    assert [link.state(waiting.firm.clock.now()) for link in found] == [links.OPEN, links.OPEN]
    assert [entry.by_name for entry in logged if "交付链接" in entry.summary] == [
        waiting.cast["desk"].name, waiting.cast["lawyer1"].name,
    ]  # fmt: skip
    (one,) = handovers(waiting, "desk")
    assert one.handed_at == waiting.firm.clock.now()
    waiting.do("client", "Task_ClientConfirms", CONFIRM)
    assert outcome(waiting)[0] == "CONFIRMED"
    assert waiting.link("Task_ClientConfirms").state(waiting.firm.clock.now()) == USED
    assert handovers(waiting, "desk") == []
    with pytest.raises(StateRefused):
        waiting.firm.run(RunOperation("links.hand_over", {"link_id": one.link.id}), waiting.cast["desk"])


def test_a_reminder_tells_the_desk_and_makes_no_other_link(waiting):
    waiting.move(days=2, minutes=1)
    assert len([mail for mail in waiting.mails() if "没有邮箱" in mail["subject"]]) == 2
    assert len(waiting.links()) == 1
    assert waiting.incidents() == []


def test_the_survey_is_handed_over_by_the_desk_only(waiting):
    given = {"purpose": "survey", "element_id": "Task_Answer", "instance_id": "i1", "lead_id": waiting.lead_id}
    survey = waiting.run(lambda context: links.issue_link(context, **given, recipient_name="张三")[0])
    ask = RunOperation("links.hand_over", {"link_id": survey.id})
    for judged in ("lawyer1", "partner1"):
        with pytest.raises(NotAllowed):
            waiting.firm.run(ask, waiting.cast[judged])
    assert waiting.firm.run(ask, waiting.cast["desk"])["purpose"] == "survey"
