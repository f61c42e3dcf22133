"""Who may sign for a client (有权签署人): the client in person, who represents it, and whom the contract names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.forms import FieldError
from workflows.records.contracts import find_contract
from workflows.records.leads import get_lead

NOT_ENTITLED = "“{name}” may not sign for the client. Entitled are: {names}."


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature binds the client."""

    name: str
    position: str


def list_signers(session: Session, lead_id: str) -> list[Signer]:
    """Everybody entitled; empty when the case file knows nobody (an organisation without a representative)."""
    client = get_lead(session, lead_id).client
    found = []
    if client.get("kind") == "person" and client.get("name"):
        found.append(Signer(client["name"], "本人"))
    for key, position in (("guardian_name", "法定代理人"), ("legal_representative", "法定代表人")):
        if client.get(key):
            found.append(Signer(client[key], position))
    contract = find_contract(session, lead_id)
    rows = (contract.terms.get("instructors") or []) if contract and contract.signed_at else []
    found += [Signer(row["name"], row.get("position") or "合同授权签署人") for row in rows if row.get("name")]
    return list({signer.name: signer for signer in reversed(found)}.values())[::-1]


def check_signer(session: Session, lead_id: str, name: str) -> dict[str, list[FieldError]]:
    """The field error of ``signer_name`` when somebody else signs; empty when the case file knows nobody entitled."""
    entitled = list_signers(session, lead_id)
    if not entitled or name.strip() in {signer.name for signer in entitled}:
        return {}
    names = "、".join(f"{signer.name}（{signer.position}）" for signer in entitled)
    return {"signer_name": [FieldError(NOT_ENTITLED, {"name": name, "names": names})]}
