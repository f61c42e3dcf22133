"""Names that mean the same are found, and the firm can say why."""

from __future__ import annotations

import pytest

from engine import SYSTEM
from tests.workflows.casework import Do
from tests.workflows.small_firm import open_small_firm
from workflows.records import conflict_index
from workflows.records.conflict_names import normalise, read_name, trade_name


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("華夏貿易有限公司", "华夏贸易有限公司"), ("ＡＢＣ　公司", "abc公司"), ("华夏（北京）贸易有限公司", "华夏(北京)贸易有限公司"),
        ("欧阳 修", "欧阳修"), ("阿依古丽·买买提", "阿依古丽•买买提"),
    ],
)  # fmt: skip
def test_names_written_otherwise_are_the_same(name, other):
    assert normalise(name) == normalise(other)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("北京华夏贸易有限责任公司", "华夏贸易"), ("华夏贸易（北京）股份有限公司", "华夏贸易"), ("北京市朝阳区华夏贸易有限公司", "华夏贸易"),
        ("华夏贸易集团有限公司上海分公司", "华夏贸易"), ("青岛啤酒股份有限公司", "青岛啤酒"), ("北京大学", "北京大学"), ("Acme Co., Ltd.", "acme"),
    ],
)  # fmt: skip
def test_a_trade_name_has_neither_region_nor_legal_form(name, core):
    assert trade_name(name) == core


def test_a_person_keeps_the_whole_name():
    found = read_name("张北京", "person")
    assert (found.core, found.pinyin, found.initials) == ("张北京", "zhang bei jing", "zbj")


@pytest.fixture
def search(database_url, clock, tmp_path):
    """Put subjects into the index and look for names: each found subject with its heaviest reason."""
    engine = open_small_firm(database_url, clock, tmp_path)

    def put(subjects):
        def write(context):
            for number, subject in enumerate(subjects):
                given = {"kind": "organisation", "lead_id": "other", **subject}
                conflict_index.put_subject(context.session, subject_kind="party", subject_id=f"p{number}", **given)

        engine.run(Do(write), SYSTEM)

    def find(kind, name, *, identifier="", phone="", name_kind="name", without="mine"):
        query = conflict_index.Query("q", kind, {name: name_kind}, identifier, phone)
        with engine.reading() as session:
            hits = conflict_index.search(session, [query], without_lead=without)
        return [(hit.name, hit.reasons[0].code, hit.score) for hit in hits if hit.subject_kind == "party"]

    yield put, find
    engine.database.dispose()


@pytest.mark.parametrize(
    ("kind", "known", "asked", "reason", "least"),
    [
        ("organisation", {"华夏贸易有限公司": "name"}, "華夏貿易有限公司", "same_name", 95),
        ("organisation", {"新名贸易有限公司": "name", "华夏贸易有限公司": "former"}, "华夏贸易有限公司", "same_former_name", 95),
        ("organisation", {"字节跳动科技有限公司": "name", "ByteDance": "alias"}, "BYTEDANCE", "same_alias", 95),
        ("organisation", {"华夏贸易有限公司": "name"}, "上海华夏贸易股份有限公司", "same_core", 85),
        ("organisation", {"华夏贸易发展有限公司": "name"}, "华夏贸易有限公司", "line_shortened", 60),
        ("organisation", {"华夏贸易有限公司": "name"}, "华夏贸易发展有限公司", "line_shortened", 60),
        ("person", {"张伟": "name"}, "章伟", "same_tone", 60),
        ("organisation", {"宏达建材贸易有限公司": "name"}, "宏大建材贸易有限公司", "sounds_alike", 60),
        ("organisation", {"华夏国际贸易有限公司": "name"}, "华厦国际贸易有限公司", "sounds_alike", 60),
        ("organisation", {"华夏国际贸易有限公司": "name"}, "华夏国标贸易有限公司", "one_wrong", 60),
    ],
)
def test_a_variant_is_found_with_its_reason(search, kind, known, asked, reason, least):
    put, find = search
    put([{"kind": kind, "names": known}])
    ((_, code, score),) = find(kind, asked)
    assert code == reason
    assert score >= least


def test_other_people_are_not_found(search):
    put, find = search
    put([{"kind": "person", "names": {"张伟": "name"}}, {"names": {"华夏贸易有限公司": "name"}}])
    assert find("person", "张玮丽") == []
    assert find("organisation", "中兴通讯股份有限公司") == []


def test_an_identifier_finds_whatever_the_name_is(search):
    put, find = search
    put([{"kind": "person", "names": {"张三": "name"}, "identifier": "11010519491231002X", "phone": "13800138000"}])
    assert find("person", "李四", identifier="11010519491231002x") == [("张三", "same_identifier", 100)]
    assert find("person", "李四", phone="138 0013 8000") == [("张三", "same_phone", 85)]


def test_the_same_name_with_another_identifier_is_somebody_else(search):
    put, find = search
    put([{"kind": "person", "names": {"张三": "name"}, "identifier": "11010519491231002X"}])
    assert find("person", "张三", identifier="440524188001010014") == [("张三", "identifiers_differ", 20)]


def test_nothing_is_cut_off_and_the_own_lead_is_left_out(search):
    put, find = search
    put([{"kind": "person", "names": {"王伟": "name"}} for _ in range(120)])
    assert len(find("person", "王伟")) == 120
    assert find("person", "王伟", without="other") == []
