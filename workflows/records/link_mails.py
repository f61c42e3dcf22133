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
    """The mail of one purpose.

    ``kinds`` are document kinds of which the newest PDF may be read by the link's holder; with ``desk_only`` nobody but the
    front desk hands the link over to a client without an address; a ``standing`` link stays good after an answer. What
    ``must_go`` is sent also while sending to the client is paused.
    """

    subject: str
    body: str
    kinds: tuple[str, ...]
    desk_only: bool = False
    standing: bool = False
    must_go: bool = False


def read_link_mail(purpose: str) -> LinkMail:
    """The mail of a purpose, or the general one."""
    texts = _read()
    found = texts.get(purpose) or texts["default"]
    marks = {name: bool(found.get(name)) for name in ("desk_only", "standing", "must_go")}
    return LinkMail(found["subject"], found["body"], tuple(found["kinds"]), **marks)


def describe_purpose(purpose: str) -> str:
    """What a link asks of its holder, in Chinese."""
    subject = read_link_mail(purpose).subject
    return "在线办理" if "{" in subject else subject


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return texts
