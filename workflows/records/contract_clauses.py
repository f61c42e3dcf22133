"""What an engagement contract must contain and must not say: ten statutory clauses, powers, words, fees.

One call, ``check_terms``, gives every error at its own entry of the drafting form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.fee_caps import AID, check_fee
from workflows.records.letter_models import Letter
from workflows.records.powers import check_powers
from workflows.records.rule_packs import get_rule

PACK = "contract_clauses"
COURT_MATTERS = frozenset({"civil", "criminal", "administrative"})

Terms = Mapping[str, Any]
Errors = dict[str, list[FieldError]]


@dataclass(frozen=True)
class ClauseCheck:
    """One of the ten statutory clauses and the entries that it still lacks."""

    key: str
    label: str
    label_en: str
    missing: tuple[str, ...]

    @property
    def present(self) -> bool:
        return not self.missing


def check_clauses(terms: Terms, on: date) -> list[ClauseCheck]:
    """Each statutory clause in order, with the entries that are still empty."""
    return [
        ClauseCheck(
            clause["key"],
            clause["label"],
            clause["label_en"],
            tuple(field for field in clause["fields"] if not (_filled(terms.get(field)) or _not_needed(field, terms))),
        )
        for clause in get_rule(PACK, "statutory_clauses", on).value
    ]


def check_terms(terms: Terms, *, matter_type: str, cause: str, on: date) -> Errors:
    """All field errors of a draft: clauses missing, words banned, powers, agents, fees."""
    errors: Errors = {}
    for found in (
        _missing_clauses(terms, on),
        check_powers(str(terms.get("authority")), terms.get("powers") or [], on),
        _too_many_agents(terms, matter_type, on),
        check_fee(terms, matter_type=matter_type, cause=cause, on=on),
        _unfit_words(terms, on),
    ):
        for path, problems in found.items():
            errors.setdefault(path, []).extend(problems)
    return errors


def list_statutory_titles(letter: Letter, on: date) -> list[str]:
    """The titles under which a contract's letter holds the ten statutory clauses."""
    keys = {clause["key"] for clause in get_rule(PACK, "statutory_clauses", on).value}
    return [clause.title for clause in letter.clauses if clause.id in keys]


def list_unfit_words(texts: Iterable[str], on: date) -> list[FieldError]:
    """Blanks and banned words of a running text, each once."""
    found = _unfit_words({str(index): text for index, text in enumerate(texts)}, on)
    return list({(error.code, error.params["word"]): error for errors in found.values() for error in errors}.values())


def standard_texts(on: date) -> dict[str, str]:
    """First values of the drafting form's long entries."""
    texts: dict[str, str] = get_rule(PACK, "standard_texts", on).value
    return dict(texts)


def _missing_clauses(terms: Terms, on: date) -> Errors:
    basis = get_rule(PACK, "statutory_clauses", on).legal_basis
    return {
        field: [FieldError(refusals.CLAUSE_MISSING, {"clause": check.label, "basis": basis})]
        for check in check_clauses(terms, on)
        for field in check.missing
    }


def _too_many_agents(terms: Terms, matter_type: str, on: date) -> Errors:
    rule = get_rule(PACK, "agents_per_party", on)
    agents = [lawyer for lawyer in terms.get("lawyers") or [] if lawyer.get("part") != "assistant"]
    if matter_type not in COURT_MATTERS or len(agents) <= rule.value:
        return {}
    return {"lawyers": [FieldError(refusals.TOO_MANY_AGENTS, {"limit": rule.value, "basis": rule.legal_basis})]}


def _unfit_words(terms: Terms, on: date) -> Errors:
    rule, blanks = get_rule(PACK, "banned_words", on), get_rule(PACK, "blanks", on)
    errors: Errors = {}
    for path, text in _texts("", terms):
        blank = next((word for word in blanks.value if word in text), None)
        if blank:
            errors.setdefault(path, []).append(FieldError(refusals.BLANK, {"word": blank}))
        for entry in rule.value:
            if entry["word"] in text:
                params = {"word": entry["word"], "instead": entry["instead"], "basis": rule.legal_basis}
                errors.setdefault(path, []).append(FieldError(refusals.BANNED_WORD, params))
                break
    return errors


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text of the terms with its place: ``scope_in``, ``schedule.0.milestone``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(f"{path}.{index}", inner)


def _not_needed(field: str, terms: Terms) -> bool:
    """Nothing is paid where legal aid is given, so there is no schedule."""
    return field == "schedule" and terms.get("fee_mode") == AID


def _filled(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)
