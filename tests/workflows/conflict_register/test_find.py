"""The same party is found behind every way of writing it, with the reason said."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from engine import SYSTEM, RunOperation
from tests.workflows.conflict_register.conftest import CREDIT_CODE, ID_NUMBER, bring_in, codes, search, subject
from workflows.records import conflict_register
from workflows.records.conflict_reasons import say_match

FIRM = "北京华信达科技有限公司"
VARIANTS = (
    ("北京华信达科技有限公司", FIRM, "same_name"),
    ("北京華信達科技有限公司", FIRM, "same_name"),
    ("北京 华信达科技 有限公司", FIRM, "same_name"),
    ("华信达（北京）科技有限公司", FIRM, "same_core"),
    ("北京市华信达科技有限责任公司", FIRM, "same_core"),
    ("华信达科技", FIRM, "same_core"),
    ("华信达", FIRM, "same_trade_name"),
    ("华信达贸易有限公司", FIRM, "other_line"),
    ("北京大展电子有限公司", FIRM, "same_former_name"),
    ("华达", FIRM, "same_alias"),
    ("Huaxinda Technology Limited", FIRM, "same_core"),
    ("Technology Huaxinda", FIRM, "word_order"),
    ("Huaxindo Technology Co Ltd", FIRM, "one_letter"),
    ("北京华信打科技有限公司", FIRM, "sounds_alike"),
    ("北京华信宝科技有限公司", FIRM, "one_wrong"),
    ("北京华达科技有限公司", FIRM, "one_missing"),
    ("北京华信利达科技有限公司", FIRM, "one_added"),
    ("北京华达信科技有限公司", FIRM, "swapped"),
    ("北亰华信达科技有限公司", FIRM, "sounds_alike"),
    ("京华信达科技有限公司", FIRM, "one_missing"),
    ("北华京信达科技有限公司", FIRM, "swapped"),
    ("北京华信达科技有限公思", FIRM, "misspelt_form"),
    ("北京华信达科技有公限司", FIRM, "misspelt_form"),
    ("化欣达科技", FIRM, "same_sound"),
    ("huaxinda keji", FIRM, "romanised"),
    ("huá xìn dá kē jì", FIRM, "romanised"),
    ("hua2xin4da2ke1ji4", FIRM, "romanised"),
    ("beijing huaxinda keji youxian gongsi", FIRM, "romanised"),
    ("HXDKJ", FIRM, "initials"),
    ("bjhxdkjyxgs", FIRM, "initials"),
    ("大疆", "深圳市大疆创新科技有限公司", "same_trade_name"),
    ("恒利源", "番禺石碁恒利源五金厂", "holds"),
    ("人民财产保险", "中国人民财产保险股份有限公司北京市分公司", "same_core"),
    ("上海香港睿宝贸易有限公司", "上海睿宝贸易有限公司", "same_core_elsewhere"),
    ("章伟", "张伟", "same_tone"),
    ("张维", "张伟", "same_sound"),
    ("臧伟", "张伟", "sounds_alike"),
    ("伟张", "张伟", "name_order"),
    ("zhang wei", "张伟", "romanised"),
    ("ZHANG, Wei", "张伟", "romanised"),
    ("WeiZhang", "张伟", "romanised"),
    ("zhāng wěi", "张伟", "romanised"),
    ("Wei Zang", "张伟", "romanised_near"),
    ("zw", "张伟", "initials"),
    ("Zhang W.", "张伟", "surname_and_initials"),
    ("李已", "李己", "looks_alike"),
    ("歐陽靖宇", "欧阳靖宇", "same_name"),
    ("欧阳静宇", "欧阳靖宇", "sounds_alike"),
    ("欧阳靖", "欧阳靖宇", "one_missing"),
    ("Jingyu Ouyang", "欧阳靖宇", "romanised"),
    ("ouyang jing yu", "欧阳靖宇", "romanised"),
    ("shan xiongxin", "单雄信", "romanised"),
    ("dan xiongxin", "单雄信", "romanised"),
    ("Lyu Xiaolan", "吕晓兰", "romanised"),
    ("LÜ Xiaolan", "吕晓兰", "romanised"),
    ("吕小兰", "吕晓兰", "same_tone"),
    ("吕晓男", "吕晓兰", "sounds_alike"),
    ("买买提吐尔逊", "买买提·吐尔逊", "same_name"),
    ("Smith, John", "John Smith", "word_order"),
    ("Jon Smith", "John Smith", "one_letter"),
)


def test_every_variant_finds_its_party(known):
    found = {query: codes(search(known, query)) for query, _, _ in VARIANTS}
    assert {query: found[query].get(name) for query, name, _ in VARIANTS} == {query: code for query, _, code in VARIANTS}


@pytest.mark.parametrize("query", ["赵子龙", "上海灵犀网络科技有限公司", "Peter Miller", "qwrtz", "某某", "（）", "é"])
def test_a_name_without_counterpart_finds_nothing(known, query):
    assert codes(search(known, query)) == {}


def test_it_says_why_in_words(known):
    match = search(known, "华信打科技").matches[0]
    assert say_match(match) == "读音相同，用字不同（华信打科技 / 北京华信达科技有限公司）"
    assert say_match(match, english=True).startswith("Same sound, other characters (")


def test_an_identifier_finds_its_holder_in_every_form(firm):
    bring_in(firm, [
        subject("person", "王建国", identifier=ID_NUMBER),
        subject("organisation", "福州某某有限公司", identifier=CREDIT_CODE),
    ])  # fmt: skip
    for number in (ID_NUMBER, "１１０１０１１９９００３０７７５７１", "110101 19900307 7571", "110101900307757"):
        found = search(firm, "无名氏", identifier=number).matches
        assert [(match.name, match.reasons[0].code, match.match_class) for match in found] == [
            ("王建国", "same_identifier", "exact")
        ]
    for number in (CREDIT_CODE, "M000100Y-4", CREDIT_CODE.lower()):
        assert codes(search(firm, "无名氏", identifier=number)) == {"福州某某有限公司": "same_identifier"}


def test_numbers_stand_in_the_register_only_as_keyed_digests(firm):
    bring_in(firm, [subject("person", "王建国", identifier=ID_NUMBER, phone="13800138000")])
    with firm.database.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM conflict_subjects").one()
    assert ID_NUMBER not in str(row)
    assert "13800138000" not in str(row)
    assert codes(search(firm, "无名氏", phone="138 0013 8000")) == {"王建国": "same_phone"}


def test_a_birth_year_or_a_city_tells_two_of_one_name_apart(firm):
    bring_in(firm, [
        subject("person", "王伟", birth_year=1985, city="上海", matter="1"),
        subject("person", "王伟", birth_year=1990, city="北京", matter="2"),
        subject("person", "王伟", matter="3"),
    ])  # fmt: skip
    found = search(firm, "王伟", birth_year=1985).matches
    assert [(match.candidate.matter, match.match_class) for match in found] == [("1", "exact"), ("3", "exact"), ("2", "info")]
    assert [reason.code for reason in found[2].reasons] == ["same_name", "birth_year_differs"]
    assert search(firm, "王伟", city="北京").matches[0].candidate.matter == "2"


def test_another_identity_number_makes_a_namesake_information(firm):
    bring_in(firm, [subject("person", "王伟", identifier=ID_NUMBER)])
    match = search(firm, "王伟", identifier="110101199003078515").matches[0]
    assert (match.match_class, [reason.code for reason in match.reasons]) == ("info", ["same_name", "identifiers_differ"])


GIVEN = "明红刚强丽华芳军杰敏"
LINES = ("科技", "贸易", "建筑", "物流", "传媒", "教育", "农业", "化工", "建材", "服饰")


def test_what_many_are_as_alike_is_one_group_for_review_unless_a_fact_speaks_for_one(firm):
    bring_in(firm, [subject("person", f"王小{letter}", birth_year=1990 + i) for i, letter in enumerate(GIVEN)])
    found = search(firm, "王小波")
    assert {(match.match_class, match.crowd) for match in found.matches} == {("info", 9)}
    assert [(group.code, group.score, len(group.matches)) for group in found.groups] == [("one_wrong", 60, 10)]
    assert (found.totals["groups"], found.totals["review"]) == (1, 0)
    found = search(firm, "王小波", birth_year=1991)
    assert [(match.name, match.match_class) for match in found.matches if match.match_class != "info"] == [("王小红", "review")]


def test_what_few_are_as_alike_is_looked_at_one_by_one_before_and_beside_a_group(firm):
    few, many = ["王晓波", "王霄波"], [f"王小{letter}" for letter in GIVEN]
    bring_in(firm, [subject("person", name) for name in (*few, *many)])
    found = search(firm, "王小波")
    assert [match.name for match in found.matches if match.match_class == "review"] == few
    assert [len(group.matches) for group in found.groups] == [10]


def test_all_that_a_short_name_asks_for_is_looked_at(firm):
    bring_in(
        firm,
        [subject("organisation", f"北京华信{line}有限公司") for line in LINES],
    )
    found = search(firm, "华信")
    assert ({match.match_class for match in found.matches}, len(found.matches), found.groups) == ({"review"}, 10, [])


def test_the_same_search_twice_gives_the_same_answer(known):
    def answer(name: str) -> list[tuple[object, ...]]:
        return [(match.name, match.score, match.match_class, tuple(match.reasons)) for match in search(known, name).matches]

    assert all(answer(query) == answer(query) for query, _, _ in VARIANTS[::7])


def test_what_is_not_read_one_by_one_is_counted(firm, monkeypatch):
    monkeypatch.setattr("workflows.records.conflict_reading.MOST_OF_A_KEY", 3)
    bring_in(firm, [subject("person", f"王小{letter}") for letter in "明红刚强丽华"])
    found = search(firm, "王小波")
    assert len(found.matches) + found.unread == 6


def test_a_subject_that_changes_or_goes_leaves_nothing_behind(firm):
    with firm.database.begin() as connection, conflict_register.Session(bind=connection) as session:
        conflict_register.put_subject(
            session, subject_kind="party", subject_id="p1", kind="person", names={"张三丰": "name"}, lead_id="l1"
        )
        conflict_register.put_subject(
            session, subject_kind="party", subject_id="p1", kind="person", names={"李四光": "name"}, lead_id="l1"
        )
    assert codes(search(firm, "张三丰")) == {}
    assert codes(search(firm, "李四光")) == {"李四光": "same_name"}
    with firm.database.begin() as connection, conflict_register.Session(bind=connection) as session:
        conflict_register.remove_subject(session, "party", "p1")
        tables = ("conflict_subjects", "conflict_names", "conflict_postings")
        assert [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables] == [0, 0, 0]


def test_single_subjects_and_imports_get_numbers_of_their_own(firm):
    bring_in(firm, [subject("person", "张三丰")])
    with firm.database.begin() as connection, conflict_register.Session(bind=connection) as session:
        conflict_register.put(session, conflict_register.Subject("party", "p1", "person", {"李四光": "name"}))
    assert bring_in(firm, [subject("person", "王五岳"), subject("person", "张三丰")]) == 1
    assert all(codes(search(firm, name)) == {name: "same_name"} for name in ("张三丰", "李四光", "王五岳"))


def test_a_search_says_that_an_import_is_not_finished(firm):
    firm.run(RunOperation("conflicts.stage", {"subjects": [asdict(subject("person", "张三丰"))]}), SYSTEM)
    assert not search(firm, "张三丰").complete
