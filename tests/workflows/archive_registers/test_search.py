"""Finding what is in the archive: terms of any length, and nothing that is closed to whoever looks."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.db import new_id
from workflows.records import archive_index, archive_search, document_texts, volumes, walls
from workflows.records.archive_index import PIECE, TEXT, VOLUME, ArchiveEntryRow
from workflows.records.document_texts import DocumentTextRow
from workflows.records.volumes import VolumeRow

FIRST, SECOND, THIRD = "2019民诉档-0001", "2019民诉档-0002", "2020刑辩档-0001"


def find(archive, words, login="archivist", **more):
    with archive.firm.reading() as session:
        found = archive_search.search(session, words, archive.cast[login], **more)
    return [(hit.kind, hit.volume.file_no, hit.title) for hit in found.hits]


def numbers(archive, words, login="archivist"):
    return {number for _kind, number, _title in find(archive, words, login)}


@pytest.mark.requirement("A12")
def test_terms_of_any_length_are_found(archive, old):
    for words, found in (
        ("乙", {FIRST}), ("股权", {SECOND}), ("租赁合同纠纷", {FIRST}), ("纠纷", {FIRST, SECOND}), ("0001", {FIRST, THIRD}),
        ("民诉档－０００２", {SECOND}), ("甲公司 租赁", {FIRST}), ("甲公司 股权", set()), ("租賃合同", {FIRST}), ("同", {FIRST}),
        ("不存在", set()), ("", set()), ("%", set()), ('"', set()), ("合租", set()),
    ):  # fmt: skip
        assert numbers(archive, words) == found, words


def test_lines_and_texts_are_found_and_follow_their_rows(archive, old):
    archive.add_line(old[FIRST], 1, "起诉状", text="原告请求判令被告支付租金二十万元，并承担诉讼费用。")
    assert find(archive, "起诉状") == [(PIECE, FIRST, "起诉状")]
    assert find(archive, "租金二十万") == []
    archive.run(document_texts.read_new)
    assert find(archive, "租金二十万") == [(TEXT, FIRST, "起诉状")]
    assert [kind for kind, _number, _title in find(archive, "诉")] == [VOLUME, VOLUME, PIECE, TEXT]


def test_a_line_taken_out_of_an_open_volume_is_found_no_more(archive, old):
    def begin(context):
        lead_id = volumes.get_volume(context.session, old[FIRST]).lead_id
        given = {"matter_type": "civil", "client_name": "张三", "title": "张三 · 租赁合同纠纷"}
        return volumes.open_volume(context, matter_id=new_id(), lead_id=lead_id, **given)

    def shorten(context):
        for piece in context.session.scalars(select(archive_index.PieceRow)):
            context.session.delete(piece)
        context.session.flush()
        volumes.count_contents(context, volume_id, pieces=0, pages=0)

    volume_id = archive.run(begin)
    archive.add_line(volume_id, 1, "反诉答辩状")
    assert [title for _kind, _number, title in find(archive, "反诉答辩状")] == ["反诉答辩状"]
    archive.run(shorten)
    assert find(archive, "反诉答辩状") == []


def test_pages_follow_each_other(archive, old):
    for number in range(1, 8):
        archive.add_line(old[FIRST], number, f"租赁合同附件{number}")
    with archive.firm.reading() as session:
        first = archive_search.search(session, "租赁合同", archive.cast["archivist"], limit=3)
        second = archive_search.search(session, "租赁合同", archive.cast["archivist"], limit=10, after=first.after)
    assert first.counts == {VOLUME: 1, PIECE: 7, TEXT: 0}
    assert [hit.number for hit in first.hits] == [0, 7, 6] and first.after
    assert [hit.number for hit in second.hits] == [5, 4, 3, 2, 1] and second.after is None


@pytest.mark.requirement("A12")
def test_a_lawyer_finds_the_own_volumes_and_a_walled_person_nothing(archive, old):
    assert numbers(archive, "纠纷", "lawyer1") == {FIRST}
    assert numbers(archive, "纠纷", "finance") == set()
    assert numbers(archive, "纠纷", "partner1") == {FIRST, SECOND}

    def put_up(context):
        lead_id = volumes.get_volume(context.session, old[FIRST]).lead_id
        wall = walls.propose(context, lead_id, [archive.cast["partner1"].id], "利益冲突")
        walls.activate(context, wall.id)

    archive.run(put_up)
    assert numbers(archive, "纠纷", "partner1") == {SECOND}
    with archive.firm.reading() as session:
        found = archive_search.search(session, "租赁", archive.cast["partner1"])
    assert found.hits == [] and found.counts[VOLUME] == 0


@pytest.mark.requirement("A20")
def test_of_a_state_secret_only_the_volume_is_indexed(archive, old):
    archive.add_line(old[THIRD], 1, "讯问笔录", text="供述内容详见卷宗。")
    archive.run(document_texts.read_new)
    assert find(archive, "讯问") == [] and find(archive, "供述") == []
    assert find(archive, "诈骗") == [(VOLUME, THIRD, "王小五诈骗案")]

    def set_level(level):
        def write(context):
            context.session.get(VolumeRow, old[THIRD]).level = level

        archive.run(write)

    set_level("内部")
    assert find(archive, "讯问") == [(PIECE, THIRD, "讯问笔录")] and find(archive, "供述") == [(TEXT, THIRD, "讯问笔录")]
    set_level("绝密")
    assert find(archive, "讯问") == [] and find(archive, "供述") == []


def test_a_text_of_a_higher_class_is_not_searched(archive, old):
    archive.add_line(old[SECOND], 1, "审计报告", text="净资产为负三千万元。")
    archive.add_line(old[FIRST], 1, "审计意见", text="净资产为正三千万元。")
    archive.run(document_texts.read_new)
    with archive.firm.reading() as session:
        hits = archive_search.search(session, "净资产", archive.cast["archivist"]).hits
    assert [(hit.volume.file_no, hit.excerpt) for hit in hits] == [(FIRST, "净资产为正三千万元")]
    assert find(archive, "审计") == [(PIECE, FIRST, "审计意见"), (PIECE, SECOND, "审计报告")]


@pytest.mark.requirement("A12")
def test_a_complaint_in_the_volume_is_not_found_by_the_lawyer_it_is_about(archive, old):
    archive.add_line(old[FIRST], 1, "投诉答复意见书", slot="complaint")
    assert find(archive, "投诉答复") == [(PIECE, FIRST, "投诉答复意见书")]
    assert find(archive, "投诉答复", "lawyer1") == []


@pytest.mark.requirement("A17")
def test_nothing_of_a_forgotten_volume_is_left(archive, old):
    archive.add_line(old[FIRST], 1, "起诉状", text="原告请求判令被告支付租金。")
    archive.run(document_texts.read_new)
    assert archive.run(lambda context: archive_search.forget(context, old[FIRST])) == 3
    assert find(archive, "租金") == [] and find(archive, "起诉状") == [] and find(archive, "租赁") == []
    with archive.firm.reading() as session:
        assert session.scalars(select(ArchiveEntryRow.id).where(ArchiveEntryRow.volume_id == old[FIRST])).all() == []
        assert session.scalars(select(DocumentTextRow.document_id)).all() == []


def test_the_index_can_be_built_afresh(archive, old):
    archive.add_line(old[FIRST], 1, "起诉状", text="原告请求判令被告支付租金。")
    archive.run(document_texts.read_new)
    before = find(archive, "诉")
    assert archive.run(archive_index.rebuild) == 3
    assert find(archive, "诉") == before and find(archive, "租金")
    with archive.firm.reading() as session:
        assert not archive_index.is_needed(session)
