"""Who takes part in a matter, read off the intake forms: the client's facts and the outline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.records.clients import identifier_of
from workflows.records.parties import (
    CLIENT,
    OPPOSING,
    PAYER,
    RELATED_CLIENT,
    RELATED_OPPOSING,
    REPRESENTATIVE,
    THIRD,
    Party,
    split_names,
)

SIDES = {"client": RELATED_CLIENT, "opposing": RELATED_OPPOSING, "third": THIRD}


def client_parties(client: Mapping[str, Any], phone: str) -> list[Party]:
    """The client and who stands behind: legal representative, controller, large shareholders, guardian."""
    kind = client["kind"]
    names = split_names(client.get("former_name"), client.get("other_names"))
    details = {key: client[key] for key in ("birth_date", "gender", "address", "status", "occupation") if client.get(key)}
    found = [
        Party(CLIENT, kind, client["name"], identifier_of(dict(client)), phone, other_names=names, details=details),
    ]
    for key, relation, of_kind in (
        ("legal_representative", "法定代表人", "person"),
        ("controller", "实际控制人", client.get("controller_kind") or "person"),
        ("group", "所属集团", "organisation"),
        ("parent_company", "母公司", "organisation"),
        ("guardian_name", "监护人", "person"),
    ):
        if client.get(key):
            found.append(Party(RELATED_CLIENT, of_kind, client[key], relation=relation))
    found += [Party(RELATED_CLIENT, "organisation", name, relation="分支机构") for name in split_names(client.get("branches"))]
    for key, of_kind in (("shareholders", ""), ("relatives", "person")):
        for row in client.get(key) or []:
            if row.get("name"):
                said = of_kind or row.get("kind") or "person"
                found.append(Party(RELATED_CLIENT, said, row["name"], row.get("identifier") or "", relation=_relation(row)))
    return found


def _relation(row: Mapping[str, Any]) -> str:
    """What a relative is, or a shareholder with the share."""
    if row.get("relation"):
        return str(row["relation"])
    return f"股东（{row['percent']}%）" if row.get("percent") not in (None, "") else "股东"


def outline_parties(outline: Mapping[str, Any]) -> list[Party]:
    """Opposing parties with their representatives, third parties, related persons, and who pays instead of the client."""
    found: list[Party] = []
    for row in outline.get("opposing_parties") or []:
        found += _with_representative(row, OPPOSING, RELATED_OPPOSING)
    for row in outline.get("third_parties") or []:
        found += _with_representative(row, THIRD, THIRD)
    for row in outline.get("related_persons") or []:
        if row.get("name"):
            found.append(_party(row, SIDES.get(row.get("side") or "client", RELATED_CLIENT), row.get("relation") or ""))
    if outline.get("payer_name"):
        kind = outline.get("payer_kind") or "person"
        found.append(Party(PAYER, kind, outline["payer_name"], outline.get("payer_identifier") or ""))
    return found


def _with_representative(row: Mapping[str, Any], role: str, behind: str) -> list[Party]:
    if not row.get("name"):
        return []
    found = [_party(row, role, row.get("role") or "")]
    if row.get("representative"):
        found.append(Party(behind, "person", row["representative"], relation=REPRESENTATIVE))
    return found


def _party(row: Mapping[str, Any], role: str, relation: str) -> Party:
    names = split_names(row.get("former_names"))
    kind = row.get("kind") or "person"
    return Party(role, kind, row["name"], row.get("identifier") or "", relation=relation, other_names=names)
