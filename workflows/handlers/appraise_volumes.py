"""Appraising volumes: the list, the first look, who is asked, what compliance and finance say, the group's meeting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.calendar import add_working_days
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import appraisal_meetings, appraisal_opinions, appraisals, people
from workflows.records.appraisals import Item
from workflows.records.client_mail import mail_person, mail_role
from workflows.records.rule_packs import get_rule

HOW_LONG = "Say for how many years it is kept."
WHY = "State the reason."
NOT_DECIDED = "Decide on this volume."


def open_list(
    context: Context, *, kind: str = appraisals.YEARLY, reason: str = "", volume_ids: list[str] | None = None
) -> Variables:
    """Make a list and begin its process; the archivist is told when nothing is due."""
    found = appraisals.open_appraisal(context, kind=kind, reason=reason, volume_ids=volume_ids or [])
    listed = appraisals.list_items(context.session, found.id, appraisals.LISTED)
    payload = {
        "appraisal_id": found.id,
        "list_no": found.list_no,
        "lead_id": found.id,
        "title": f"档案鉴定 {found.list_no}",
        "appraisal_listed": len(listed),
    }
    context.send_message("appraisal.begun", correlation=found.id, payload=payload)
    body = f"{found.list_no}：列入{len(listed)}卷，暂不能销毁{len(found.blocked)}卷，原因见系统“鉴定与销毁”页。"
    mail_role(context, role="archivist", subject=f"档案鉴定清单 {found.list_no}", body=body, lead_id=None)
    return {"appraisal_opened": found.id}


def read_items(context: Context, data: Variables) -> dict[str, Any]:
    """A row for each volume that is still on the list."""
    return {"items": [_row(item) for item in _listed(context, data)]}


def look(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the first look at each volume."""
    rows = values.get("items") or []
    late = {f"items.{i}.years": [FieldError(HOW_LONG)] for i, row in enumerate(rows) if _lacks_years(row, "proposal")}
    if late:
        raise FormInvalid(late)
    appraisal_opinions.look(context, data["appraisal_id"], rows)
    return {"appraisal_looked": True}


def ask_lawyers(context: Context, *, appraisal_id: str) -> Variables:
    """Ask each lawyer about their volumes; sets when all have to have spoken."""
    found = appraisals.get_appraisal(context.session, appraisal_id)
    days = int(_rule(context, "opinion_days"))
    until = add_working_days(context.now, days).isoformat()
    for asked in appraisal_opinions.ask_lawyers(context, appraisal_id):
        payload = {
            "opinion_id": asked.id,
            "appraisal_id": appraisal_id,
            "lead_id": appraisal_id,
            "lawyer_id": asked.person_id,
            "opinion_until": until,
            "title": f"档案鉴定意见 {found.list_no}",
        }
        context.send_message("appraisal.opinion_asked", correlation=asked.id, payload=payload)
    return {"opinions_until": until, "meeting_round": 1}


def read_asked(context: Context, data: Variables) -> dict[str, Any]:
    """The volumes that one lawyer is asked about."""
    asked = appraisal_opinions.get_asked(context.session, data["opinion_id"])
    rows = [_row(item) for item in _listed(context, data) if item.id in asked.item_ids]
    return {"items": rows}


