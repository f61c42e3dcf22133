"""Who signs a contract for the client: one person, or each of several in the order of the draft."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from workflows.records.contract_signing import list_signatures
from workflows.records.contracts import Contract
from workflows.records.leads import get_lead

POSITIONS = {"self": "本人", "legal_representative": "法定代表人", "agent": "代理人"}


@dataclass(frozen=True)
class Signer:
    """One signer; ``is_listed`` when the draft names them, ``position`` as it stands under the signature."""

    name: str
    capacity: str
    position: str
    email: str
    is_listed: bool

    def to_json(self) -> dict[str, Any]:
        """The signer as a process variable."""
        return asdict(self)


def list_signers(session: Session, contract: Contract) -> list[Signer]:
    """Everybody who must sign; without a list the client, or an organisation's legal representative."""
    listed = [_read(row) for row in contract.terms.get("signers") or []]
    if listed:
        return listed
    client = get_lead(session, contract.lead_id).client
    capacity = "self" if client.get("kind") == "person" else "legal_representative"
    name = client.get("name" if capacity == "self" else "legal_representative") or ""
    return [Signer(str(name), capacity, POSITIONS[capacity], "", is_listed=False)]


def list_waiting(session: Session, contract: Contract) -> list[Signer]:
    """Who has not signed this version yet, in order."""
    signed = len(list_signatures(session, contract.id, contract.version))
    return list_signers(session, contract)[signed:]


def _read(row: dict[str, Any]) -> Signer:
    position = POSITIONS.get(row.get("signer_capacity") or "", "委托人")
    if represented := row.get("signer_for"):
        position = f"{represented}{position}"
    return Signer(
        row["signer_name"], row.get("signer_capacity") or "self", position, row.get("signer_email") or "", is_listed=True
    )
