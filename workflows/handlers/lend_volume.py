"""A volume goes out and comes back: the turn, the counting, the signature, a renewal, what does not match."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, StateRefused
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import loan_losses, loan_mails, loan_steps, volumes
from workflows.records import volume_loans as loans
from workflows.records.rule_packs import get_rule

COUNT_DIFFERS = "The pages counted differ from the catalogue: say why."
NOT_AFTER = "The day lies beyond the longest period."
PAST = "This day has passed."
REASON_MISSING = "Please give the reason."
RETURN_HOUR = time(18)


def take_turn(context: Context, *, loan_id: str) -> Variables:
    """Whether the volume can be had now; if not, the borrower waits in the queue."""
    loan = loans.get_loan(context.session, loan_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    times = {"loan_collect_due": f"{get_rule('loans', 'collect', today).value} WD"}
    if loan_steps.is_free(context, loan):
        return {**times, "loan_turn": "YES"}
    queued = loan_steps.queue(context, loan_id)
    place = [each.id for each in loans.list_queue(context.session, loan.volume_id)].index(loan_id) + 1
    loan_mails.tell_borrower(context, queued, f"案卷已借出，已为您预约：{loan.loan_no}", f"您排在第{place}位，轮到时另行通知。")
    until = context.now + timedelta(days=int(get_rule("loans", "wait", today).value))
    return {**times, "loan_turn": "WAIT", "loan_wait_until": until.isoformat()}


def note_turn(context: Context, *, loan_id: str) -> Variables:
    """The waiting is over."""
    loans.get_loan(context.session, loan_id)
    return {"loan_turn": "YES"}


def lapse(context: Context, *, loan_id: str, reason: str) -> Variables:
    """Nobody came in time."""
    loan = loan_steps.lapse(context, loan_id, reason)
    loan_mails.tell_borrower(context, loan, f"借阅申请已失效：{loan.loan_no}", f"原因：{reason}。需要时请重新申请。")
    return {"loan_turn": "NO"}


def call_next(context: Context, *, loan_id: str) -> Variables:
    """Tell whoever waits longest that the volume is there."""
    called = loan_steps.call_next(context, loans.get_loan(context.session, loan_id).volume_id)
    if called is not None:
        days = get_rule("loans", "collect", context.now.astimezone(FIRM_ZONE).date()).value
        loan_mails.tell_borrower(context, called, f"预约的案卷已到：{called.loan_no}", f"请在{days}个工作日内到档案室取卷。")
    return {}


def read_hand_out(context: Context, data: Variables) -> dict[str, Any]:
    """The pages of the catalogue and the day on which the volume is due."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    due = loan_steps.due_day(loan, context.now.astimezone(FIRM_ZONE).date())
    return {"catalogue_pages": volume.pages, "due_on": due.isoformat()}


