"""The survey after a matter: when it goes out, what the client answers, who calls a client who is not content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.calendar import add_working_days
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import client_files, client_mail, firm, leads, links, matters, surveys
from workflows.records.rule_packs import get_rule

TAKES_PART = "yes"
OPTED_OUT = "客户此前表示不再参加调查"
ENGLISH = frozenset({"en", "english", "英语", "英文"})


def plan(context: Context, *, matter_id: str, occasion: str = surveys.CLOSING) -> Variables:
    """Open the survey; sets when it is sent, its reminder, call and end (durations), and who may not see it (``team_ids``).

    A client who wants no surveys gets none; a tier A client is called at once besides.
    """
    survey = surveys.open_survey(context, matter_id, occasion=occasion)
    matter = matters.get_matter(context.session, matter_id)
    file = client_files.find_client_file(context.session, matter.client_id)
    opted_out = surveys.has_opted_out(context.session, matter.client_id)
    if opted_out:
        surveys.decline(context, survey.lead_id, OPTED_OUT, opt_out=True)
    today = context.now.astimezone(FIRM_ZONE).date()
    first, second = get_rule("survey", "reminder_days", today).value
    days = int(get_rule("survey", "open_days", today).value)
    wait = int(get_rule("survey", "wait", today).value)
    at_once = file is not None and file.tier in get_rule("survey", "interview_tiers", today).value
    return {
        "survey_id": survey.id,
        "survey_allowed": "no" if opted_out else "yes",
        "survey_purpose": "survey_en" if _speaks_english(context, survey.lead_id) else "survey",
        "survey_send_at": add_working_days(context.now, wait).isoformat(),
        "survey_reminder_1": f"P{first}D",
        "survey_call_after": "PT0S" if at_once else f"P{second}D",
        "survey_ends_after": f"P{days}D",
        "survey_link_days": days,
        "team_ids": [member["id"] for member in survey.team],
        # for the decision table when nobody was asked
        "survey_response": "declined",
        "survey_lowest": 0,
        "survey_improper": "no",
    }


def schedule(context: Context, *, matter_id: str) -> Variables:
    """When the client of a running matter is asked next: each year; not any more once the matter is over."""
    matter = matters.get_matter(context.session, matter_id)
    days = int(get_rule("survey", "interim_days", context.now.astimezone(FIRM_ZONE).date()).value)
    goes_on = "yes" if matter.state in matters.RUNNING else "no"
    return {"survey_goes_on": goes_on, "survey_next_at": (context.now + timedelta(days=days)).isoformat()}


def _speaks_english(context: Context, lead_id: str) -> bool:
    spoken = str(leads.get_lead(context.session, lead_id).reception.get("language") or "")
    return spoken.strip().lower() in ENGLISH


def read_questions(context: Context, data: Variables) -> dict[str, Any]:
    """Taking part, so that everything is shown at once, and a row for each lawyer of the matter."""
    survey = surveys.get_survey(context.session, data["lead_id"])
    return {"participate": TAKES_PART, "lawyers": [{"lawyer_name": member["name"]} for member in survey.team]}


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the answers; only the lowest score and whether something improper was reported go into the process.

    Raises ``NotAllowed`` for anybody who does not come by the client's link.
    """
    if context.actor.kind != "link":
        raise NotAllowed(reason="only the client answers the survey, by the link")
    links.use_own_link(context)
    return _keep(context, data["lead_id"], values)


