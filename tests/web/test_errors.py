"""Pages for errors: polite, in the reader's language, with a reference number and never a trace."""

from __future__ import annotations

import pytest

from tests.web.conftest import text


def test_an_unknown_page_has_a_reference_number(browse):
    for login in ("", "lawyer1"):
        page = browse(login).get("/no-such-page")
        assert page.status_code == 404
        assert "页面不存在" in text(page)
        assert "参考编号" in text(page)


@pytest.mark.parametrize("path", ["/inbox/nothing", "/inbox/" + "0" * 32, "/diagrams/nothing", "/inbox/%00", "/processes/nothing"])
def test_unknown_things_are_not_a_crash(browse, path):
    page = browse("admin").get(path)
    assert page.status_code == 404
    assert "Traceback" not in text(page)


def test_a_crash_shows_a_number_that_the_log_has_too(make_app, house, capsys):
    app = make_app()

    @app.get("/crash")
    def crash():
        raise RuntimeError("a secret of the machine")

    page = app.test_client().get("/crash")
    assert page.status_code == 500
    assert "a secret" not in text(page)
    assert "已保存的内容不会丢失" in text(page)
    number = text(page).split('<b class="mono">')[1].split("<")[0]
    assert number in capsys.readouterr().out


def test_the_error_of_a_part_replaces_the_whole_page(browse):
    page = browse("lawyer1").get("/inbox/nothing", **{"HX-Request": "true", "HX-Target": "div#detail"})
    assert (page.headers["HX-Retarget"], page.headers["HX-Reselect"]) == ("body", "body > *")


def test_a_large_post_is_refused_politely(browse):
    given = {"_token": "token-of-a-test", "subject": "x" * (5 * 1024 * 1024)}
    page = browse("lawyer1").client.post("/inbox/nothing", data=given, content_type="multipart/form-data")
    assert page.status_code == 413
    assert "过大" in text(page)


def test_the_wrong_method_is_an_unknown_page(browse):
    assert browse("lawyer1").get("/login").status_code == 405
    assert browse("lawyer1").get("/inbox/start").status_code in (404, 405)


def test_headers_keep_pages_from_frames_and_foreign_scripts(browse):
    page = browse("lawyer1").get("/inbox")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
