"""The automatic steps of a conflict check: query list, search, classes, the check before signing, the end."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Context, Operation
from engine.handlers import Variables
from workflows.records import client_mail, conflict_search, conflict_validity, conflicts, interests, leads, parties, people
from workflows.records.rule_packs import get_rule


def open_check(context: Context, *, lead_id: str, team: list[str] | None = None) -> Variables:
    """Open a check, or go on with the one of this instance, and say by when each of its steps is due.

    ``team`` are the lawyers who would work on the matter; without it the lead's contact lawyer. A pressing case has hours.
    """
    session, today = context.session, context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(session, lead_id)
    people_asked = team or ([lead.lawyer_id] if lead.lawyer_id else [])
    check = conflicts.find_open_check(session, lead_id, context.instance_id or "")
    check = check or conflicts.open_check(context, lead_id, people_asked)
    urgent = leads.is_urgent(lead)

    def span(key: str) -> str:
        if not urgent:
            return f"{get_rule('conflicts', key, today).value} WD"
        return f"{get_rule('conflicts', 'check_urgent' if key == 'check' else 'step_urgent', today).value} h"

    return {
        "conflict_check_id": check.id,
        "conflict_check_no": check.check_no,
        "conflict_team": check.team,
        "conflict_asked": check.team,
        "conflict_is_urgent": urgent,
        "conflict_check_due": span("check"),
        "conflict_declare_due": span("declare"),
        "conflict_declare_again": f"R/{get_rule('conflicts', 'declare', today).value} WD",
        "conflict_undeclared_after": f"{get_rule('conflicts', 'undeclared', today).value} WD",
        "conflict_review_due": span("review"),
        "conflict_decide_due": span("decide"),
    }


def assemble(context: Context, *, check_id: str) -> Variables:
    """Whether enough is known for a search, and whether the lawyer may still be asked."""
    check = conflicts.get_check(context.session, check_id)
    if check.state == conflicts.REVIEW:
        check = conflicts.change_check(context, check.id, state=conflicts.RUNNING)
    missing = conflicts.list_missing(context.session, check.lead_id, context.now)
    most = int(get_rule("conflicts", "ask_loops", context.now.astimezone(FIRM_ZONE).date()).value)
    return {
        "conflict_sufficient": not missing,
        "conflict_may_ask": check.asked < most,
        "conflict_team": check.team,
        "conflict_asked": check.team,
        "conflict_decision": conflicts.INSUFFICIENT if missing else conflicts.CLEAR,
    }


def search(context: Context, *, check_id: str) -> Variables:
    """Search everything the firm knows; the situations go to decision table D1."""
    found = conflict_search.run_search(context, check_id)
    return {"conflict_hits": found["hits"], "conflict_situations": found["situations"]}


def classify(context: Context, *, check_id: str, verdicts: list[str]) -> Variables:
    """Keep the classes that D1 gave; compliance hears at once of hits in a pressing case."""
    found = conflict_search.classify(context, check_id, verdicts)
    check = conflicts.get_check(context.session, check_id)
    lead = leads.get_lead(context.session, check.lead_id)
    if found["conflict_to_judge"] and leads.is_urgent(lead):
        subject = f"紧急利益冲突审查待核实：{check.check_no}"
        many = found["conflict_to_judge"]
        body = f"来访{lead.lead_no}（{lead.client_name}）情况紧急，检索到{many}条须核实的命中，请立即登录待办核实。"
        client_mail.mail_role(context, role="compliance", subject=subject, body=body, lead_id=lead.id)
    return {**found, "conflict_situations": [], "conflict_verdicts": []}


def escalate(context: Context, *, check_id: str) -> Variables:
    """Tell the director that the whole check is late."""
    check = conflicts.get_check(context.session, check_id)
    lead = leads.get_lead(context.session, check.lead_id)
    subject = f"利益冲突审查逾期：{check.check_no}"
    body = f"来访{lead.lead_no}（{lead.client_name}）的利益冲突审查{check.check_no}在规定期限内没有结果，请主任督办。"
    context.audit("conflict_check_late", f"conflict_check:{check_id}")
    return {"director_told": client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=lead.id)}


def recheck(context: Context, *, lead_id: str) -> Variables:
    """Whether the last check still holds: valid, same parties, nothing new. ``CLEAR``, or ``STALE`` for a new check."""
    check = conflicts.find_check(context.session, lead_id)
    holds = (
        check is not None
        and conflict_validity.is_valid(context.session, check, context.now)
        and not conflict_search.find_new_conflicts(context.session, check, context.now)
    )
    context.audit("conflict_rechecked", f"lead:{lead_id}", holds=holds)
    return {"conflict_recheck": "CLEAR" if holds else "STALE"}


def close(context: Context, *, check_id: str, decision: str) -> Variables:
    """End the check with its result."""
    check = conflicts.close_check(context, check_id, decision)
    return {"conflict_result": check.state, "conflict_valid_until": check.valid_until.isoformat() if check.valid_until else ""}


def index_again(context: Context) -> dict[str, Any]:
    """Write the whole index anew, after the way names are compared has changed."""
    everybody = people.list_people(context.session)
    for person in everybody:
        people.index_person(context, person)
    return {"parties": parties.index_again(context), "people": len(everybody), "interests": interests.index_again(context)}


HANDLERS = (
    Operation("conflicts.open", open_check, "开启冲突审查"),
    Operation("conflicts.escalate", escalate, "报告审查逾期"),
    Operation("conflicts.assemble", assemble, "组装检索清单"),
    Operation("conflicts.search", search, "利益冲突检索"),
    Operation("conflicts.classify", classify, "登记冲突等级"),
    Operation("conflicts.recheck", recheck, "签约前复检"),
    Operation("conflicts.close", close, "结束冲突审查"),
    Operation("conflicts.index_again", index_again, "重建冲突索引"),
)
