"""Parties (当事人): everybody a lead names, on which side, and under which names; each stands in the conflict index."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, new_id
from workflows.records import conflict_changes, conflict_index, party_relations
from workflows.records.conflict_names import normalise
from workflows.records.conflict_tables import ConflictCheckRow
from workflows.records.party_relations import Link, Node

# What a party is in its lead. “related_client” and “related_opposing” are near one side: a legal representative, a parent
# company, a controller, a spouse.
CLIENT, OPPOSING, THIRD, PAYER = "client", "opposing", "third", "payer"
RELATED_CLIENT, RELATED_OPPOSING = "related_client", "related_opposing"
REPRESENTATIVE = "法定代表人或代理人"  # the relation of whom the outline names beside a party
SEPARATORS = re.compile(r"[、，,;；\n]+")


class PartyRow(Base):
    __tablename__ = "parties"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    source: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(200))
    identifier: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(40))
    relation: Mapped[str] = mapped_column(String(60))
    other_names: Mapped[dict[str, str]] = mapped_column(Json)
    details: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class Party:
    """Somebody a lead names; ``other_names`` maps a name to ``former`` or ``alias``; ``relation`` is free text."""

    role: str
    kind: str
    name: str
    identifier: str = ""
    phone: str = ""
    relation: str = ""
    other_names: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    lead_id: str = ""

    @property
    def names(self) -> dict[str, str]:
        """Every name with its kind, the present one first."""
        return {self.name: "name", **{name: kind for name, kind in self.other_names.items() if name != self.name}}


def split_names(former: str | None, alias: str | None = None) -> dict[str, str]:
    """Names typed into one field, separated by commas, by kind."""
    found: dict[str, str] = {}
    for text, kind in ((alias, "alias"), (former, "former")):
        found |= {name.strip(): kind for name in SEPARATORS.split(text or "") if name.strip()}
    return found


def write_parties(context: Context, lead_id: str, source: str, parties: Sequence[Party]) -> list[Party]:
    """Replace what one source (a form) says about a lead's parties, and the index with it.

    When the conflicts of the lead were cleared already, a change of who takes part asks for a new comparison.
    """
    session = context.session
    before = party_set_hash(list_parties(session, lead_id))
    old = list(session.scalars(select(PartyRow.id).where(PartyRow.lead_id == lead_id, PartyRow.source == source)))
    for party_id in old:
        conflict_index.remove_subject(session, "party", party_id)
    session.execute(delete(PartyRow).where(PartyRow.id.in_(old)).execution_options(synchronize_session="fetch"))
    written = [_add(session, lead_id, source, position, party) for position, party in enumerate(parties)]
    everybody = list_parties(session, lead_id)
    party_relations.write_relations(session, lead_id, find_links(everybody))
    conflict_changes.forget_lead(context, lead_id)
    for party in everybody:
        conflict_changes.note(context, "party", party.id, party.name, lead_id)
    if everybody and party_set_hash(everybody) != before and _is_cleared(session, lead_id):
        context.send_message("conflict.names_changed", correlation=lead_id, payload={"lead_id": lead_id, "trigger": "parties"})
    return written


def _is_cleared(session: Session, lead_id: str) -> bool:
    """Whether the newest conflict check of a lead has let it pass."""
    query = select(ConflictCheckRow.state).where(ConflictCheckRow.lead_id == lead_id).order_by(ConflictCheckRow.id.desc())
    return session.scalars(query.limit(1)).first() in ("CLEAR", "WAIVED")


def find_links(parties: Sequence[Party]) -> list[Link]:
    """Who stands behind whom: those near a side are related to its parties, a representative to the one it stands after."""
    clients = [party for party in parties if party.role == CLIENT]
    opponents = [party for party in parties if party.role == OPPOSING]
    links: list[Link] = []
    last: Party | None = None
    for party in parties:
        if party.role == OPPOSING:
            last = party
        elif party.role in (RELATED_CLIENT, PAYER):
            links += [_link(party, client) for client in clients]
        elif party.role == RELATED_OPPOSING:
            stands_after = last is not None and party.relation == REPRESENTATIVE
            links += [_link(party, each) for each in ([last] if stands_after and last else opponents)]
    return links


def _link(near: Party, far: Party) -> Link:
    relation = near.relation or ("付款人" if near.role == PAYER else "关联方")
    return Link(node_of(near), relation, node_of(far))


def node_of(party: Party) -> Node:
    """A party in the graph of relations."""
    return Node(party.name, party.kind, party.identifier)


def _add(session: Session, lead_id: str, source: str, position: int, party: Party) -> Party:
    row = PartyRow(
        id=new_id(),
        lead_id=lead_id,
        source=source,
        position=position,
        role=party.role,
        kind=party.kind,
        name=party.name[:200],
        identifier=party.identifier,
        phone=party.phone,
        relation=party.relation,
        other_names=dict(party.other_names),
        details=dict(party.details),
    )
    session.add(row)
    session.flush()
    _index(session, row)
    return _party(row)


def _index(session: Session, row: PartyRow) -> None:
    conflict_index.put_subject(
        session,
        subject_kind="party",
        subject_id=row.id,
        lead_id=row.lead_id,
        kind=row.kind,
        names=_party(row).names,
        identifier=row.identifier,
        phone=row.phone,
    )


def index_again(context: Context) -> int:
    """Write the index of all parties anew, after the way names are compared has changed; returns how many."""
    rows = list(context.session.scalars(select(PartyRow)))
    for row in rows:
        _index(context.session, row)
    return len(rows)


def remove_lead(context: Context, lead_id: str) -> None:
    """Forget every party of a lead, in the index too: somebody did not consent to being kept."""
    for source in context.session.scalars(select(PartyRow.source).where(PartyRow.lead_id == lead_id).distinct()).all():
        write_parties(context, lead_id, source, [])


def list_parties(session: Session, lead_id: str) -> list[Party]:
    """The parties of a lead: client first, then as they were written."""
    rows = session.scalars(select(PartyRow).where(PartyRow.lead_id == lead_id).order_by(PartyRow.source, PartyRow.position))
    return sorted((_party(row) for row in rows), key=lambda party: party.role != CLIENT)


def find_party(session: Session, party_id: str) -> Party | None:
    """A party by id."""
    row = session.get(PartyRow, party_id)
    return _party(row) if row else None


def party_set_hash(parties: Sequence[Party]) -> str:
    """A digest of who takes part in which role: a new one means that conflicts must be checked again."""
    who = sorted(
        [party.role, party.kind, normalise(party.name), party.identifier, *sorted(map(normalise, party.other_names))]
        for party in parties
    )
    return hashlib.sha256(orjson.dumps(who)).hexdigest()


def _party(row: PartyRow) -> Party:
    return Party(
        role=row.role,
        kind=row.kind,
        name=row.name,
        identifier=row.identifier,
        phone=row.phone,
        relation=row.relation,
        other_names=row.other_names,
        details=row.details,
        id=row.id,
        lead_id=row.lead_id,
    )
