"""Declaring interests: everybody their own, seen by compliance and the director, found by the next search."""

from __future__ import annotations

from sqlalchemy import select

from tests.web.conftest import text
from workflows.records import interests, people
from workflows.records.conflict_register import NAMES


def person(house, login):
    with house.engine.reading() as session:
        return people.find_person_by_login(session, login)


ENTRIES = {
    "relatives.0.name": "李国华",
    "relatives.0.relation": "父亲",
    "posts.0.name": "示范大学",
    "posts.0.detail": "兼职教授",
    "investments.0.name": "星光有限公司",
    "investments.0.detail": "百分之三",
    "advisers.0.name": "示例贸易有限公司",
    "advisers.0.detail": "个人名义常年顾问",
    "former_matters.0.name": "某甲有限公司",
    "former_matters.0.party_kind": "organisation",
    "former_matters.0.role": "client",
    "former_matters.0.until": "2026-03-01",
}


def test_everybody_declares_and_compliance_reads(house, browse):
    own = person(house, "lawyer1")
    lawyer = browse("lawyer1")
    assert lawyer.get("/interests").headers["Location"].endswith(f"/interests/{own.id}")
    assert "李国华" in text(lawyer.get(f"/interests/{own.id}"))
    assert "近亲属" in text(lawyer.get(f"/interests/{own.id}"))
    refused = lawyer.post(f"/interests/{own.id}", **{**ENTRIES, "former_matters.0.role": ""})
    assert refused.status_code == 422 and "示范大学" in text(refused)  # nothing typed is lost
    added = lawyer.post(f"/interests/{own.id}", **{**ENTRIES, "_add:posts": "1"})
    assert added.status_code == 200 and "posts.1.name" in text(added)
    assert lawyer.post(f"/interests/{own.id}", **ENTRIES).status_code == 303
    with house.engine.reading() as session:
        found = interests.list_interests(session, own.id)
        names = set(session.scalars(select(NAMES.c.name)))
    assert {each.kind for each in found} == set(interests.KINDS)
    assert {"示范大学", "星光有限公司", "示例贸易有限公司", "某甲有限公司"} <= names
    shown = text(lawyer.get(f"/interests/{own.id}"))
    assert "兼职教授" in shown and "2026-03-01" in shown
    listed = text(browse("compliance").get("/interests"))
    assert own.name in listed and f"/interests/{own.id}" in listed


def test_compliance_enters_for_others_and_nobody_else_does(house, browse):
    own = person(house, "finance")
    assert browse("partner1").post(f"/interests/{own.id}", **ENTRIES).status_code == 403
    assert browse("compliance").post(f"/interests/{own.id}", **ENTRIES).status_code == 303
    # what was taken out of the form is taken back, in the index too
    assert browse("finance").post(f"/interests/{own.id}").status_code == 303
    with house.engine.reading() as session:
        assert interests.list_interests(session, own.id) == []
        assert people.find_person(session, own.id).relatives == []
        assert "星光有限公司" not in set(session.scalars(select(NAMES.c.name)))