def hand_out(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Hand the volume over, its pages counted, against the borrower's signature."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    due = date.fromisoformat(str(values["due_on"])[:10])
    if not today <= due <= loan_steps.due_day(loan, today):
        raise FormInvalid({"due_on": [FieldError(PAST if due < today else NOT_AFTER)]})
    if int(values["page_count"]) != volume.pages and not str(values.get("count_note") or "").strip():
        raise FormInvalid({"count_note": [FieldError(COUNT_DIFFERS)]})
    loan_steps.hand_out(context, loan.id, values, due)
    return _due(due)


def _due(due: date) -> Variables:
    return {"loan_due_at": datetime.combine(due, RETURN_HOUR, FIRM_ZONE).isoformat()}


def read_take_back(context: Context, data: Variables) -> dict[str, Any]:
    """How many pages went out."""
    loan = loans.get_loan(context.session, data["loan_id"])
    return {"pages_out": loan.steps["out"]["page_count"], "due_shown": str(loan.due_on)}


def take_back(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Take the volume back, or hear that it is gone; a difference goes to a partner."""
    loan = loans.get_loan(context.session, data["loan_id"])
    if values["result"] == "lost":
        loan_losses.miss(context, loan.id, f"借阅人称已遗失：{values.get('note') or ''}".rstrip("："))
        return {"loan_return": "lost"}
    differs = int(values["page_count"]) != int(loan.steps["out"]["page_count"])
    is_odd = differs or values["damage"] != "none" or values.get("additions") == "yes"
    if is_odd and not str(values.get("note") or "").strip():
        raise FormInvalid({"note": [FieldError(REASON_MISSING)]})
    loan_steps.take_back(context, loan.id, values)
    days = get_rule("loans", "incident", context.now.astimezone(FIRM_ZONE).date()).value
    return {"loan_return": "incident" if is_odd else "ok", "loan_incident_due": f"{days} WD"}


def want_renewal(context: Context, *, loan_id: str, reason: str) -> Variables:
    """The borrower asks to keep a volume for longer."""
    loan = loans.get_loan(context.session, loan_id)
    if context.actor.kind == "person" and context.actor.id not in (loan.borrower_id, loan.applied_by):
        raise StateRefused(what=loan.loan_no, old=loan.state, new=loans.OUT, reason="somebody else has the volume")
    loan_steps.check_renewable(context, loan)
    context.send_message("loan.renewal_wanted", correlation=loan_id, payload={"renewal_reason": reason})
    return {"loan_no": loan.loan_no}


def read_renewal(context: Context, data: Variables) -> dict[str, Any]:
    """What was asked, and the last day that can be given."""
    loan = loans.get_loan(context.session, data["loan_id"])
    return {
        "renewal_reason": data.get("renewal_reason") or "",
        "due_shown": str(loan.due_on),
        "due_on": loan_steps.latest_renewal(loan).isoformat(),
    }


def renew(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Grant the renewal or not; the borrower hears it."""
    loan = loans.get_loan(context.session, data["loan_id"])
    if values["decision"] != "APPROVED":
        if not str(values.get("note") or "").strip():
            raise FormInvalid({"note": [FieldError(REASON_MISSING)]})
        loan_mails.tell_borrower(context, loan, f"不予续借：{loan.loan_no}", f"理由：{values['note']}\n请按期归还。")
        return {}
    due = date.fromisoformat(str(values["due_on"])[:10])
    if loan.due_on is None or not loan.due_on < due <= loan_steps.latest_renewal(loan):
        raise FormInvalid({"due_on": [FieldError(NOT_AFTER)]})
    renewed = loan_steps.renew(context, loan.id, due)
    loan_mails.tell_borrower(context, renewed, f"已续借：{loan.loan_no}", f"续借至{due}。")
    return {}


def read_incident(context: Context, data: Variables) -> dict[str, Any]:
    """What the archivist found."""
    loan = loans.get_loan(context.session, data["loan_id"])
    back, out = loan.steps["back"], loan.steps["out"]
    return {"finding": f"借出{out['page_count']}页，归还{back['page_count']}页；{back.get('note') or ''}"}


def keep_incident(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what is done about it; what should not happen again becomes a corrective action."""
    loan = loan_steps.keep_incident(context, data["loan_id"], values)
    if values["correct"] == "yes":
        payload = {
            "source": "loan",
            "source_id": loan.id,
            "source_no": loan.loan_no,
            "problem": f"案卷归还不符：{values['finding']}",
            "severity": "medium",
        }
        context.send_message("correction.requested", correlation=loan.id, payload=payload)
    return {}


HANDLERS = (
    Operation("loans.take_turn", take_turn, "查在库与次序"),
    Operation("loans.note_turn", note_turn, "轮到取卷"),
    Operation("loans.lapse", lapse, "借阅失效"),
    Operation("loans.call_next", call_next, "通知下一位预约人"),
    Prefill("loans.read_hand_out", read_hand_out, "出库清点"),
    Completion("loans.hand_out", hand_out, "清点出库"),
    Prefill("loans.read_take_back", read_take_back, "归还检查"),
    Completion("loans.take_back", take_back, "归还检查"),
    Operation("loans.want_renewal", want_renewal, "申请续借"),
    Prefill("loans.read_renewal", read_renewal, "续借申请"),
    Completion("loans.renew", renew, "办理续借"),
    Prefill("loans.read_incident", read_incident, "归还不符"),
    Completion("loans.keep_incident", keep_incident, "处理归还不符"),
)
