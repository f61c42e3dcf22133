"""The description of a volume as XML, built after the encapsulation of DA/T 48-2009 and checked against the firm's schema.

Documents are not put into the XML as text: they stand beside it in the package and are named with their SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

FORMAT = "juanzong-volume/2"
SCHEMA = Path(__file__).parent.parent / "archive_format" / "volume.xsd"
ROOT = "电子文件封装包"
BASIS = "参照DA/T 48-2009《基于XML的电子文件封装规范》的结构编制；文件内容以外部文件方式存放，以SHA-256摘要值关联"
KINDS = {0: "原始型", 1: "补充型"}
#: what a volume or document says of itself, block by block: (element, key)
Block = Sequence[tuple[str, str]]
VOLUME: Mapping[str, Block] = {
    "来源": (
        ("立档单位名称", "firm"), ("统一社会信用代码", "credit_code"), ("全宗号", "fonds"), ("委托人", "client"),
        ("承办律师", "lawyer"),
    ),
    "时间": (
        ("开卷时间", "opened_at"), ("结案日期", "closed_on"), ("归档时间", "submitted_at"), ("接收时间", "accepted_at"),
    ),
    "内容": (
        ("题名", "title"), ("收案号", "matter_no"), ("卷次", "series"), ("案卷类别", "kind"), ("案由", "cause"),
        ("对方当事人", "opponents"), ("受理机关", "court"), ("审级", "instance"), ("案号", "case_no"), ("办理结果", "result"),
        ("密级", "level"),
    ),
    "结构": (("件数", "pieces"), ("页数", "pages")),
    "管理": (
        ("保管期限代码", "retention_code"), ("保管期限", "retention"), ("期限依据", "retention_reason"),
        ("到期日期", "expires_on"), ("立卷人", "submitted_by"), ("接收人", "accepted_by"), ("备考", "remarks"),
    ),
}  # fmt: skip
DOCUMENT: Mapping[str, Block] = {
    "来源": (("责任者", "author"), ("来源方式", "source"), ("登记人", "created_by")),
    "时间": (("文件日期", "dated_on"), ("登记时间", "created_at")),
    "内容": (("题名", "title"), ("文件编号", "doc_no"), ("类目号", "slot_number"), ("类目", "slot"), ("附注", "remark")),
    "结构": (("起页", "page_from"), ("止页", "page_to"), ("稿本", "form")),
    "电子属性": (
        ("计算机文件名", "file"), ("格式信息", "media_type"), ("计算机文件大小", "size"), ("摘要算法", "algorithm"),
        ("摘要值", "sha256"), ("形成模板", "template"), ("模板版本", "template_version"), ("数据摘要", "data_digest"),
    ),
}  # fmt: skip

ENVIRONMENT = ("软件名称", "软件版本", "运行环境", "文件格式", "元数据格式", "打包格式")


def build(described: Mapping[str, Any]) -> bytes:
    """The XML of what ``package_contents.describe`` gives."""
    root = etree.Element(ROOT)
    _add(root, "封装包格式描述", BASIS)
    _add(root, "版本", FORMAT)
    signed = etree.SubElement(root, "被签名对象", 版本=FORMAT)
    part = int(described.get("part") or 0)
    _add(signed, "封装包类型", KINDS[min(part, 1)])
    _add(signed, "封装包序号", part)
    _add(signed, "封装包创建时间", described["made_at"])
    _add(signed, "封装包创建单位", described["volume"]["firm"])
    contents = etree.SubElement(signed, "封装内容")
    _entities(contents, described)
    _people(contents, described["people"])
    _business(contents, described["history"])
    _relations(contents, described)
    _environment(contents, described["environment"])
    note = etree.SubElement(root, "电子签名")
    _add(note, "签名对象", "tagmanifest-sha256.txt")
    _add(note, "签名文件", "signature/tagmanifest-sha256.p7s")
    _add(note, "签名格式", "CMS（GB/T 25064）分离式签名，SHA-256")
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def find_errors(content: bytes) -> list[str]:
    """Where some XML is not what the schema says; nothing when it is."""
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        return [str(error)]
    schema = _schema()
    schema.validate(root)
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def read_files(content: bytes) -> dict[str, str]:
    """The SHA-256 of each document that a package's XML names, by its path; raises ValueError for what is no XML."""
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    return {
        str(each.findtext("计算机文件名")): str(each.findtext("摘要值")) for each in root.iter("电子属性")
    }


