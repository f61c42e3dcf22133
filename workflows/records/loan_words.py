"""What the states, people, purposes and conditions of loans are called, in the words of letters and mails."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.records import volume_loans as loans

STATES: Mapping[str, str] = {
    loans.APPLIED: "待审批",
    loans.APPROVED: "已批准，待取卷",
    loans.REFUSED: "不予借阅",
    loans.WITHDRAWN: "已撤回",
    loans.LAPSED: "已失效",
    loans.WAITING: "预约等候",
    loans.OUT: "借出",
    loans.RETURNED: "已归还",
    loans.MISSING: "查找中",
    loans.LOST: "遗失",
    loans.READING: "阅览中",
    loans.READ: "阅览结束",
    loans.COPIED: "已复制",
}
KINDS: Mapping[str, str] = {
    loans.OWN: "本案主办律师",
    loans.TEAM: "本案团队",
    loans.FIRM: "本所其他人员",
    loans.CLIENT: "委托人",
    loans.COURT: "人民法院",
    loans.AUTHORITY: "检察、公安、司法行政机关",
    loans.BAR: "律师协会",
    loans.UNIT: "其他单位",
}
MODES: Mapping[str, str] = {
    loans.ON_SITE: "现场查阅",
    loans.ORIGINAL: "借出原件",
    loans.ELECTRONIC: "电子阅览",
    loans.COPY: "复制、摘录",
}
PURPOSES: Mapping[str, str] = {
    "case": "办理案件",
    "retrial": "再审、申诉",
    "enforcement": "执行",
    "evidence": "举证、调查取证",
    "client": "委托人自用",
    "audit": "检查、评查",
    "complaint": "投诉、争议处理",
    "study": "业务学习",
    "other": "其他",
}
CONDITIONS: Mapping[str, str] = {
    "masking": "隐去他人信息后提供",
    "no_copy": "不得复制、拍照",
    "on_site": "只能现场查阅",
    "own_part": "只提供与本人有关的部分",
}
DAMAGES: Mapping[str, str] = {"none": "完好", "pages": "缺页", "damage": "破损", "marks": "涂改、批画"}
STEPS: Mapping[str, str] = {"lead": "主办律师", "partner": "合伙人", "compliance": "合规专员", "director": "主任"}
