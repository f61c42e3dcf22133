"""The words and periods of complaints (投诉): sources, kinds, severities, outcomes, and when what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from workflows.records.rule_packs import get_rule

RECEIVED, ACCEPTED, NOT_ACCEPTED, INVESTIGATING = "RECEIVED", "ACCEPTED", "NOT_ACCEPTED", "INVESTIGATING"
PROPOSED, AGREED, DISPUTED, CLOSED, EXTERNAL = "PROPOSED", "AGREED", "DISPUTED", "CLOSED", "EXTERNAL"
# processes.md section 2; a complaint settled at once goes from ACCEPTED to PROPOSED, one may leave the firm after its end.
NEXT: Mapping[str, frozenset[str]] = {
    RECEIVED: frozenset({ACCEPTED, NOT_ACCEPTED}),
    ACCEPTED: frozenset({INVESTIGATING, PROPOSED}),
    NOT_ACCEPTED: frozenset({EXTERNAL}),
    INVESTIGATING: frozenset({PROPOSED}),
    PROPOSED: frozenset({AGREED, DISPUTED, INVESTIGATING}),
    AGREED: frozenset({CLOSED}),
    DISPUTED: frozenset({CLOSED}),
    CLOSED: frozenset({EXTERNAL}),
    EXTERNAL: frozenset(),
}
OPEN = frozenset({RECEIVED, ACCEPTED, INVESTIGATING, PROPOSED, AGREED, DISPUTED})
STATE_NAMES: Mapping[str, str] = {
    RECEIVED: "已收到",
    ACCEPTED: "已受理",
    NOT_ACCEPTED: "不予受理",
    INVESTIGATING: "调查中",
    PROPOSED: "已答复，等待意见",
    AGREED: "已认可答复",
    DISPUTED: "对答复有异议",
    CLOSED: "已办结",
    EXTERNAL: "已转外部程序",
}
SOURCES: Mapping[str, str] = {
    "phone": "电话",
    "visit": "来访",
    "letter": "来信",
    "email": "电子邮件",
    "link": "在线链接",
    "survey": "满意度调查低分",
    "closing": "结案签收异议",
    "fees": "收费异议",
    "bureau": "司法行政机关转办",
    "bar": "律师协会转办",
    "internal": "内部发现",
}
HANDED_OVER = frozenset({"bureau", "bar"})
KINDS: Mapping[str, str] = {
    "attitude": "服务态度",
    "inaction": "不作为、拖延",
    "information": "信息不通",
    "fees": "收费",
    "leak": "泄露秘密",
    "conflict": "利益冲突",
    "overreach": "超越权限",
    "private_fee": "私自收费",
    "mistake": "文书、期限失误",
    "other": "其他",
}
GENERAL, MAJOR, URGENT = "general", "major", "urgent"
SEVERITIES: Mapping[str, str] = {GENERAL: "一般", MAJOR: "重大", URGENT: "紧急"}
RELATIONS: Mapping[str, str] = {
    "client": "委托人",
    "relative": "委托人的近亲属",
    "agent": "委托人的代理人",
    "opponent": "对方当事人",
    "authority": "转办机关",
    "other": "其他",
}
OPPONENT = "opponent"
DECISIONS: Mapping[str, str] = {
    "accept": "受理",
    "quick": "当场化解",
    "reject": "不予受理",
    "merge": "并入其他投诉",
    "legal": "转法律程序",
}
LIABILITIES: Mapping[str, str] = {"none": "无责任", "part": "部分责任", "full": "全部责任"}
REMEDIES: Mapping[str, str] = {
    "apology": "致歉",
    "redo": "免费重做或者补充服务",
    "change_lawyer": "更换承办律师",
    "reduction": "减免费用",
    "refund": "退费",
    "compensation": "补偿",
    "discipline": "内部处分",
    "mediation": "调解",
}
ANSWERS: Mapping[str, str] = {"agree": "认可答复", "dispute": "有异议", "silent": "期满未答复，视为已答复"}


def accept_by(received_at: datetime) -> datetime:
    """Until when must be decided whether a complaint is accepted."""
    return add_working_days(received_at, days("accept_days", received_at))


def reply_by(accepted_at: datetime, severity: str) -> datetime:
    """Until when an accepted complaint must be answered: working days, or days for a major one."""
    if severity == MAJOR:
        return accepted_at + timedelta(days=days("major_reply_days", accepted_at))
    return add_working_days(accepted_at, days("reply_days", accepted_at))


def days(key: str, at: datetime) -> int:
    """A figure of the pack on a day."""
    return int(rule(key, at))


def rule(key: str, at: datetime) -> Any:
    """A value of the pack on a day."""
    return get_rule("complaints", key, _day(at)).value


def _day(at: datetime) -> date:
    return at.astimezone(FIRM_ZONE).date()
