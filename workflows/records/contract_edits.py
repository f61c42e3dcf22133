"""What an edited contract text may change: everything but what the firm computes with, and nothing the law asks for.

Fees, payments, lawyers and authority stand in the structured terms; a change of them goes through the form, where
decision D3 and the powers are judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.contract_clauses import list_statutory_titles, list_unfit_words
from workflows.records.letter_models import Fields, Letter, Table
from workflows.records.text_differences import ADDED, REMOVED, SAME, Piece, compare_letters
from workflows.records.word_reading import NotReadable, read_word

#: clauses whose figures and names the process goes by
LOCKED = frozenset({"lawyers", "authority", "fees", "risk"})


def read_edited(content: bytes, generated: Letter, on: date) -> tuple[Letter | None, list[FieldError]]:
    """The edited text, or why it cannot be put forward."""
    try:
        edited = read_word(content, generated)
    except NotReadable:
        return None, [FieldError(refusals.NOT_WORD)]
    if all(part.sort == SAME for part in compare_letters(generated, edited)):
        return None, [FieldError(refusals.TEXT_UNCHANGED)]
    errors: list[FieldError] = []
    if locked := _changed_locked(generated, edited):
        errors.append(FieldError(refusals.LOCKED_CHANGED, {"clauses": "、".join(locked)}))
    titles = {clause.title for clause in edited.clauses if clause.text.strip()}
    if missing := [title for title in list_statutory_titles(generated, on) if title not in titles]:
        errors.append(FieldError(refusals.TEXT_CLAUSE_MISSING, {"clauses": "、".join(missing)}))
    texts = ["\n".join((clause.text, *clause.items)) for clause in edited.clauses]
    errors += list_unfit_words(texts, on)
    return edited, errors


def with_version(letter: Letter, old: int, new: int) -> Letter:
    """The letter with the number of its version in the footnote."""
    return replace(letter, footnote=letter.footnote.replace(f"第{old}稿", f"第{new}稿"))


def mark(pieces: Iterable[Piece]) -> str:
    """A changed text in one run: what is gone and what is new in brackets of their own."""
    marks = {REMOVED: "〔删：{}〕", ADDED: "【增：{}】", SAME: "{}"}
    return "".join(marks[piece.sort].format(piece.text) for piece in pieces)


def _changed_locked(generated: Letter, edited: Letter) -> list[str]:
    found = {clause.id: (clause.text, clause.items) for clause in edited.clauses}
    changed = [
        clause.title
        for clause in generated.clauses
        if clause.id in LOCKED and found.get(clause.id) != (clause.text, clause.items)
    ]
    for kind, name in ((Table, "付款计划表"), (Fields, "合同双方")):
        before, after = ([block for block in letter.blocks if isinstance(block, kind)] for letter in (generated, edited))
        if before != after:
            changed.append(name)
    return changed
