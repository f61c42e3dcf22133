"""Who the firm is: the particulars printed on letters, seals and archive numbers, from ``rules/firm.yaml``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

SOURCE = Path(__file__).parent.parent / "rules" / "firm.yaml"


@lru_cache(maxsize=1)
def read_firm() -> dict[str, str]:
    """The firm's name, english_name, short_name, address, phone, email, credit_code, fonds (全宗号), complaints."""
    return {key: str(value) for key, value in yaml.safe_load(SOURCE.read_text(encoding="utf-8")).items()}
