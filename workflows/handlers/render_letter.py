"""Effect ``letters.render``: a letter as PDF/A and Word in the case file."""

from __future__ import annotations

from engine.handlers import Effect
from workflows.records.letter_papers import prepare_letter, set_letter, store_letter

HANDLERS = (Effect("letters.render", prepare_letter, set_letter, store_letter, title="生成文书"),)
