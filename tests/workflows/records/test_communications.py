"""The communication log keeps what was said, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import SYSTEM
from tests.workflows.records.test_links import Do
from workflows.records import communications


def log(firm, **given):
    values = {"lead_id": "l1", "channel": "phone", "direction": "in", "summary": "询问进展"}
    return firm.run(Do(lambda context: communications.log_communication(context, **{**values, **given})), SYSTEM)


def test_contacts_stand_in_the_order_they_happened(firm):
    now = firm.clock.now()
    log(firm, summary="second", persons=["张三"])
    log(firm, summary="first", at=now - timedelta(days=1))
    log(firm, summary="elsewhere", lead_id="l2")
    with firm.reading() as session:
        assert [row.summary for row in communications.list_communications(session, "l1")] == ["first", "second"]
        facts = communications.facts(session, "l1")["communications"]
        assert communications.facts(session, "l3") == {}
    assert (facts[1]["channel"], facts[1]["direction"], facts[1]["persons"]) == ("电话", "收到", "张三")


def test_an_unknown_channel_is_refused(firm):
    with pytest.raises(ValueError, match="channel"):
        log(firm, channel="pigeon")
