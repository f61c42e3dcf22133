"""The start page and the login: the demo's people without a password, a real firm's with one and not too often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import SYSTEM, RunOperation
from tests.web.conftest import text


@pytest.fixture
def member(house):
    """Somebody of a real firm, with a password."""
    given = {"login": "real", "name": "真律师", "roles": ["lawyer"], "password": "correct horse"}
    house.engine.run(RunOperation("people.register", given), SYSTEM)


def test_the_demo_says_who_can_log_in_and_what_to_try(browse, house):
    page = text(browse().get("/"))
    for name in ("周晓雯", "李明轩", "王若谷", "陈敬之", "赵文澜", "林致远", "孙清和", "吴静怡", "郑书卷", "何图南", "许维安"):
        assert name in page
    assert "从初次接洽到归档" in page


def test_demo_people_need_no_password(browse):
    browser = browse()
    assert browser.post("/login", login="lawyer1", next="/matters").headers["Location"].endswith("/matters")
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_the_login_never_leads_to_another_site(browse, address):
    assert browse().post("/login", login="lawyer1", next=address).headers["Location"] == "/inbox"


def test_a_real_firm_knows_no_login_without_a_password(browse, member):
    browser = browse(demo=False)
    assert "周晓雯" not in text(browser.get("/"))
    assert browser.post("/login", login="lawyer1").status_code == 422
    assert browser.post("/login", login="real").status_code == 422
    assert browser.post("/login", login="real", password="correct horse").status_code == 303
    assert browser.get("/inbox").status_code == 200


def test_guessing_is_slowed_down(browse, member, clock):
    browser = browse(demo=False)
    for _ in range(5):
        wrong = browser.post("/login", login="real", password="wrong")
        assert wrong.status_code == 422
        assert "登录名或密码不正确" in text(wrong)
        assert "wrong" not in text(wrong)
    assert browser.post("/login", login="Real", password="correct horse").status_code == 429
    assert browser.post("/login", login="real", password="correct horse").status_code == 429
    clock.advance(timedelta(minutes=16))
    assert browser.post("/login", login="real", password="correct horse").status_code == 303


def test_guessing_many_logins_from_one_address_is_slowed_down(browse, member):
    browser = browse(demo=False)
    codes = [browser.post("/login", login=f"nobody{number}", password="x").status_code for number in range(21)]
    assert codes == [422] * 20 + [429]


def test_logging_out_ends_the_session(browse):
    browser = browse("lawyer1")
    assert browser.post("/logout").status_code == 303
    assert browser.get("/inbox").status_code == 302


def test_somebody_who_left_is_logged_out(browse, house):
    from tests.web.conftest import Do  # noqa: PLC0415
    from workflows.records import people  # noqa: PLC0415

    browser = browse("lawyer2")
    leaving = house.cast["lawyer2"].id
    house.engine.run(Do(lambda context: setattr(people.find_person(context.session, leaving), "is_active", False)), SYSTEM)
    assert browser.get("/inbox").status_code == 302
