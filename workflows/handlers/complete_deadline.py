"""A deadline is done: what was done, when, and the file that proves it; a preservation leads to its renewal."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import deadline_proofs, deadlines, people

PRESERVED = ("freeze_bank", "seizure_movable", "seizure_land")


def complete(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Take the proof; the watch and every open acknowledgement end with it."""
    deadline_proofs.take_proof(context, data["deadline_id"], values)
    return {}


def read_proof(context: Context, data: Variables) -> dict[str, Any]:
    """Today as the day of the action; which measure a preservation deadline renews."""
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    group = deadline.rule.value["group"]
    return {
        "group": group,
        "acted_on": context.now.astimezone(FIRM_ZONE).date().isoformat(),
        "measure": deadline.kind if deadline.kind in PRESERVED else "none",
    }


def conclude(context: Context, *, deadline_id: str) -> Variables:
    """Whether a deadline was done or missed, once it is settled."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    return {
        "deadline_state": deadline.state,
        "responsible_name": people.find_name(context.session, deadline.responsible_id or "") or "",
    }


HANDLERS = (
    Completion("deadlines.complete", complete, "提交完成证明"),
    Prefill("deadlines.read_proof", read_proof, "完成证明"),
    Operation("deadlines.conclude", conclude, "期限结果"),
)