def read_facts(content: bytes) -> dict[str, str]:
    """The volume's own facts in a package's XML by element, for somebody who receives it."""
    root = etree.fromstring(content, _parser())
    volume = root.find(".//文件实体[聚合层次='案卷']")
    return {} if volume is None else {str(each.tag): each.text or "" for each in volume.iter() if len(each) == 0}


def read_schema() -> bytes:
    """The schema, which goes into each package so that it explains itself."""
    return SCHEMA.read_bytes()


def _entities(contents: Any, described: Mapping[str, Any]) -> None:
    block = etree.SubElement(contents, "文件实体块")
    volume = etree.SubElement(block, "文件实体")
    _add(volume, "聚合层次", "案卷")
    _add(volume, "文件标识符", described["volume"]["file_no"])
    told = etree.SubElement(volume, "案卷描述")
    for name, fields in VOLUME.items():
        part = _block(told, name, fields, described["volume"])
        if name == "结构":
            for row in described["absences"]:
                _add(part, "缺件说明", f"{row['slot']}：{row['reason']}")
            for row in described["exclusions"]:
                _add(part, "剔除说明", f"{row['title']}：{row['reason']}")
        if name == "管理":
            for row in described["checks"]:
                _add(part, "检测", row["words"], 时间=row["at"], 结果="合格" if row["passed"] else "不合格")
    for row in described["catalogue"]:
        entity = etree.SubElement(block, "文件实体")
        _add(entity, "聚合层次", "文件")
        _add(entity, "文件标识符", row["identifier"])
        told = etree.SubElement(entity, "文件描述")
        for name, fields in DOCUMENT.items():
            _block(told, name, fields, row)


def _people(contents: Any, people: Sequence[Mapping[str, Any]]) -> None:
    block = etree.SubElement(contents, "机构人员实体块")
    for each in people:
        entity = etree.SubElement(block, "机构人员实体")
        for element, key in (("机构人员标识符", "id"), ("机构人员类型", "kind"), ("机构人员名称", "name"), ("职责", "part")):
            _add(entity, element, each[key])


def _business(contents: Any, history: Sequence[Mapping[str, Any]]) -> None:
    block = etree.SubElement(contents, "业务实体块")
    for each in history:
        entity = etree.SubElement(block, "业务实体")
        for element, key in (("业务行为", "event"), ("行为时间", "at"), ("行为人", "by"), ("审计链值", "hash")):
            _add(entity, element, each[key])


def _relations(contents: Any, described: Mapping[str, Any]) -> None:
    block = etree.SubElement(contents, "实体关系块")
    for row in described["catalogue"]:
        relation = etree.SubElement(block, "实体关系")
        _add(relation, "源实体", described["volume"]["file_no"])
        _add(relation, "关系", "包含")
        _add(relation, "目标实体", row["identifier"])


def _environment(contents: Any, environment: Mapping[str, Any]) -> None:
    block = etree.SubElement(contents, "信息系统描述")
    for element in ENVIRONMENT:
        _add(block, element, environment[element])


def _block(parent: Any, name: str, fields: Block, values: Mapping[str, Any]) -> Any:
    block = etree.SubElement(parent, name)
    for element, key in fields:
        if values.get(key) not in (None, ""):
            _add(block, element, values[key])
    return block


def _add(parent: Any, name: str, value: Any, **attributes: str) -> None:
    """One element of text; characters that XML does not know are left out."""
    element = etree.SubElement(parent, name, attributes)
    element.text = "".join(c for c in str(value) if c in "\t\n\r" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF)))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(read_schema(), _parser()))
