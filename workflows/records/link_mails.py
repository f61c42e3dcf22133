"""What a client reads when a link is sent, and which documents lie beside the form: ``rules/link_mails.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent.parent / "rules" / "link_mails.yaml"


@dataclass(frozen=True)
class LinkMail:
    """The mail of one purpose; ``kinds`` are document kinds of which the newest PDF may be read by the link's holder."""

    subject: str
    body: str
    kinds: tuple[str, ...]


def read_link_mail(purpose: str) -> LinkMail:
    """The mail of a purpose, or the general one."""
    texts = _read()
    found = texts.get(purpose) or texts["default"]
    return LinkMail(found["subject"], found["body"], tuple(found["kinds"]))


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return texts