def interview(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the client said on the telephone or in a meeting, if the client answers there; the link then closes."""
    survey = surveys.get_survey(context.session, data["lead_id"])
    if context.actor.id in {member["id"] for member in survey.team}:
        raise NotAllowed(reason="the matter's lawyers do not ask for opinions on themselves")
    surveys.register_call(context, survey.lead_id, {"channel": values["channel"], "interview": values["reached"]})
    if values["reached"] not in (TAKES_PART, "no") or survey.state != surveys.WAITING:
        return {}
    found = _keep(context, survey.lead_id, {**values, "participate": values["reached"]})
    context.send_message("survey.response", correlation=survey.id, payload=dict(found))
    return {}


def _keep(context: Context, lead_id: str, values: Mapping[str, Any]) -> Variables:
    """What the client answered, whichever way it came."""
    if values["participate"] != TAKES_PART:
        surveys.decline(context, lead_id, values.get("refusal") or "", opt_out=bool(values.get("opt_out")))
        return {"survey_response": "declined", "survey_lowest": 0, "survey_improper": "no"}
    team = surveys.get_survey(context.session, lead_id).team
    given = values.get("lawyers") or []
    # The names are the firm's, whatever was posted; rows beyond the team are nobody's.
    rows = [{**row, "lawyer_name": member["name"]} for row, member in zip(given, team, strict=False)]
    kept = {key: value for key, value in values.items() if not key.startswith("_")}
    survey = surveys.answer(context, lead_id, {**kept, "lawyers": rows})
    return {
        "survey_response": "answered",
        "survey_lowest": survey.lowest,
        "survey_improper": "yes" if survey.improper else "no",
    }


def lapse(context: Context, *, lead_id: str) -> Variables:
    """No answer came in time: the links are closed."""
    surveys.lapse(context, lead_id)
    links.revoke_task_links(context, context.instance_id or "", "Task_Answer")
    return {"survey_response": "none", "survey_lowest": 0, "survey_improper": "no"}


def thank(context: Context, *, lead_id: str) -> Variables:
    """Thank a content client."""
    client = leads.get_lead(context.session, lead_id).client_name
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"感谢您的评价：{firm.read_firm()['name']}",
        body=f"{client}：\n\n您好。感谢您抽出时间评价我们的服务。您的意见我们会认真对待；今后有任何法律问题，欢迎随时联系我们。",
    )
    return {"client_thanked": sent}


def register_call(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the call to a client who was only half content."""
    surveys.register_call(context, data["lead_id"], values)
    return {"client_called": True}


def open_complaint(context: Context, *, lead_id: str) -> Variables:
    """A score of two or less, or improper conduct, becomes a complaint by itself; the answers stay with the survey."""
    survey = surveys.get_survey(context.session, lead_id)
    said = survey.answers
    low = [name for key, name in surveys.SCORES.items() if said.get(key) and int(said[key]) <= survey.lowest]
    for row in said.get("lawyers") or []:
        low += [
            f"{row['lawyer_name']}的{name}"
            for key, name in surveys.LAWYER_SCORES.items()
            if row.get(key) and int(row[key]) <= survey.lowest
        ]
    lines = [f"客户在满意度调查中的最低评分为{survey.lowest}分：{'、'.join(low)}。"] if low else []
    lines += [f"反映不当行为：{said.get('improper_note') or '未写明'}"] if survey.improper else []
    lines += [f"客户意见：{said['comment']}"] if said.get("comment") else []
    client = leads.get_lead(context.session, lead_id)
    who = {
        "name": client.client_name,
        "relation": "client",
        "phone": str(client.client.get("phone") or client.reception.get("phone") or ""),
        "email": client_mail.find_client_address(context.session, lead_id) or "",
        "anonymous": bool(said.get("anonymous")),
    }
    payload = {
        "source": "survey",
        "facts": "\n".join(lines),
        "lead_id": lead_id,
        "complainant": who,
        "respondents": [member["id"] for member in survey.team],
        "kinds": ["private_fee"] if survey.improper and "收费" in str(said.get("improper_note")) else [],
    }
    context.send_message("complaint.received", correlation=lead_id, payload=payload)
    return {"complaint_opened": True}


def close(context: Context, *, lead_id: str, followup: str) -> Variables:
    """Close the survey with what followed from it."""
    surveys.close(context, lead_id, followup)
    return {}


HANDLERS = (
    Operation("surveys.plan", plan, "准备满意度调查"),
    Operation("surveys.schedule", schedule, "安排下次调查"),
    Prefill("surveys.read_questions", read_questions, "满意度问卷"),
    Completion("surveys.answer", answer, "客户评价"),
    Completion("surveys.interview", interview, "电话或面谈访问"),
    Operation("surveys.open_complaint", open_complaint, "转投诉处理"),
    Operation("surveys.lapse", lapse, "期满未评价"),
    Operation("surveys.thank", thank, "致谢"),
    Completion("surveys.register_call", register_call, "回访"),
    Operation("surveys.close", close, "结束调查"),
)
