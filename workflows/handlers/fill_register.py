"""Operation ``conflicts.fill_register``: whom the firm knew before it had a conflict register."""

from __future__ import annotations

from engine import Operation
from workflows.records import conflict_backfill

HANDLERS = (Operation("conflicts.fill_register", conflict_backfill.fill, "补建利冲登记"),)
