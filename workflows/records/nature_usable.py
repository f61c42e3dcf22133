"""可用性: it can be read now and later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from workflows.records.file_formats import CLOSED, NAMES
from workflows.records.four_natures import EVERY, USABLE, Finding, check
from workflows.records.nature_subjects import Subject
from workflows.records.rule_packs import get_rule


@check(USABLE, EVERY, "元数据可读", "The metadata can be read", "DA/T 48-2009；DA/T 70-2018")
def metadata_readable(subject: Subject) -> Iterable[Finding]:
    """The XML of the description, and that of the package, is what the schema says."""
    errors = subject.package.xml_errors if subject.package else subject.xml_errors
    for error in errors[:5]:
        yield Finding(f"元数据XML不符合模式：{error}")


@check(USABLE, EVERY, "文件可以打开", "Files open")
def files_open(subject: Subject) -> Iterable[Finding]:
    """Each file that was looked at opens."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and not facts.opens and not facts.is_locked:
            yield Finding(f"文件打不开：{facts.problem or '原因不明'}", line.number)


@check(USABLE, EVERY, "格式在长期保存格式清单内", "Formats are on the list", "GB/T 18894-2016；DA/T 47；GB/T 33190")
def formats_listed(subject: Subject) -> Iterable[Finding]:
    """A format for the long term passes, one that is only tolerated is told, any other fails."""
    on = datetime.fromisoformat(subject.at).date()
    accepted, tolerated = list_formats("formats_accepted", on), list_formats("formats_tolerated", on)
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if not facts or not facts.size or facts.kind in accepted:
            continue
        name = NAMES.get(facts.kind, facts.kind)
        if facts.kind in tolerated:
            yield Finding(f"{name}不是长期保存格式，建议转换", line.number, is_remark=True)
        else:
            yield Finding(f"格式不在清单内：{name}", line.number)


@check(USABLE, EVERY, "没有加密和封闭压缩", "No encryption, no closed compression")
def nothing_locked(subject: Subject) -> Iterable[Finding]:
    """No file needs a password, and none is an archive that hides others."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and facts.is_locked:
            yield Finding("文件加密或者设有密码", line.number)
        elif facts and facts.kind in CLOSED:
            yield Finding(f"是{NAMES[facts.kind]}，请解开后分别归档", line.number)


@check(USABLE, EVERY, "记录了软硬件环境", "The environment is recorded")
def environment_recorded(subject: Subject) -> Iterable[Finding]:
    """What made the package and the letters of the volume is written down."""
    for name in ("软件名称", "软件版本", "运行环境", "元数据格式"):
        if not subject.environment.get(name):
            yield Finding(f"没有记录{name}")
    for line in subject.lines:
        if line.template and not line.template_version:
            yield Finding("系统生成的文件没有记录模板版本", line.number)


def list_formats(key: str, on: date) -> frozenset[str]:
    """A list of formats of the rule pack."""
    return frozenset(get_rule("four_natures", key, on).value)
