"""真实性: what is kept is what was made, and its description is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from workflows.records import volume_contents, volumes
from workflows.records.file_formats import KINDS_OF, NAMES
from workflows.records.four_natures import AFTER, BEFORE, EVERY, GENUINE, Finding, check
from workflows.records.nature_subjects import Subject

OLDEST = date(1949, 10, 1)
FORMS = (volume_contents.ORIGINAL, volume_contents.COPY, volume_contents.ELECTRONIC)


@check(GENUINE, EVERY, "文件内容与登记的摘要值一致", "Content matches its recorded digest")
def digests_match(subject: Subject) -> Iterable[Finding]:
    """The digest of the bytes, of the document's record and of the catalogue are one."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if line.sha256 != line.recorded_sha256:
            yield Finding("文件与编目时不一致", line.number)
        elif facts and facts.sha256 != line.sha256:
            yield Finding("文件内容与其SHA-256不符，可能被改动", line.number)


@check(GENUINE, EVERY, "电子签名、电子印章有效", "Electronic signatures and seals hold")
def signatures_hold(subject: Subject) -> Iterable[Finding]:
    """Each signature of a signed or sealed PDF fits the bytes it signs."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if facts and facts.broken_signatures:
            yield Finding(f"{facts.broken_signatures}个电子签名（印章）验证不通过", line.number)


@check(GENUINE, EVERY, "元数据的类型、长度、值域符合规定", "Metadata types, lengths, domains", "DA/T 46-2009；DA/T 70-2018")
def metadata_in_domain(subject: Subject) -> Iterable[Finding]:
    """Codes are of their lists, titles of their length, dates possible, pages positive."""
    volume, today = subject.volume, datetime.fromisoformat(subject.at).date()
    if volume["level"] not in volumes.LEVELS:
        yield Finding(f"密级“{volume['level']}”不在规定范围")
    if volume["retention_code"] and volume["retention_code"] not in volumes.PERIODS:
        yield Finding(f"保管期限代码“{volume['retention_code']}”不在规定范围")
    if len(volume["title"]) > 300:
        yield Finding("案卷题名超过300字")
    for line in subject.lines:
        if len(line.title) > 300:
            yield Finding("文件题名超过300字", line.number)
        if not _is_possible(line.dated_on, today):
            yield Finding(f"文件日期{line.dated_on}不合理", line.number)
        if line.form not in FORMS:
            yield Finding(f"稿本“{line.form}”不在规定范围", line.number)
        if line.page_from < 1 or line.page_to < line.page_from:
            yield Finding("起止页号不合理", line.number)


@check(GENUINE, EVERY, "技术元数据与文件实际属性一致（大小、格式、页数、时间）", "Technical metadata is real")
def attributes_match(subject: Subject) -> Iterable[Finding]:
    """Size, format by the first bytes, pages, and the time at which the file says it was made."""
    for line in subject.lines:
        facts = subject.files.get(line.document_id)
        if not facts or not facts.sha256:
            continue
        if facts.size != line.size:
            yield Finding(f"登记大小{line.size}字节，实际{facts.size}字节", line.number)
        if facts.kind not in KINDS_OF.get(line.media_type, frozenset({facts.kind})):
            yield Finding(f"登记格式与实际格式（{NAMES.get(facts.kind, facts.kind)}）不符", line.number)
        if facts.pages is not None and line.page_count is not None and facts.pages != line.page_count:
            yield Finding(f"登记{line.page_count}页，实际{facts.pages}页", line.number)
        if facts.made_at and datetime.fromisoformat(facts.made_at) > datetime.fromisoformat(subject.at):
            yield Finding("文件内记载的形成时间晚于检测时间，请核对计算机时钟", line.number, is_remark=True)


@check(GENUINE, EVERY, "元数据与内容一一关联", "Metadata and content are linked one to one")
def metadata_linked(subject: Subject) -> Iterable[Finding]:
    """Each line has a document of this case, no document two lines, and the package's XML names the same files."""
    for document_id, count in Counter(line.document_id for line in subject.lines).items():
        if count > 1:
            numbers = [line.number for line in subject.lines if line.document_id == document_id]
            yield Finding(f"同一文件著录了{count}次", numbers[-1])
    for line in subject.lines:
        if not line.is_own:
            yield Finding("文件不属于本案", line.number)
    if subject.package and subject.package.named:
        for line in subject.lines:
            if subject.package.named.get(line.file) != line.sha256:
                yield Finding("封装包的元数据没有关联到这份文件", line.number)


@check(GENUINE, AFTER, "封装包结构和清单完好", "Package structure and manifests", "DA/T 48-2009；RFC 8493")
def package_structured(subject: Subject) -> Iterable[Finding]:
    """Every file that the manifests name is there and unchanged."""
    if subject.package is None:
        yield Finding("没有封装包")
        return
    for path, reason in subject.package.faults:
        if reason in ("missing", "changed"):
            yield Finding(f"{path or '封装包'}{'缺失' if reason == 'missing' else '被改动'}")


@check(GENUINE, AFTER, "封存值和签名与接收时一致", "Seal and signature are those of acceptance", "DA/T 97-2023")
def package_sealed(subject: Subject) -> Iterable[Finding]:
    """The tag manifest has the digest recorded at acceptance, and the firm's signature fits it."""
    if subject.package is None:
        return
    if not subject.package.seal_holds:
        yield Finding("清单在归档后被重写（封存值不符）")
    if subject.package.signature == "broken":
        yield Finding("封装包的电子签名验证不通过")
    if subject.package.signature == "none":
        yield Finding("封装包没有电子签名（签名功能启用前归档）", is_remark=True)


@check(GENUINE, BEFORE, "业务部门提交的文件与卷内文件一致", "What was handed in is what is in the volume")
def handed_in_is_there(subject: Subject) -> Iterable[Finding]:
    """The documents in the volume's places are exactly those of the catalogue."""
    if set(subject.placed) != {line.document_id for line in subject.lines}:
        yield Finding("卷内目录与卷内文件不一致，应当重新排序编页")


def _is_possible(day: str, today: date) -> bool:
    try:
        return OLDEST <= date.fromisoformat(day) <= today
    except ValueError:
        return False
