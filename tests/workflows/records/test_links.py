"""Links for people outside: one task, one use, an end, a way to take them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import SYSTEM
from engine.errors import NotFound
from workflows.records import links


class Do:
    """A command of one function, for tests of records."""

    def __init__(self, function):
        self.function = function

    def execute(self, context):
        return self.function(context)


def issue(firm, **changes):
    given = {
        "purpose": "expectations", "instance_id": "i1", "element_id": "Task_A", "lead_id": "l1",
        "recipient_name": "张三", "recipient_email": "zhang@example.com", "document_ids": ["d1"],
    }  # fmt: skip
    return firm.run(Do(lambda context: links.issue_link(context, **{**given, **changes})), SYSTEM)


def find(firm, url):
    with firm.reading() as session:
        return links.find_link(session, url.rsplit("/", 1)[1])


def test_the_address_opens_its_link_and_the_database_holds_no_token(firm):
    link, url = issue(firm)
    token = url.rsplit("/", 1)[1]
    assert find(firm, url) == link
    assert (link.document_ids, link.state(firm.clock.now())) == (("d1",), "open")
    with firm.reading() as session:
        row = session.get(links.LinkRow, link.id)
        assert token not in {str(value) for value in vars(row).values()}
        assert links.find_link(session, token[:-1]) is None


def test_a_link_ends_after_its_days(firm):
    link, _ = issue(firm, days=3)
    firm.clock.advance(timedelta(days=3) - timedelta(seconds=1))
    assert link.state(firm.clock.now()) == "open"
    firm.clock.advance(timedelta(seconds=1))
    assert link.state(firm.clock.now()) == "expired"


def test_using_one_closes_the_others_to_the_same_task_only(firm):
    _, first_url = issue(firm)
    second, second_url = issue(firm)
    _, other_url = issue(firm, element_id="Task_B")
    firm.run(Do(links.use_own_link), links.link_actor(second))
    now = firm.clock.now()
    assert [find(firm, url).state(now) for url in (first_url, second_url, other_url)] == ["revoked", "used", "open"]


def test_a_link_can_be_taken_back(firm):
    link, url = issue(firm)
    firm.run(Do(lambda context: links.revoke_link(context, link.id)), SYSTEM)
    assert find(firm, url).state(firm.clock.now()) == "revoked"
    firm.run(Do(lambda context: links.use_link(context, link.id)), SYSTEM)
    assert find(firm, url).used_at is None


def test_the_holder_may_do_one_task(firm):
    link, _ = issue(firm)
    actor = links.link_actor(link)
    assert (actor.id, actor.kind, actor.roles) == (f"link:{link.id}", "link", {"task:i1:Task_A"})
    assert actor.name == "张三"


def test_an_unknown_link_is_refused(firm):
    with pytest.raises(NotFound):
        firm.run(Do(lambda context: links.revoke_link(context, "x")), SYSTEM)
