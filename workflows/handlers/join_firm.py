"""Joining the firm: the candidate declares by a link, the batch search, what compliance and the director decide, the account."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, NotAllowed
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import firm, joining_search, joinings, link_mails, links
from workflows.records.client_mail import mail_client, mail_role
from workflows.records.rule_packs import get_rule
from workflows.roles import ROLES

DECLARE = "Task_Declare"
PURPOSE = "joining"
WORKING_DAYS = ("declare_reminder", "judge", "decide", "account")  # the figures that count working days
NO_ACCOUNT = frozenset({"client", "system"})


def begin(context: Context, *, name: str, email: str, post: str) -> Variables:
    """Enter a candidate and begin."""
    made = joinings.invite(context, name=name, email=email, post=post)
    today = context.now.astimezone(FIRM_ZONE).date()
    figures = {key: get_rule("staff", key, today).value for key in ("declare_days", *WORKING_DAYS)}
    payload: dict[str, Any] = {
        "joining_id": made.id, "lead_id": made.id, "title": f"入职 {made.joining_no} {made.name}",
        "declare_days": figures["declare_days"],
        "declare_for": f"{figures['declare_days']} d", "joining_hits": [], "joining_measures": [],
        **{key: f"{figures[key]} WD" for key in WORKING_DAYS},
    }  # fmt: skip
    context.send_message("joining.begun", correlation=made.id, payload=payload)
    return {"joining_id": made.id}


def send_link(context: Context, *, joining_id: str, days: int) -> Variables:
    """Mail the candidate the link to the declaration; a reminder ends with the first one."""
    found = joinings.get_joining(context.session, joining_id)
    end = links.find_end(context.session, context.instance_id or "", DECLARE, context.now)
    link, url = links.issue_link(
        context, purpose=PURPOSE, element_id=DECLARE, lead_id=joining_id, recipient_name=found.name, recipient_email=found.email,
        days=int(days), until=end,
    )  # fmt: skip
    house, mail = firm.read_firm(), link_mails.read_link_mail(PURPOSE)
    fields = {
        "client": found.name, "firm": house["name"], "url": url, "until": f"{link.expires_at.astimezone(FIRM_ZONE):%Y年%m月%d日}",
        "lawyer": "本所合规专员", "phone": house["phone"],
    }  # fmt: skip
    payload: dict[str, Any] = {
        "to": found.email, "subject": mail.subject.format(**fields), "body": mail.body.format(**fields), "lead_id": None,
        "attachments": [],
    }  # fmt: skip
    context.emit("mail.send", payload, key=f"link:{link.id}")
    return {}


def declare(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the declaration; signed, and with the promise to keep the former firm's secrets."""
    if not values.get("promised"):
        raise FormInvalid({"promised": [FieldError("required")]})
    links.use_own_link(context)
    joinings.declare(context, data["joining_id"], values)
    return {}


def lapse(context: Context, *, joining_id: str) -> Variables:
    """The candidate did not declare in time; compliance hears of it."""
    found = joinings.lapse(context, joining_id)
    body = f"候选人{found.name}逾期未申报利益冲突事项，入职流程已终止。需要继续的，请重新发起。"
    mail_role(context, role="compliance", subject=f"候选人未申报：{found.joining_no}", body=body, lead_id=None)
    return {}


def search(context: Context, *, joining_id: str) -> Variables:
    """Search for every declared name in one batch."""
    found = joining_search.search(context.session, joinings.get_joining(context.session, joining_id))
    joinings.keep_hits(context, joining_id, found)
    return {"joining_hits": [{key: hit[key] for key in ("declared", "role", "status")} for hit in found]}


def propose(context: Context, *, joining_id: str, measures: list[str]) -> Variables:
    """Keep the measures that the decision table proposes."""
    joinings.propose_measures(context, joining_id, measures)
    return {"joining_hits": [], "joining_measures": []}


def read_judge(context: Context, data: Variables) -> dict[str, Any]:
    """Each hit with what is proposed, or what was decided before it was returned."""
    found = joinings.get_joining(context.session, data["joining_id"])
    returned = (found.steps.get("decision") or {}).get("note", "")
    rows = [
        {
            "hit_id": hit["id"], "found": f"{hit['name']}（{hit['said']}）",
            "case": say_case(hit),
            "measure": hit.get("measure") or hit["proposed"], "reason": hit.get("reason") or "",
        }
        for hit in found.hits
    ]  # fmt: skip
    return {"rows": rows, "returned": returned}


