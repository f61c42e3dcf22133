"""The survey after a matter: when it goes out, what the client answers, who calls a client who is not content."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.calendar import add_working_days
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import client_mail, firm, leads, links, matters, surveys
from workflows.records.rule_packs import get_rule

TAKES_PART = "yes"
SERIOUS = frozenset({"complaint", "improper"})


def plan(context: Context, *, matter_id: str) -> Variables:
    """Open the survey; sets when it is sent, its reminders and end (durations), and who may not see it (``team_ids``)."""
    survey = surveys.open_survey(context, matter_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    first, second = get_rule("survey", "reminder_days", today).value
    days = int(get_rule("survey", "open_days", today).value)
    wait = int(get_rule("survey", "wait", today).value)
    return {
        "survey_id": survey.id,
        "survey_send_at": add_working_days(context.now, wait).isoformat(),
        "survey_reminder_1": f"P{first}D",
        "survey_reminder_2": f"P{second}D",
        "survey_ends_after": f"P{days}D",
        "survey_link_days": days,
        "team_ids": [member["id"] for member in survey.team],
    }


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
    lead_id = data["lead_id"]
    links.use_own_link(context)
    if values["participate"] != TAKES_PART:
        surveys.decline(context, lead_id, values.get("refusal") or "")
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
    """Keep the call; a complaint or a suspected breach is told to the director at once."""
    survey = surveys.register_call(context, data["lead_id"], values)
    if values.get("finding") in SERIOUS:
        matter = matters.get_matter(context.session, survey.matter_id)
        client_mail.mail_role(
            context,
            role="director",
            subject=f"满意度调查反映问题：{matter.matter_no}",
            body=f"“{matter.title}”的客户反映：{values['facts']}\n已采取的措施：{values['action']}",
            lead_id=survey.lead_id,
        )
    return {"client_called": True}


def close(context: Context, *, lead_id: str, followup: str) -> Variables:
    """Close the survey with what followed from it."""
    surveys.close(context, lead_id, followup)
    return {}


HANDLERS = (
    Operation("surveys.plan", plan, "准备满意度调查"),
    Prefill("surveys.read_questions", read_questions, "满意度问卷"),
    Completion("surveys.answer", answer, "客户评价"),
    Operation("surveys.lapse", lapse, "期满未评价"),
    Operation("surveys.thank", thank, "致谢"),
    Completion("surveys.register_call", register_call, "回访"),
    Operation("surveys.close", close, "结束调查"),
)