def give_opinion(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the lawyer says."""
    rows = values.get("items") or []
    _check_reasons(rows, "agrees")
    appraisal_opinions.answer(context, data["opinion_id"], rows)
    return {"opinion_given": True}


def remind(context: Context, *, lawyer_id: str, until: str) -> Variables:
    """Remind a lawyer who has not spoken."""
    body = f"请于{until[:10]}前提出鉴定意见；逾期视为续存{appraisal_opinions.silence_years(context)}年。"
    mail_person(context, person_id=lawyer_id, subject="档案鉴定意见待提交", body=body)
    return {}


def take_silence(context: Context, *, opinion_id: str) -> Variables:
    """The time is over and nothing was said."""
    appraisal_opinions.take_silence(context, opinion_id)
    return {"opinion_given": False}


def say_compliance(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep compliance's look."""
    rows = values.get("items") or []
    wrong = {
        f"items.{i}.reason": [FieldError(WHY)]
        for i, row in enumerate(rows)
        if (row.get("floors_ok") != "yes" or row.get("hold") == "yes") and not str(row.get("reason") or "").strip()
    }
    if wrong:
        raise FormInvalid(wrong)
    appraisal_opinions.say_compliance(context, data["appraisal_id"], rows)
    return {"compliance_said": True}


def say_finance(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep finance's look."""
    rows = values.get("items") or []
    _check_reasons(rows, "accounting_ok")
    appraisal_opinions.say_finance(context, data["appraisal_id"], rows)
    return {"finance_said": True}


def remind_role(context: Context, *, role: str, list_no: str) -> Variables:
    """Remind compliance or finance, who have to speak before the group meets."""
    body = f"{list_no}号鉴定清单等待您的意见，请在系统待办中填写。"
    mail_role(context, role=role, subject=f"档案鉴定意见待提交：{list_no}", body=body, lead_id=None)
    return {}


def read_meeting(context: Context, data: Variables) -> dict[str, Any]:
    """The proposal for each volume, and a group that would have its quorum."""
    found = _to_decide(context, data)
    session = context.session
    archivist = [person.id for person in people.list_people(session, "archivist")][:1]
    partner = [person.id for person in people.list_people(session, "partner") if "director" not in person.roles][:1]
    return {"members": [context.actor.id, *archivist, *partner], "items": [_proposal(context, item) for item in found]}


def meet(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the meeting; sets ``meeting_members``, who sign."""
    rows = values.get("items") or []
    _check_decisions(rows)
    members = [str(each) for each in values.get("members") or []]
    try:
        appraisal_meetings.hold(
            context,
            data["appraisal_id"],
            members=members,
            decisions=rows,
            minutes=values.get("minutes") or [],
            dissent=values.get("dissent") or "",
        )
    except appraisal_meetings.QuorumMissing as missing:
        raise FormInvalid({"members": [FieldError(missing.template, {"least": missing.fields["least"]})]}) from missing
    except appraisal_meetings.MustKeep as kept:
        at = next(i for i, row in enumerate(rows) if _file_no(context, row) == kept.fields["file_no"])
        field = f"items.{at}.decision"
        raise FormInvalid({field: [FieldError(kept.template, {"file_no": kept.fields["file_no"]})]}) from kept
    return {"meeting_members": members}


def sign(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A member signs the minutes."""
    appraisal_meetings.sign(
        context, data["appraisal_id"], signature=str(values["signature"]), dissent=str(values.get("dissent") or "")
    )
    return {}


def take_effect(context: Context, *, appraisal_id: str) -> Variables:
    """Carry out what was decided."""
    left = appraisal_meetings.take_effect(context, appraisal_id)
    return {"appraisal_destroys": "yes" if left else "no"}


def report(context: Context, *, appraisal_id: str) -> Variables:
    """Gather what the work report says."""
    return {"appraisal_facts": appraisal_meetings.facts_of(context.session, appraisal_id)}


def close(context: Context, *, appraisal_id: str) -> Variables:
    """The appraisal is over."""
    appraisals.close(context, appraisal_id)
    return {}


def _listed(context: Context, data: Variables) -> list[Item]:
    return appraisals.list_items(context.session, data["appraisal_id"], appraisals.LISTED)


def _to_decide(context: Context, data: Variables) -> list[Item]:
    """At the first meeting every listed volume; later those that somebody objected to."""
    listed = _listed(context, data)
    if listed:
        return listed
    return [
        item for item in appraisals.list_items(context.session, data["appraisal_id"], appraisals.TO_DESTROY) if item.is_objected
    ]


def _row(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "volume": f"{item.file_no}　{item.title}",
        "pages_found": item.described.get("pages") or 0,
    }


def _proposal(context: Context, item: Item) -> dict[str, Any]:
    """What the opinions come to: compliance's objection and silence keep, else the archivist's proposal."""
    said = item.opinions.get(appraisal_opinions.LAWYER, {})
    row = {"item_id": item.id, "volume": f"{item.file_no}　{item.title}"}
    if item.is_objected or item.compliance_objects or not said.get("agrees", True):
        years = int(said.get("years") or appraisal_opinions.silence_years(context))
        return {**row, "decision": appraisals.KEEP, "years": years}
    years = int(item.first_look.get("years") or 0)
    return {**row, "decision": item.first_look.get("proposal", ""), **({"years": years} if years else {})}


def _check_decisions(rows: list[dict[str, Any]]) -> None:
    wrong: dict[str, list[FieldError]] = {}
    for i, row in enumerate(rows):
        if not row.get("decision"):
            wrong[f"items.{i}.decision"] = [FieldError(NOT_DECIDED)]
        elif _lacks_years(row, "decision"):
            wrong[f"items.{i}.years"] = [FieldError(HOW_LONG)]
    if wrong:
        raise FormInvalid(wrong)


def _check_reasons(rows: list[dict[str, Any]], key: str) -> None:
    wrong = {
        f"items.{i}.reason": [FieldError(WHY)]
        for i, row in enumerate(rows)
        if row.get(key) != "yes" and not str(row.get("reason") or "").strip()
    }
    if wrong:
        raise FormInvalid(wrong)


def _lacks_years(row: Mapping[str, Any], key: str) -> bool:
    return row.get(key) == appraisals.KEEP and not int(row.get("years") or 0)


def _file_no(context: Context, row: Mapping[str, Any]) -> str:
    return appraisals.get_item_row(context.session, str(row["item_id"])).file_no


def _rule(context: Context, key: str) -> Any:
    return get_rule("appraisal", key, context.now.astimezone(FIRM_ZONE).date()).value


HANDLERS = (
    Operation("appraisals.open", open_list, "编制鉴定清单"),
    Prefill("appraisals.read_items", read_items, "鉴定清单"),
    Completion("appraisals.look", look, "档案员初审"),
    Operation("appraisals.ask_lawyers", ask_lawyers, "征求承办律师意见"),
    Prefill("appraisals.read_asked", read_asked, "征求意见的案卷"),
    Completion("appraisals.give_opinion", give_opinion, "承办律师意见"),
    Operation("appraisals.remind", remind, "提醒提交意见"),
    Operation("appraisals.take_silence", take_silence, "逾期视为续存"),
    Completion("appraisals.say_compliance", say_compliance, "合规意见"),
    Completion("appraisals.say_finance", say_finance, "财务意见"),
    Operation("appraisals.remind_role", remind_role, "提醒提交意见"),
    Prefill("appraisals.read_meeting", read_meeting, "鉴定会议"),
    Completion("appraisals.meet", meet, "鉴定会议"),
    Completion("appraisals.sign", sign, "签署会议纪要"),
    Operation("appraisals.take_effect", take_effect, "落实鉴定决定"),
    Operation("appraisals.report", report, "汇总鉴定情况"),
    Operation("appraisals.close", close, "鉴定结束"),
)
