"""Relations between parties (关联关系): who stands behind whom, from every lead, and who is reached within two steps.

A name alone ties two organisations together; two people of one name are the same only for sure when the identity number
agrees, so a way through a person known by name alone is marked as weak.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import String, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, new_id
from workflows.records.conflict_names import normalise
from workflows.records.identifiers import clean

STEPS = 2
MOST = 200  # affiliates of one matter that are searched; how many more there are is said


class PartyRelationRow(Base):
    """Somebody stands in a relation to somebody: the shareholder to the company, the spouse to the person."""

    __tablename__ = "party_relations"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    near_key: Mapped[str] = mapped_column(String(32), index=True)
    near_id: Mapped[str] = mapped_column(String(32), index=True)
    near_name: Mapped[str] = mapped_column(String(200))
    near_kind: Mapped[str] = mapped_column(String(12))
    near_identifier: Mapped[str] = mapped_column(String(60))
    relation: Mapped[str] = mapped_column(String(60))
    far_key: Mapped[str] = mapped_column(String(32), index=True)
    far_id: Mapped[str] = mapped_column(String(32), index=True)
    far_name: Mapped[str] = mapped_column(String(200))
    far_kind: Mapped[str] = mapped_column(String(12))
    far_identifier: Mapped[str] = mapped_column(String(60))


@dataclass(frozen=True)
class Node:
    """Somebody in the graph: a name, its kind, and the identifier where it is known."""

    name: str
    kind: str
    identifier: str = ""

    @property
    def key(self) -> str:
        """What two mentions of the name have in common."""
        return _digest(f"{self.kind}:{normalise(self.name)}")

    @property
    def id(self) -> str:
        """What two mentions of the identifier have in common; empty without one."""
        return _digest(clean(self.identifier)) if clean(self.identifier) else ""

    def is_same(self, other: Node) -> bool:
        """Whether two mentions may be one: the same identifier, or the same name and no identifier against it."""
        if self.id and other.id:
            return self.id == other.id
        return self.key == other.key


@dataclass(frozen=True)
class Link:
    """One relation: ``near`` is the ``relation`` of ``far``."""

    near: Node
    relation: str
    far: Node


@dataclass(frozen=True)
class Affiliate:
    """Somebody reached from a party, and the way there."""

    node: Node
    path: tuple[Link, ...]
    is_weak: bool


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_relations(session: Session, lead_id: str, links: Iterable[Link]) -> None:
    """Replace what a lead says of who stands behind whom."""
    gone = delete(PartyRelationRow).where(PartyRelationRow.lead_id == lead_id)
    session.execute(gone.execution_options(synchronize_session=False))
    for link in links:
        near, far = link.near, link.far
        session.add(
            PartyRelationRow(
                id=new_id(), lead_id=lead_id, relation=link.relation[:60],
                near_key=near.key, near_id=near.id, near_name=near.name[:200], near_kind=near.kind,
                far_key=far.key, far_id=far.id, far_name=far.name[:200], far_kind=far.kind,
                near_identifier=near.identifier, far_identifier=far.identifier,
            )
        )  # fmt: skip
    session.flush()


def list_links(session: Session, nodes: Sequence[Node]) -> list[Link]:
    """Every relation that one of some nodes takes part in."""
    keys, ids = {node.key for node in nodes}, {node.id for node in nodes if node.id}
    row = PartyRelationRow
    either = or_(row.near_key.in_(keys), row.far_key.in_(keys), row.near_id.in_(ids), row.far_id.in_(ids))
    found = [_link(each) for each in session.scalars(select(row).where(either).order_by(row.id))]
    return list({(link.near, link.relation, link.far): link for link in found}.values())


def find_affiliates(session: Session, starts: Sequence[Node]) -> tuple[dict[Node, list[Affiliate]], int]:
    """Who is reached from each start within two steps, the starts left out; and how many more there are than are searched."""
    reached: dict[Node, list[Affiliate]] = {start: [] for start in starts}
    edge: list[tuple[Node, Affiliate]] = [(start, Affiliate(start, (), is_weak=False)) for start in starts]
    left = 0
    for _ in range(STEPS):
        links = list_links(session, [affiliate.node for _start, affiliate in edge]) if edge else []
        ahead: list[tuple[Node, Affiliate]] = []
        for start, affiliate in edge:
            for step in _steps(affiliate, links):
                known = [start, *(each.node for each in reached[start])]
                if any(step.node.is_same(each) for each in known):
                    continue
                if sum(map(len, reached.values())) >= MOST:
                    left += 1
                    continue
                reached[start].append(step)
                ahead.append((start, step))
        edge = ahead
    own = list(starts)
    return {start: [e for e in found if not any(e.node.is_same(each) for each in own)] for start, found in reached.items()}, left


def _steps(affiliate: Affiliate, links: Sequence[Link]) -> Iterable[Affiliate]:
    """The affiliates one relation further on."""
    here = affiliate.node
    for link in links:
        for this, that in ((link.near, link.far), (link.far, link.near)):
            if here.is_same(this):
                sure = this.kind == "organisation" or (bool(here.id) and here.id == this.id)
                yield Affiliate(that, (*affiliate.path, link), affiliate.is_weak or not sure)


def _link(row: PartyRelationRow) -> Link:
    near = Node(row.near_name, row.near_kind, row.near_identifier)
    return Link(near, row.relation, Node(row.far_name, row.far_kind, row.far_identifier))
