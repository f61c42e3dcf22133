"""What people write in the forms of confirmations."""

from __future__ import annotations

DRAFT = {
    "kind": "risk", "form": "notice", "subject": "诉讼时效风险", "content": "部分货款可能已过诉讼时效，建议先行催告。",
    "silence": "视为您已知悉该风险。",
}  # fmt: skip
SETTLE = {
    "kind": "disposition", "form": "confirmation", "act": "settle", "subject": "同意以260万元和解", "irrevocable": True,
    "content": "对方提出一次性支付260万元，建议接受。", "silence": "本所不会代为和解，案件继续审理。",
}  # fmt: skip
APPROVE = {"review_decision": "APPROVE"}
SIGN = {
    "client_decision": "SIGNED", "read": True, "signer_name": "张三", "signature": "张三", "option_count": "0",
    "_proof": {"address": "192.0.2.7"},
}  # fmt: skip
REFUSE = {"client_decision": "REFUSED", "refusal_reason": "金额太低"}
EXPLAIN = {
    "explained_at": "2026-11-24T09:00", "explained_by": "meeting", "explanation": "再次说明了和解与继续诉讼的利弊。",
    "witness": "王助理", "reaction": "reconsiders",
}  # fmt: skip
DECLARE = {
    "act": "settle", "subject": "以260万元与对方和解", "content": "对方提出一次性支付260万元，建议接受。",
    "silence": "本所不会代为和解，案件继续审理。",
}  # fmt: skip
