"""安全性: nothing in it harms, nobody put anything in or changed the record of what was done."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.records.four_natures import AFTER, EVERY, SAFE, Finding, check
from workflows.records.nature_subjects import Subject

NOT_SCANNED = "未作病毒扫描：本机没有安装或者没有运行ClamAV（clamdscan）"


@check(SAFE, EVERY, "没有病毒和恶意代码", "No malware")
def no_malware(subject: Subject) -> Iterable[Finding]:
    """The scanner found nothing; where there is none, that is told."""
    unscanned = False
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and facts.virus:
            yield Finding(f"发现恶意代码：{facts.virus}", line.number)
        unscanned = unscanned or (facts is not None and facts.virus is None)
    if unscanned:
        yield Finding(NOT_SCANNED, is_remark=True)


@check(SAFE, EVERY, "没有脚本、宏和嵌入文件", "No scripts, macros or embedded files")
def nothing_runs(subject: Subject) -> Iterable[Finding]:
    """No PDF holds JavaScript, launches or other files, no Office file macros, and nothing is a program."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and facts.runs:
            yield Finding(f"含有{'、'.join(facts.runs)}", line.number)
        elif facts and facts.kind == "exe":
            yield Finding("是可执行程序", line.number)


@check(SAFE, AFTER, "载体上没有无关文件", "No foreign files on the medium")
def nothing_foreign(subject: Subject) -> Iterable[Finding]:
    """Nothing stands in the package or its copy that the manifests do not name."""
    if subject.package is None:
        return
    for place, faults in (("封装包", subject.package.faults), ("第二份副本", subject.package.copy_faults)):
        for path, reason in faults:
            if reason == "foreign":
                yield Finding(f"{place}内有清单以外的文件：{path}")


@check(SAFE, AFTER, "载体可读，第二份副本完好", "The medium can be read, the second copy is whole")
def medium_readable(subject: Subject) -> Iterable[Finding]:
    """Every file of the package could be read through, and so could its copy."""
    if subject.package is None:
        return
    for path in subject.package.unreadable:
        yield Finding(f"{path}读不出来")
    for path, reason in subject.package.copy_faults:
        if reason != "foreign":
            yield Finding(f"第二份副本的{path or '整个封装包'}{'缺失' if reason == 'missing' else '损坏'}")


@check(SAFE, EVERY, "管理过程受控，审计链完整", "The process was under control")
def process_controlled(subject: Subject) -> Iterable[Finding]:
    """Each line of the volume's audit log still has its hash."""
    for event, whole in subject.history:
        if not whole:
            yield Finding(f"审计记录“{event}”被改动")
