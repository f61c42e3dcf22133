"""完整性: nothing is missing, neither documents nor numbers nor what is told of them."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.records.four_natures import BEFORE, COMPLETE, EVERY, Finding, check
from workflows.records.nature_subjects import Subject
from workflows.records.volume_checks import AUTOMATIC, RECEPTION

MANDATORY = {
    "title": "案卷题名",
    "firm": "立档单位",
    "fonds": "全宗号",
    "client": "委托人",
    "lawyer": "承办律师",
    "matter_no": "收案号",
    "kind": "案卷类别",
    "cause": "案由",
    "level": "密级",
    "retention_code": "保管期限",
    "opened_at": "开卷时间",
    "closed_on": "结案日期",
}
#: what is known of a volume from acceptance on
MANDATORY_LATER = {"file_no": "档号", "accepted_at": "接收时间", "accepted_by": "接收人"}
STEPS = {"volume.opened": "开卷", "volume.arranged": "整理编目", "volume.submitted": "提交归档"}
STEPS_LATER = {"volume.accepted": "接收并赋档号", "volume.packed": "封装"}


@check(COMPLETE, EVERY, "必填元数据齐全", "Mandatory metadata is filled in", "DA/T 46-2009；DA/T 70-2018")
def mandatory_filled(subject: Subject) -> Iterable[Finding]:
    """Every mandatory field of the volume and of each line has a value."""
    wanted = MANDATORY if subject.stage in (AUTOMATIC, RECEPTION) else MANDATORY | MANDATORY_LATER
    for key, name in wanted.items():
        if not subject.volume.get(key):
            yield Finding(f"没有{name}")
    for line in subject.lines:
        if not line.title.strip():
            yield Finding("没有题名", line.number)
        if not line.author.strip():
            yield Finding("没有填写责任者", line.number, is_remark=True)


@check(COMPLETE, EVERY, "档号、件号、页号连续", "Numbers without gaps", "DA/T 13-2022；DA/T 70-2018")
def numbers_follow(subject: Subject) -> Iterable[Finding]:
    """Lines count from 1, pages follow each other, file numbers of the prefix have no gap and none twice."""
    next_page = 1
    for index, line in enumerate(subject.lines, 1):
        if line.number != index:
            yield Finding("件号不连续", line.number)
        if line.page_from != next_page:
            yield Finding("页号不连续", line.number)
        next_page = line.page_to + 1
    if subject.lines and subject.volume["pages"] != subject.lines[-1].page_to:
        yield Finding(f"案卷登记{subject.volume['pages']}页，目录编到{subject.lines[-1].page_to}页")
    if subject.lines and subject.volume["pieces"] != len(subject.lines):
        yield Finding(f"案卷登记{subject.volume['pieces']}件，目录有{len(subject.lines)}件")
    if subject.numbers != tuple(range(1, len(subject.numbers) + 1)):
        yield Finding("同类档号有断号或者重号")


@check(COMPLETE, EVERY, "目录每一行都有内容", "Each line of the catalogue has content")
def lines_have_content(subject: Subject) -> Iterable[Finding]:
    """The catalogue is not empty, and no line stands for an empty or absent file."""
    if not subject.lines:
        yield Finding("卷内目录是空的")
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and not facts.size:
            yield Finding("没有文件内容", line.number)


@check(COMPLETE, BEFORE, "应归档的文件齐全", "What has to be filed is there", "《律师业务档案立卷归档办法》第九至十二条")
def required_are_there(subject: Subject) -> Iterable[Finding]:
    """No place of the volume is empty that has to be filled and is not excused."""
    for title in subject.missing:
        yield Finding(f"缺少“{title}”，且无缺件说明")


@check(COMPLETE, EVERY, "管理过程记录齐全", "The history of the process is there")
def history_is_there(subject: Subject) -> Iterable[Finding]:
    """The audit log tells each step that led here."""
    wanted = STEPS if subject.stage in (AUTOMATIC, RECEPTION) else STEPS | STEPS_LATER
    known = {event for event, _ in subject.history}
    for event, name in wanted.items():
        if event not in known:
            yield Finding(f"没有“{name}”的过程记录")
