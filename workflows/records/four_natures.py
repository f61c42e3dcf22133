"""The four-nature test (四性检测, DA/T 70-2018): one registry of checks, each a function over a subject.

A check yields findings; a finding that is only a remark is told and fails nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.records.nature_subjects import Subject
from workflows.records.volume_checks import AUTOMATIC, RECEPTION, TRANSFER, YEARLY

GENUINE, COMPLETE, USABLE, SAFE = "真实性", "完整性", "可用性", "安全性"
NATURES_EN = {GENUINE: "Authentic", COMPLETE: "Complete", USABLE: "Usable", SAFE: "Safe"}
EVERY = (AUTOMATIC, RECEPTION, TRANSFER, YEARLY)
BEFORE, AFTER = (AUTOMATIC, RECEPTION), (TRANSFER, YEARLY)
STANDARD = "DA/T 70-2018"
PASSED, REMARKED, FAILED = "passed", "remarked", "failed"


@dataclass(frozen=True)
class Finding:
    """What a check found; ``line`` is the line of the catalogue, a remark fails nothing."""

    problem: str
    line: int | None = None
    is_remark: bool = False


@dataclass(frozen=True)
class Check:
    """One check with its place in the standard; ``stages`` says when it is made."""

    key: str
    nature: str
    stages: tuple[str, ...]
    title: str
    title_en: str
    source: str
    run: Callable[[Subject], Iterable[Finding]]


#: every check by its key, in the order of the report
CHECKS: dict[str, Check] = {}


def check(
    nature: str, stages: tuple[str, ...], title: str, title_en: str, source: str = ""
) -> Callable[[Callable[[Subject], Iterable[Finding]]], Callable[[Subject], Iterable[Finding]]]:
    """Put a function into the registry under its name."""

    def register(run: Callable[[Subject], Iterable[Finding]]) -> Callable[[Subject], Iterable[Finding]]:
        key = run.__name__
        CHECKS[key] = Check(key, nature, stages, title, title_en, source or f"{STANDARD} {nature}检测", run)
        return run

    return register


def run_checks(subject: Subject) -> list[dict[str, Any]]:
    """The result of every check of the subject's stage, as plain JSON."""
    results = []
    for each in sorted(CHECKS.values(), key=lambda known: list(NATURES_EN).index(known.nature)):
        if subject.stage in each.stages:
            found = list(each.run(subject))
            grave = [finding for finding in found if not finding.is_remark]
            results.append(
                {
                    "check": each.key,
                    "outcome": FAILED if grave else REMARKED if found else PASSED,
                    "findings": [vars(finding) for finding in found],
                }
            )
    return results


def list_defects(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What failed, as the defects that the volume's checks list: with the nature, and the line where there is one."""
    defects = []
    for result in results:
        nature = CHECKS[result["check"]].nature
        for finding in result["findings"]:
            if not finding["is_remark"]:
                line = {"line": finding["line"]} if finding["line"] else {}
                defects.append({**line, "problem": f"{nature}：{finding['problem']}"})
    return defects


def list_rows(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The results as the rows of a report: number, nature, check, basis, outcome in words, findings."""
    words = {PASSED: "合格", REMARKED: "合格（有提示）", FAILED: "不合格"}
    rows = []
    for number, result in enumerate(results, 1):
        known = CHECKS[result["check"]]
        told = [f"第{each['line']}件：{each['problem']}" if each["line"] else each["problem"] for each in result["findings"]]
        rows.append(
            {
                "number": number,
                "nature": known.nature,
                "nature_en": NATURES_EN[known.nature],
                "title": known.title,
                "title_en": known.title_en,
                "source": known.source,
                "outcome": result["outcome"],
                "words": words[result["outcome"]],
                "findings": told,
                "told": "；".join(told) or "—",
            }
        )
    return rows
