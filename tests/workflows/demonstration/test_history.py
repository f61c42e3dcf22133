"""The demo firm's history is played through the real processes: a matter goes to the archive, a lead is refused."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from engine import FIRM_ZONE, queries
from engine.clock import FrozenClock
from workflows.demo import open_demo_firm
from workflows.demonstration import playing
from workflows.demonstration.stories import read_stories
from workflows.records import aftercare, leads, matters
from workflows.records.identifiers import check_credit_code, check_id_number
from workflows.wiring import build_registry, deploy_changed, open_firm

build_registry()  # imports every record now: the database template is made of the tables that are known
UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=FIRM_ZONE)


def test_there_are_about_forty_stories_over_three_years():
    stories = read_stories(UNTIL)
    assert 38 <= len(stories) <= 45 and (UNTIL - stories[0].starts_at).days > 1000
    assert len({story.type for story in stories}) >= 8


def test_numbers_of_invented_clients_are_well_formed():
    for story in read_stories(UNTIL):
        check = check_id_number if story.kind == "person" else check_credit_code
        assert check(story.identifier) is None, story.client


@pytest.mark.requirement("R1")
def test_a_story_is_played_to_the_archive_and_one_to_a_refusal(sqlite_url, tmp_path, monkeypatch):
    wanted = [story for story in read_stories(UNTIL) if story.client in ("季怀瑾", "庞远")]
    monkeypatch.setattr(playing, "read_stories", lambda _until: wanted)
    clock = FrozenClock(wanted[0].starts_at - timedelta(hours=1))
    firm = open_firm(sqlite_url, clock=clock, data_dir=tmp_path)
    deploy_changed(firm)
    open_demo_firm(firm)
    player = playing.Player(firm, clock, UNTIL)
    player.play()
    assert player.refused == Counter()
    with firm.reading() as session:
        assert queries.list_incidents(session) == []
        states = {lead.client_name: lead.state for lead in leads.list_leads(session)}
        (client_id,) = [each.client_id for each in leads.list_leads(session) if each.client_name == "季怀瑾"]
        (matter,) = matters.list_client_matters(session, client_id)
        assert aftercare.find_aftercare(session, matter.lead_id).visits >= 1
    assert states == {"季怀瑾": "CONVERTED", "庞远": "DECLINED"}
    assert matter.state == matters.ARCHIVED
    firm.database.dispose()
