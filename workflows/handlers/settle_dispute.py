"""A dispute over the period of keeping or the class of secrecy, settled by partner and compliance, else by the director."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import retention_packs, retention_periods, volumes
from workflows.records.volumes import LONG, SHORT

FIGURES = {LONG: "long_years", SHORT: "short_years"}  # nothing is counted for a permanent volume
AGREED = "agree"
#: the form's choices as the cover names them
LEVELS = {"internal": volumes.INTERNAL, "secret": volumes.SECRET, "confidential": volumes.CONFIDENTIAL}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """What stands on the cover, what the archivist objects to, and the opinion so far."""
    volume = volumes.get_volume(context.session, data["volume_id"])
    opinion = data.get("dispute") or {}
    level = LEVELS.get(volume.cover.get("level") or "", volumes.INTERNAL)
    return {
        "now": f"保管期限：{volume.retention}（{volume.retention_reason}）；密级：{level}",
        "objection": data.get("dispute_objection") or "",
        "period": opinion.get("period") or volume.retention_code,
        "level": opinion.get("level") or volume.cover.get("level") or "internal",
        "reason": opinion.get("reason") or "",
        "partner_reason": opinion.get("reason") or "",
    }


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """An opinion with its reason; the last one counts."""
    opinion = {"period": values["period"], "level": values["level"], "reason": values["reason"], "by": context.actor.name}
    context.audit("volume.dispute_opinion", f"volume:{data['volume_id']}", period=values["period"], level=values["level"])
    return {"dispute": opinion, "dispute_agreed": True}


def agree(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance agrees, or the director decides; sets ``dispute_agreed``."""
    agreed = values["verdict"] == AGREED
    context.audit("volume.dispute_judged", f"volume:{data['volume_id']}", agreed=agreed, reason=values.get("reason") or "")
    return {"dispute_agreed": agreed, "compliance_reason": values.get("reason") or ""}


def settle(context: Context, *, volume_id: str, dispute: dict[str, Any]) -> Variables:
    """Record the period and the class that were decided; sets what the sheets are made from."""
    volume = volumes.get_volume(context.session, volume_id)
    reason = f"争议决定（{dispute['by']}）：{dispute['reason']}"
    volumes.set_cover(context, volume_id, {**volume.cover, "level": dispute["level"]})
    if dispute["period"] == volume.retention_code:
        return {"retention_code": None, "retention_years": 0, "retention_reason": ""}
    figure, years = FIGURES.get(dispute["period"]), 0
    if figure:
        pack = retention_packs.pack_in_force(context.session)
        years = int(retention_packs.threshold(pack, figure, context.now.astimezone(FIRM_ZONE).date()))
    decided = retention_periods.set_period(context, volume_id, code=dispute["period"], years=years, reason=reason)
    return {
        "retention_code": None,
        "retention_years": decided.retention_years or 0,
        "retention_reason": decided.retention_reason,
    }


HANDLERS = (
    Prefill("disputes.read", read, title="期限密级争议"),
    Completion("disputes.decide", decide, title="提出意见"),
    Completion("disputes.agree", agree, title="合规意见"),
    Operation("disputes.settle", settle, title="按决定更正期限密级"),
)
