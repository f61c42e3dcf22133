"""The pages of complaints: for their handlers, for clients by link; and of what is mended."""

from __future__ import annotations

import io

import pytest

from engine import SYSTEM, DeployProcess, sweep
from tests.web.conftest import Do
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from workflows.records import complaint_links, complaints, corrections, documents
from workflows.wiring import firm_bundles

NAMES = ("complaint", "complaint_investigation", "complaint_reply", "complaint_watch", "corrective_action")
ENTRY = {
    "source": "phone",
    "name": "张三",
    "relation": "client",
    "email": "z@example.invalid",
    "kinds": "information",
    "facts": "两个月没有进展",
}
PDF_START = b"%PDF"


@pytest.fixture
def desk(house):
    """A firm with the complaint diagrams and a running matter."""
    house.engine.run(DeployProcess(tuple(each for each in firm_bundles() if each.name in NAMES)), SYSTEM)
    case = Case(house.engine)
    case.register()
    case.matter_no = open_case(case, sign_contract(case))["matter_no"]
    house.case = case
    return house


def settle(house):
    for _ in range(30):
        if not sweep(house.engine):
            return


def newest(house):
    with house.engine.reading() as session:
        return complaints.list_complaints(session)[0]


def test_the_desk_enters_a_complaint_and_only_who_is_unrelated_opens_it(desk, browse):
    answer = browse("desk").post("/complaints/new", **ENTRY, matter_no=desk.case.matter_no)
    assert answer.status_code == 303
    settle(desk)
    complaint = newest(desk)
    assert (complaint.source, complaint.case_lead_id, complaint.kinds) == ("phone", desk.case.lead_id, ["information"])
    page = browse("compliance").get("/complaints").text
    assert complaint.complaint_no in page
    path = f"/complaints/{complaint.id}"
    seen = {login: browse(login).get(path).status_code for login in ("compliance", "director", "partner1", "desk", "lawyer1")}
    assert seen == {"compliance": 200, "director": 200, "partner1": 404, "desk": 404, "lawyer1": 403}
    case_page = browse("lawyer1").get(f"/cases/{desk.case.lead_id}").text
    assert complaint.complaint_no not in case_page
    assert "投诉处理" not in case_page


def test_the_script_is_sent_on_to_the_page_that_follows(desk, browse):
    answer = browse("desk").post("/complaints/new", headers={"HX-Request": "true"}, **ENTRY, matter_no=desk.case.matter_no)
    assert answer.status_code == 204 and answer.headers["HX-Redirect"] == "/complaints"


def test_a_wrong_entry_comes_back_with_what_was_typed(desk, browse):
    answer = browse("desk").post("/complaints/new", **{**ENTRY, "facts": ""})
    assert (answer.status_code, "张三" in answer.text) == (422, True)
    answer = browse("desk").post("/complaints/new", **ENTRY, matter_no="没有这个编号")
    assert (answer.status_code, "没有该编号的案件" in answer.text) == (422, True)


def test_a_client_complains_and_follows_by_link_without_an_account(desk, browse):
    url = desk.engine.run(Do(lambda context: complaint_links.issue_channel(context, desk.case.lead_id)), SYSTEM)
    path = url[url.index("/complain/") :]
    visitor = browse()
    assert "新的投诉" in visitor.get(path).text
    assert visitor.post(path, facts="", kinds="fees").status_code == 422
    paper = (io.BytesIO(b"MZ"), "证据.exe")
    assert (
        visitor.post(path, facts="多收费用，没有解释", kinds="fees", email="z@example.invalid", evidence=paper).status_code == 422
    )
    assert visitor.post(path, facts="多收费用，没有解释", kinds="fees", email="z@example.invalid").status_code == 303
    settle(desk)
    page = visitor.get(path).text
    complaint = newest(desk)
    assert complaint.complaint_no in page
    assert "投诉回执" in page
    with desk.engine.reading() as session:
        papers = {each.media_type: each for each in documents.list_documents(session, complaint.id)}
    receipt = visitor.get(f"{path}/documents/{papers[documents.PDF].id}")
    assert (receipt.status_code, receipt.data[:4]) == (200, PDF_START)
    assert visitor.get(f"{path}/documents/{papers[documents.WORD].id}").status_code == 404
    # answered before there is a reply: the state machine refuses
    assert visitor.post(f"{path}/{complaint.id}/answer", decision="agree").status_code == 422


def test_links_that_open_nothing_are_answered_politely(desk, browse):
    assert browse().get("/complain/unknown").status_code == 404
    url = desk.engine.run(Do(lambda context: complaint_links.issue_channel(context, desk.case.lead_id)), SYSTEM)
    desk.engine.run(Do(lambda context: complaint_links.revoke_links(context, desk.case.lead_id)), SYSTEM)
    assert browse().get(url[url.index("/complain/") :]).status_code == 410


def test_a_problem_is_entered_and_shown_to_those_in_charge(desk, browse):
    form = {"source": "audit", "problem": "归档卷宗缺少办案小结", "severity": "medium"}
    assert browse("partner1").post("/improvement/new", **form).status_code == 303
    settle(desk)
    with desk.engine.reading() as session:
        (found,) = corrections.list_corrections(session)
    assert found.correction_no in browse("director").get("/improvement").text
    assert found.correction_no not in browse("lawyer1").get("/improvement").text
    assert browse("compliance").get(f"/improvement/{found.id}").status_code == 200
    assert browse("lawyer1").get(f"/improvement/{found.id}").status_code == 404
