"""The stories of the demo firm: who came, with what, and how it went; everybody in them is invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from stdnum.iso7064 import mod_11_2

from workflows.records.yaml_source import read_yaml
from workflows.wiring import ROOT

STORIES = ROOT / "rules" / "demo_stories.yaml"
UNSET = datetime(1, 1, 1, tzinfo=UTC)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of credit codes, GB 32100


@dataclass
class Story:
    """One client's coming, told once; the player notes what it became."""

    ago: int
    kind: str
    client: str
    type: str
    cause: str
    opponent: str
    amount: int
    fee: int
    runs: int
    end: str
    number: int = 0
    starts_at: datetime = UNSET
    instance_id: str = ""
    lead_id: str = ""
    matter_id: str = ""
    closing_asked: bool = False
    begun: set[str] = field(default_factory=set)

    @property
    def identifier(self) -> str:
        """An identity number or credit code with a right check digit that belongs to nobody we know of: area 999 is none."""
        rnd = Random(self.client)  # noqa: S311 - the same invented client has the same number
        if self.kind == "person":
            body = f"110199{rnd.randint(1960, 1998)}{rnd.randint(1, 12):02d}{rnd.randint(1, 28):02d}{rnd.randint(0, 999):03d}"
            return body + str(mod_11_2.calc_check_digit(body))
        code = "".join(rnd.choice("0123456789") for _ in range(8))
        code += _organisation_digit(code)
        body = f"91110199{code}"
        weights = [pow(3, i, 31) for i in range(17)]
        total = sum(ALPHABET.index(letter) * weight for letter, weight in zip(body, weights, strict=True))
        return body + ALPHABET[(31 - total % 31) % 31]

    @property
    def address(self) -> str:
        """A house in no town."""
        return f"示范市示范区{self.number}号"

    @property
    def phone(self) -> str:
        """A telephone number out of a range that is not given out."""
        return f"1990000{self.number:04d}"

    @property
    def email(self) -> str:
        """An address that reaches nobody."""
        return f"client{self.number}@demo.invalid"


def _organisation_digit(code: str) -> str:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(letter) * weight for letter, weight in zip(code, weights, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def read_stories(until: datetime) -> list[Story]:
    """The stories in the order in which they begin, at ten in the morning in the firm's place."""
    rows: list[dict[str, Any]] = read_yaml(STORIES)["stories"]
    stories = [Story(**row) for row in rows]
    for number, story in enumerate(stories, start=1):
        story.number = number
        day = until - timedelta(days=story.ago)
        story.starts_at = day.replace(hour=10, minute=number % 50, second=0, microsecond=0)
    return sorted(stories, key=lambda story: story.starts_at)


def first_moment(until: datetime) -> datetime:
    """When the first story begins, and an hour before, for the people to arrive."""
    return read_stories(until)[0].starts_at - timedelta(hours=1)
