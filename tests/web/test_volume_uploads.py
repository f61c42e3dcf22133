"""Files that come to a volume's page: too large ones are turned away unread, bad ones are named and the others kept."""

from __future__ import annotations

import io

from tests.web.conftest import text
from tests.web.test_archive import browse, case  # noqa: F401 - the fixtures
from tests.workflows.filing.pdfs import make_pdf
from workflows.records import documents


class Unread(io.RawIOBase):
    """A body of two gigabytes that nobody may read."""

    def readinto(self, buffer):
        raise AssertionError("the body was read")


def test_two_gigabytes_are_refused_before_they_are_read(case, browse):  # noqa: F811
    client = browse("lawyer1").client
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(2 * 1024**3), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.post(f"/archive/{case.volume_id}/files", environ_overrides=body)
    assert answer.status_code == 413


def test_of_several_files_the_good_ones_stay_and_each_bad_one_is_named(case, browse):  # noqa: F811
    browser = browse("lawyer1")
    files = [
        (io.BytesIO(b""), "空白.pdf"), (io.BytesIO(make_pdf(1, "一")), "证据一.pdf"),
        (io.BytesIO(b"MZ"), "假的.pdf"), (io.BytesIO(make_pdf(1, "二")), "证据二.pdf"), (io.BytesIO(make_pdf(1, "一")), "又一次.pdf"),
    ]  # fmt: skip
    answer = browser.post(f"/archive/{case.volume_id}/files", slot="evidence", form="copy", files=files)
    page = text(answer)
    assert answer.status_code == 422
    assert all(name in page for name in ("空白.pdf", "假的.pdf", "又一次.pdf"))
    with case.firm.reading() as session:
        kept = documents.list_documents(session, case.lead_id, slot="evidence")
    assert [each.title for each in kept] == ["证据一", "证据二"]