def say_case(hit: dict[str, Any]) -> str:
    """What a hit is here: the case, the party, its side, and whether only the name is alike."""
    alike = "" if hit["alike"] == "sure" else "，名称近似"
    return f"{hit['case_no']} {hit['theirs']}：{hit['role_name']}，{hit['status_name']}{alike}"


def judge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what compliance decides about each hit."""
    rows = values.get("rows") or []
    judged = {str(row["hit_id"]): {"measure": row["measure"], "reason": row.get("reason") or ""} for row in rows}
    order, proposed = list(joinings.MEASURES), {hit["id"]: hit["proposed"] for hit in _hits(context, data)}
    lighter = {
        f"rows.{index}.reason": [FieldError("A lighter measure than proposed needs a reason.")]
        for index, row in enumerate(rows)
        if order.index(row["measure"]) < order.index(proposed[str(row["hit_id"])]) and not str(row.get("reason") or "").strip()
    }
    if lighter:
        raise FormInvalid(lighter)
    joinings.judge(context, data["joining_id"], judged, opinion=values.get("opinion") or "")
    return {}


def _hits(context: Context, data: Variables) -> list[dict[str, Any]]:
    return joinings.get_joining(context.session, data["joining_id"]).hits


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the director's word."""
    made = joinings.decide(context, data["joining_id"], decision=values["decision"], note=values.get("note") or "")
    return {"joining_decision": values["decision"], "joining_state": made.state}


def read_account(context: Context, data: Variables) -> dict[str, Any]:
    """The candidate's name, post and address."""
    found = joinings.get_joining(context.session, data["joining_id"])
    return {"name": found.name, "title": found.post, "email": found.email}


def admit(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Register the person with an account; the walls stand from the first minute."""
    roles = [role for role in values.get("roles") or [] if role in ROLES and role not in NO_ACCOUNT]
    title = values.get("title") or ""
    try:
        made = joinings.admit(context, data["joining_id"], login=values["login"], roles=roles, title=title, email=values["email"])
    except NotAllowed as refused:
        raise FormInvalid({"login": [FieldError("This login is in use.")]}) from refused
    return {"person_id": made.person_id}


def notify(context: Context, *, joining_id: str) -> Variables:
    """Tell the clients concerned of the wall, without the candidate's former clients' affairs."""
    found = joinings.get_joining(context.session, joining_id)
    body = (
        f"您好：\n\n{found.name}加入本所。为保护您的利益，本所已将其与您委托的事项隔离：其不得查阅您的案卷，不参与办理和讨论。"
        "您的承办律师不变。如有疑问，请随时与我们联系。"
    )
    cases, subject = joinings.list_to_notify(found), "关于设立信息隔离的告知"
    told = [mail_client(context, lead_id=lead_id, subject=subject, body=body) for lead_id in cases]
    context.audit("joining.clients_notified", f"joining:{joining_id}", told=sum(told), without_address=told.count(False))
    return {}


def refuse(context: Context, *, joining_id: str) -> Variables:
    """Tell the candidate, politely and without a client's affairs."""
    found = joinings.get_joining(context.session, joining_id)
    body = f"{found.name}：\n\n您好。感谢您有意加入本所。经审查，目前不具备合作条件，您申报的资料我们将妥善保密。祝您一切顺利。"
    mail: dict[str, Any] = {"to": found.email, "subject": "关于您加入本所的答复", "body": body}
    context.emit("mail.send", {**mail, "lead_id": None, "attachments": []}, key=f"joining:{joining_id}")
    return {}


def press(context: Context, *, joining_id: str) -> Variables:
    """The director hears that the examination is late."""
    found = joinings.get_joining(context.session, joining_id)
    body = f"候选人{found.name}的利益冲突审查已经逾期。"
    mail_role(context, role="director", subject=f"入职审查逾期：{found.joining_no}", body=body, lead_id=None)
    return {}


HANDLERS = (
    Operation("joinings.begin", begin, "登记候选人"),
    Operation("joinings.send_link", send_link, "发送申报链接"),
    Completion("joinings.declare", declare, "候选人申报"),
    Operation("joinings.lapse", lapse, "逾期未申报"),
    Operation("joinings.search", search, "批量检索"),
    Operation("joinings.propose", propose, "登记建议措施"),
    Prefill("joinings.read_judge", read_judge, "检索结果"),
    Completion("joinings.judge", judge, "审查候选人"),
    Completion("joinings.decide", decide, "主任决定录用"),
    Prefill("joinings.read_account", read_account, "开通账号"),
    Completion("joinings.admit", admit, "开通账号"),
    Operation("joinings.notify", notify, "告知客户"),
    Operation("joinings.refuse", refuse, "答复候选人"),
    Operation("joinings.press", press, "督促审查"),
)
