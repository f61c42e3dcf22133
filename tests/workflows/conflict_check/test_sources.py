"""Everything a search must cover (rules.md 3.5) is covered, and the record says with counts what was and was not."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import NotAllowed
from tests.workflows.pdf_text import read_text
from workflows.records import conflict_register, conflicts, document_texts, documents, leads
from workflows.records.conflict_words import say_reason

ZHAO = {"name": "赵六", "id_number": "440524188001010014"}
STAR = {"kind": "organisation", "name": "示范星光科技有限公司", "id_number": "", "uscc": "91310000MA1FL5QK5X"}


def hits(case):
    case.check()
    case.declare()
    return {(hit.query["name"], hit.subject["name"], hit.hit_class, hit.rule) for hit in case.hits()}


def firm_client(case, **client):
    """A client of the firm whose lead is still open, with who stands behind it."""
    return case.screen("lawyer2", client={**STAR, **client}, opposing_parties=[{"name": "无关某乙", "kind": "person"}])


def test_a_client_two_steps_away_from_the_opposing_party_is_found(case):
    firm_client(case, shareholders=[{"name": "示范控股集团有限公司", "kind": "organisation"}])
    case.screen(
        "lawyer2", client={**ZHAO}, opposing_parties=[{"name": "某丁", "kind": "person"}],
        related_persons=[],
    )  # fmt: skip
    # somewhere else the firm learned that the holding also holds the one that is now the opposing party
    case.screen(
        "lawyer2", client={**ZHAO, "name": "钱七", "id_number": "", "id_type": "passport", "document_number": "E1"},
        opposing_parties=[{"name": "示例贸易有限公司", "kind": "organisation"}],
        related_persons=[{"name": "示范控股集团有限公司", "kind": "organisation", "side": "opposing", "relation": "股东"}],
    )  # fmt: skip
    case.screen(opposing_parties=[{"name": "示例贸易有限公司", "kind": "organisation"}])
    found = hits(case)
    assert ("示范控股集团有限公司", "示范控股集团有限公司", "REVIEW", "CN-Q1") in found  # one step: the client's shareholder
    assert any(ours == theirs == "示范星光科技有限公司" for ours, theirs, _class, _rule in found)  # two steps: the client
    check = case.record()
    way = next(query["relation"] for query in check.queries if query["name"] == "示范星光科技有限公司")
    assert way == "示范控股集团有限公司是示例贸易有限公司的股东；示范控股集团有限公司是示范星光科技有限公司的股东"
    assert check.search["affiliates"] >= 2


def test_a_way_through_a_namesake_is_looked_at_and_not_believed(case):
    firm_client(case, legal_representative="孙若冰")
    case.screen(opposing_parties=[{"name": "另一公司有限公司", "kind": "organisation", "representative": "孙若冰"}])
    found = hits(case)
    # the representative is a query herself; what lies behind her is only as sure as her name
    weak = [hit for hit in case.hits() if hit.query["name"] == "示范星光科技有限公司"]
    assert [(hit.hit_class, hit.situation["identity"]) for hit in weak] == [("REVIEW", "weak")]
    assert any(ours == "孙若冰" for ours, *_rest in found)


@pytest.mark.parametrize(
    ("login", "declared", "said"),
    [
        ("lawyer1", {"kind": "post", "detail": "监事"}, ("WAIVABLE", "CN-W6")),
        ("lawyer1", {"kind": "investment", "detail": "持股百分之三"}, ("WAIVABLE", "CN-W6")),
        ("lawyer2", {"kind": "investment"}, ("REVIEW", "CN-W6")),
        ("lawyer1", {"kind": "former_matter", "role": "client", "until": "2026-09-01"}, ("WAIVABLE", "CN-W6")),
        ("lawyer2", {"kind": "former_matter", "role": "opposing"}, ("INFO", "CN-I20")),
    ],
)
def test_posts_investments_and_matters_of_the_firm_before_are_found(case, login, declared, said):
    given = {"person_id": case.cast[login].id, "declared": [{"name": "示例贸易有限公司", **declared}]}
    case.firm.run(RunOperation("people.declare_interests", given), case.cast[login])
    case.screen()
    case.check()
    case.declare()
    (hit,) = case.hits()
    assert (hit.hit_class, hit.rule) == said
    assert hit.subject["staff"] in ("李明轩", "王若谷")
    assert hit.subject["team_ids"] == [case.cast[login].id]


def test_nobody_declares_for_a_colleague(case):
    given = {"person_id": case.cast["lawyer2"].id, "declared": []}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("people.declare_interests", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("people.declare_interests", given), case.cast["compliance"])


def test_imported_names_count_by_the_side_of_their_role(case):
    subjects = [
        conflict_register.Subject(
            "imported", "", "organisation", {"示例贸易有限公司": "name"}, role="委托人", matter="(2011)旧字12号"
        ),
        conflict_register.Subject(
            "imported", "", "organisation", {"示例贸易有限公司": "name"}, role="被告", matter="(2012)旧字7号"
        ),
    ]

    def bring(context):
        conflict_register.stage(context.session, subjects)
        conflict_register.merge(context.session, 0, 1)

    case.run(bring)
    case.screen()
    hits(case)
    assert {(hit.subject["matter_no"], hit.hit_class) for hit in case.hits()} == {
        ("(2011)旧字12号", "WAIVABLE"),
        ("(2012)旧字7号", "REVIEW"),
    }


def test_names_that_many_share_equally_are_judged_as_one_group(case):
    subjects = [
        conflict_register.Subject("imported", f"c{i}", "person", {f"王小{letter}": "name"})
        for i, letter in enumerate("明红刚强丽华芳军杰")
    ]

    def bring(context):
        conflict_register.stage(context.session, subjects)
        conflict_register.merge(context.session, 0, 1)

    case.run(bring)
    case.screen(opposing_parties=[{"name": "王小波", "kind": "person"}])
    found = hits(case)
    assert ("王小波", "≈ 王小波 (9)", "REVIEW", "CN-I24") in found
    assert {(hit_class, rule) for _, theirs, hit_class, rule in found if theirs.startswith("王小")} == {("INFO", "CN-I23")}
    (group,) = [hit for hit in case.hits() if hit.needs_judgement]
    assert [say_reason(reason) for reason in group.reasons] == ["9个名称同样近似，整组核实（逐条列于提示）", "一字不同"]


def add_text(case, lead_id, text, title="谈话笔录"):
    def write(context):
        given = {"lead_id": lead_id, "kind": "memo", "title": title, "media_type": documents.TEXT, "content": text}
        return documents.add_document(context, **given).id

    return case.run(write)


def test_the_papers_of_other_cases_are_searched(case):
    theirs = case.screen("lawyer2", client=ZHAO, opposing_parties=[{"name": "某丁", "kind": "person"}])
    case.run(lambda context: leads.move_lead(context, theirs, "CONFLICT"))
    add_text(case, theirs, "证人：示例贸易 有限公司的出纳到庭。".encode())
    add_text(case, theirs, "第二份笔录，示例贸易有限公司。".encode("gb18030"))
    mine = case.screen()
    add_text(case, mine, "示例贸易有限公司欠款。".encode())
    assert hits(case) == {("示例贸易有限公司", "示例贸易有限公司", "REVIEW", "CN-I22")}
    (hit,) = case.hits()
    assert hit.reasons[0]["figure"] == 2
    assert "示例贸易有限公司" in hit.reasons[0]["theirs"]
    assert hit.subject["team"] == ["王若谷"]
    assert case.record().search["sources"]["documents"] == 3


def test_the_papers_of_a_complaint_s_own_file_are_no_case(case):
    case.screen()
    add_text(case, "f" * 32, "投诉材料提到示例贸易有限公司。".encode())
    assert hits(case) == set()


def test_a_party_of_the_other_case_is_not_named_twice(case):
    theirs = case.screen("lawyer2", client=ZHAO, opposing_parties=[{"name": "示例贸易有限公司", "kind": "organisation"}])
    add_text(case, theirs, "示例贸易有限公司欠款。".encode())
    case.screen()
    hits(case)
    assert [hit.subject["role"] for hit in case.hits()] == ["opposing"]


def test_what_was_not_searched_is_said(case, monkeypatch):
    theirs = case.screen("lawyer2", client=ZHAO, opposing_parties=[{"name": "某丁", "kind": "person"}])
    for number in range(3):
        add_text(case, theirs, b"\x00" if number == 0 else f"第{number}份".encode(), title=f"笔录{number}")
    monkeypatch.setattr(document_texts.read_new, "__defaults__", (2,))
    case.screen()
    case.check()
    case.declare()
    search = case.record().search
    assert search["unsearched"] == {"unread_documents": 1}
    assert search["sources"]["staff"] == len(case.cast)
    assert search["sources"]["open_leads"] == 1
    assert search["sources"]["relatives"] > 0
    with case.firm.reading() as session:
        assert document_texts.measure(session).searched == 2
        sheet = documents.find_latest(session, case.lead_id, "conflict_review")
        assert "尚未读取文字的案卷文书1份" in read_text(documents.read_content(session, sheet.id))
        assert conflicts.find_check(session, case.lead_id).check_no == "LC-2026-00001"
