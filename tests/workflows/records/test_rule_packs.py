"""Rule packs: every figure has a basis, a period and a source, and the right one is found for a day."""

from datetime import date
from pathlib import Path

import pytest

from engine.errors import NotFound
from workflows.records.rule_packs import PackBroken, get_rule, list_rules, load_packs

ENTRY = """
  - {{key: cap, value: {value}, unit: 元, legal_basis: {basis}, source: LAW,
     effective_from: {start}, effective_to: {end}}}"""


def write_pack(folder: Path, *entries: str) -> Path:
    (folder / "tried.yaml").write_text("jurisdiction: CN\nrules:" + "".join(entries), encoding="utf-8")
    return folder


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: f"{rule.pack}/{rule.key}")
def test_every_rule_names_its_basis_period_unit_and_source(rule):
    assert rule.legal_basis.strip()
    assert rule.source.strip()
    assert rule.unit.strip()
    assert rule.effective_to is None or rule.effective_from <= rule.effective_to


def test_a_rule_is_found_only_inside_its_period(tmp_path):
    folder = write_pack(
        tmp_path,
        ENTRY.format(value=30, basis="旧规", start="2006-12-01", end="2021-12-27"),
        ENTRY.format(value=18, basis="新规", start="2021-12-28", end="null"),
    )
    old, new = load_packs(folder)["tried"]
    assert old.in_force(date(2021, 12, 27))
    assert not old.in_force(date(2021, 12, 28))
    assert new.in_force(date(2021, 12, 28))


def test_the_firm_finds_the_rule_of_the_day():
    assert "87号" in get_rule("fees", "risk_fee_bands", date(2026, 3, 1)).legal_basis
    with pytest.raises(NotFound):
        get_rule("fees", "risk_fee_bands", date(2020, 1, 1))
    with pytest.raises(NotFound):
        get_rule("fees", "no_such_rule", date(2026, 3, 1))


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([ENTRY.format(value=1, basis="''", start="2020-01-01", end="null")], "no legal basis"),
        ([ENTRY.format(value=1, basis="甲", start="昨天", end="null")], "effective_from is not a date"),
        (["\n  - {key: cap, value: 1}"], "fields missing or unknown: effective_from"),
        (
            [
                ENTRY.format(value=1, basis="甲", start="2020-01-01", end="null"),
                ENTRY.format(value=2, basis="乙", start="2022-01-01", end="null"),
            ],
            "two periods of cap overlap",
        ),
    ],
)
def test_a_broken_pack_is_refused_with_its_reason(tmp_path, entries, reason):
    with pytest.raises(PackBroken, match=reason):
        load_packs(write_pack(tmp_path, *entries))
