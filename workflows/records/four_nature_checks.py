"""Every check of the four natures, in the order of the report: importing this fills the registry."""

from __future__ import annotations

from workflows.records import nature_complete, nature_genuine, nature_safe, nature_usable
from workflows.records.four_natures import CHECKS, list_defects, list_rows, run_checks

__all__ = ["CHECKS", "list_defects", "list_rows", "nature_complete", "nature_safe", "nature_usable", "run_checks"]
_ = nature_genuine
