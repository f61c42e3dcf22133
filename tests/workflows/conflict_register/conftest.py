"""An engine with a few parties in the register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from engine import SYSTEM, Engine, FrozenClock, Registry, RunOperation, open_engine
from workflows.handlers import import_conflicts
from workflows.records.conflict_match import Found, Question, find
from workflows.records.conflict_register import Subject

PARTIES = (
    (
        "organisation",
        "北京华信达科技有限公司",
        {"华达": "alias", "北京大展电子有限公司": "former", "Huaxinda Technology Co., Ltd.": "alias"},
    ),
    ("organisation", "深圳市大疆创新科技有限公司", {}),
    ("organisation", "番禺石碁恒利源五金厂", {}),
    ("organisation", "中国人民财产保险股份有限公司北京市分公司", {}),
    ("organisation", "上海睿宝贸易有限公司", {}),
    ("person", "张伟", {}),
    ("person", "李己", {}),
    ("person", "欧阳靖宇", {}),
    ("person", "单雄信", {}),
    ("person", "吕晓兰", {}),
    ("person", "买买提·吐尔逊", {}),
    ("person", "John Smith", {}),
)
ID_NUMBER, CREDIT_CODE = "110101199003077571", "91350100M000100Y43"

Search = Callable[..., Found]


def subject(kind: str, name: str, others: dict[str, str] | None = None, **facts: Any) -> Subject:
    """A subject as an import makes it."""
    return Subject("imported", "", kind, {name: "name", **(others or {})}, **facts)


@pytest.fixture
def firm(database_url: str, clock: FrozenClock) -> Iterator[Engine]:
    """An engine with nothing but the operations of the import."""
    registry = Registry()
    registry.add(import_conflicts.HANDLERS)
    engine = open_engine(database_url, clock=clock, registry=registry, lane_roles={}, checks={}, tools={})
    yield engine
    engine.close()


def bring_in(firm: Engine, subjects: list[Subject]) -> int:
    """Import subjects; returns how many were new."""
    new = firm.run(RunOperation("conflicts.stage", {"subjects": [asdict(each) for each in subjects]}), SYSTEM)["new"]
    for part in range(2):
        firm.run(RunOperation("conflicts.merge", {"part": part, "parts": 2}), SYSTEM)
    return int(new)


@pytest.fixture
def known(firm: Engine) -> Engine:
    """An engine whose register holds the parties above."""
    bring_in(firm, [subject(*each) for each in PARTIES])
    return firm


def search(firm: Engine, name: str, kind: str = "", **facts: Any) -> Found:
    """What a search for one name finds."""
    with firm.reading() as session:
        return find(session, Question({name: "name"}, kind, **facts))


def codes(found: Found) -> dict[str, str]:
    """The first reason for each name found."""
    return {match.name: match.reasons[0].code for match in found.matches}
