"""The standing link of a running matter: the client asks, is thanked, and may ask again with the same address."""

from __future__ import annotations

import pytest

from tests.web.conftest import text
from tests.workflows.service_case import open_service_case
from web.app import create_app
from web.settings import Settings
from workflows.records import links

ASKED = {"question_kind": "question", "question": "什么时候开庭？"}


@pytest.fixture
def case(sqlite_url, clock, tmp_path):
    case = open_service_case(sqlite_url, clock, tmp_path, "client_contact", "client_question")
    case.begin_matter()
    case.tell("matter.opened")
    yield case
    case.firm.database.dispose()


@pytest.mark.requirement("R26")
def test_the_client_asks_twice_with_one_link(case, tmp_path):
    app = create_app(Settings(data_dir=tmp_path, secret_key="test", demo=True), case.firm)
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["token"] = "token-of-a-test"
    (mail,) = [each for each in case.mails() if "随时在线提问" in each["subject"]]
    address = "/c/" + mail["body"].split("/c/")[1].split()[0]
    for _turn in range(2):
        page = browser.get(address)
        assert (page.status_code, "索取案件材料" in text(page)) == (200, True)
        answer = browser.post(address, data={**ASKED, "_token": "token-of-a-test"})
        assert answer.status_code == 303
        thanks = text(browser.get(answer.headers["Location"]))
        assert "继续提问" in thanks
        case.settle()
    with case.firm.reading() as session:
        (link,) = [each for each in links.list_links(session, case.lead_id) if each.purpose == "client_contact"]
    assert link.state(case.firm.clock.now()) == links.OPEN
    assert len([each for each in case.log() if each.summary == "提问：什么时候开庭？"]) == 2
