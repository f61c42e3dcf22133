"""The archive's regular work: the yearly inventory, the monthly check of the store room, the yearly statistics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Operation, Prefill
from engine.handlers import Variables
from workflows.records import (
    archive_statistics,
    archive_works,
    documents,
    inventories,
    register_sheets,
    storage_checks,
)
from workflows.records.archive_works import ArchiveWork
from workflows.records.firm import read_firm
from workflows.records.survey_reviews import TYPE_NAMES


def _opened(context: Context, work: ArchiveWork, **due: str) -> Variables:
    """What a process knows of its work: from here ``lead_id`` is the work's own file."""
    keys = {name: archive_works.read_days(context, key) for name, key in due.items()}
    return {"work_id": work.id, "lead_id": work.id, "title": work.title, **keys}


def begin_inventory(context: Context) -> Variables:
    """List by rack what should be there."""
    due = {"inventory_due": "inventory_days", "inventory_due_at": "inventory_days", "investigation_due": "investigation_days"}
    return _opened(context, inventories.begin(context), **due)


def scan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the first person scanned."""
    inventories.scan(context, data["work_id"], str(values["codes"]))
    return {}


def scan_again(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the second person scanned."""
    inventories.scan(context, data["work_id"], str(values["codes"]), again=True)
    return {}


def compare(context: Context, *, work_id: str) -> Variables:
    """Compare; sets ``inventory_differs`` yes / no."""
    work = inventories.compare(context, work_id)
    return {"inventory_differs": "yes" if work.data["differences"] else "no"}


def list_differences(context: Context, data: Variables) -> dict[str, Any]:
    """A row for each difference to be explained."""
    work = archive_works.get(context.session, data["work_id"])
    return {
        "answers": [
            {"what": f"{each['kind_name']}：{each['file_no']} {each['place']}".strip()} for each in work.data["differences"]
        ]
    }


def investigate(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was found out about each difference."""
    archive_works.record(context, data["work_id"], answers=values.get("answers") or [])
    return {}


def read_inventory(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director has read the report."""
    entry = {**archive_works.stamp(context), "opinion": str(values["opinion"])}
    archive_works.record(context, data["work_id"], opinion=entry)
    return {}


def begin_check(context: Context) -> Variables:
    """Open this month's check of the store room."""
    due = {"check_due": "check_days", "check_due_at": "check_days", "mend_due": "mend_days"}
    return _opened(context, storage_checks.begin(context), **due)


def read_off(context: Context, *, room: str, temperature: str, humidity: int) -> None:
    """Keep a reading of the store room's instruments."""
    storage_checks.add_reading(context, room=room or "档案库房", temperature=Decimal(temperature), humidity=humidity)


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the checklist; sets ``storage_defects`` yes / no."""
    work = storage_checks.check(context, data["work_id"], values)
    return {"storage_defects": "yes" if work.data["defects"] else "no"}


def list_defects(context: Context, data: Variables) -> dict[str, Any]:
    """A row for each defect to be mended."""
    work = archive_works.get(context.session, data["work_id"])
    return {"measures": [{"what": f"{each['point']}：{each['note']}".rstrip("：")} for each in work.data["defects"]]}


def mend(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was done about each defect."""
    archive_works.record(context, data["work_id"], measures=values.get("measures") or [])
    return {}


def confirm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director confirms, or has it mended again; sets ``storage_mended`` yes / no."""
    entry = {**archive_works.stamp(context), "result": values["result"], "opinion": str(values.get("opinion") or "")}
    archive_works.record(context, data["work_id"], confirmation=entry)
    return {"storage_mended": "yes" if values["result"] == "yes" else "no"}


def begin_statistics(context: Context) -> Variables:
    """Count the year that has ended."""
    due = {"sign_due": "sign_days", "sign_due_at": "sign_days", "send_due": "send_days"}
    return _opened(context, archive_statistics.begin(context), **due)


def sign(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner signs the figures, or has them looked into; sets ``statistics_signed`` yes / no."""
    entry = {**archive_works.stamp(context), "result": values["result"], "opinion": str(values.get("opinion") or "")}
    archive_works.record(context, data["work_id"], signature=entry)
    return {"statistics_signed": "yes" if values["result"] == "yes" else "no"}


def correct(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was put right, and count again."""
    archive_works.record(context, data["work_id"], correction=str(values["note"]))
    archive_statistics.recount(context, data["work_id"])
    return {}


def send(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep to whom the report was sent, and end the work."""
    keys = ("authority", "sent_on", "way", "receipt_no")
    archive_works.record(context, data["work_id"], sent={key: values.get(key) or "" for key in keys})
    archive_works.end(context, data["work_id"])
    return {}


def remind(context: Context, *, work_id: str) -> Variables:
    """Tell the director that a step is late; of the statistics the partners, whose step it is."""
    work = archive_works.get(context.session, work_id)
    role = "partner" if work.kind == archive_works.STATISTICS else "director"
    archive_works.tell(context, role, work, f"{work.title}已到期，尚未完成，请督促。")
    return {}


def close(context: Context, *, work_id: str) -> Variables:
    """End a month's check."""
    archive_works.end(context, work_id)
    return {}


def prepare(context: Context, *, work_id: str) -> dict[str, Any]:
    """What the report of an inventory or of the statistics says."""
    work = archive_works.get(context.session, work_id)
    day = context.now.astimezone(FIRM_ZONE).isoformat()
    if work.kind == archive_works.STATISTICS:
        rows = [list(line) for line in archive_statistics.lines(work.data["figures"], lambda kind: TYPE_NAMES.get(kind, kind))]
        signed = work.data.get("signature", {})
        rows.append(["审签", f"{signed.get('by', '')} {signed.get('on', '')}"])
        title, columns = f"律师业务档案年度统计报表（{work.period}年）", [["项目", 3], ["数量", 2]]
    else:
        found = inventories.summarise(work)
        answers = {each["what"]: each for each in found["answers"]}
        rows = [["应在库案卷", str(found["expected"]), ""], ["两人均扫到", str(found["found"]), ""]]
        rows.append(["扫码人", f"{found['first']}、{found['second']}", ""])
        for each in found["differences"]:
            what = f"{each['kind_name']}：{each['file_no']} {each['place']}".strip()
            answer = answers.get(what, {})
            rows.append([what, str(answer.get("finding") or ""), str(answer.get("measure") or "")])
        rows.append(["主任意见", found["opinion"], ""])
        title, columns = f"档案盘点报告（{work.period}年）", [["事项", 4], ["结果或者查明情况", 4], ["处理", 3]]
    return {"work_id": work_id, "title": title, "columns": columns, "rows": rows, "at": day, "firm": read_firm()["name"]}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set the report as PDF and as a spreadsheet."""
    columns = [(heading, float(width)) for heading, width in payload["columns"]]
    at = datetime.fromisoformat(payload["at"])
    fonts = tools.get("fonts")
    pdf = register_sheets.to_pdf(payload["title"], columns, payload["rows"], firm=payload["firm"], at=at, fonts=fonts)
    sheet = register_sheets.to_xlsx(payload["title"], [heading for heading, _width in columns], payload["rows"])
    return {"pdf": pdf.hex(), "xlsx": sheet.hex()}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep both with the work; an inventory ends with its report."""
    kept = [
        documents.add_document(
            context, lead_id=payload["work_id"], kind="archive_report", title=payload["title"], media_type=media_type,
            content=bytes.fromhex(result[key]),
        ).id
        for key, media_type in (("pdf", documents.PDF), ("xlsx", documents.MEDIA_TYPES[".xlsx"]))
    ]  # fmt: skip
    work = archive_works.record(context, payload["work_id"], documents=kept)
    if work.kind == archive_works.INVENTORY:
        archive_works.end(context, work.id)
    return {"archive_report_id": kept[0]}


HANDLERS = (
    Operation("inventories.begin", begin_inventory, "按架列出应有案卷"),
    Completion("inventories.scan", scan, "第一人扫码"),
    Completion("inventories.scan_again", scan_again, "第二人复扫"),
    Operation("inventories.compare", compare, "比对盘点差异"),
    Prefill("inventories.differences", list_differences, "列出盘点差异"),
    Completion("inventories.investigate", investigate, "查明盘点差异"),
    Completion("inventories.sign", read_inventory, "审阅盘点报告"),
    Operation("inventories.remind", remind, "提醒盘点逾期"),
    Effect("inventories.keep", prepare, perform, finish, title="保存盘点报告"),
    Operation("storage.read_off", read_off, "登记库房温湿度"),
    Operation("storage.begin", begin_check, "准备八防检查表"),
    Completion("storage.check", check, "八防检查"),
    Prefill("storage.defects", list_defects, "列出隐患"),
    Completion("storage.mend", mend, "整改隐患"),
    Completion("storage.confirm", confirm, "确认整改"),
    Operation("storage.remind", remind, "提醒月检逾期"),
    Operation("storage.close", close, "结束月检"),
    Operation("archive_statistics.begin", begin_statistics, "统计上年度档案"),
    Completion("archive_statistics.sign", sign, "审签年度统计"),
    Completion("archive_statistics.correct", correct, "核对更正"),
    Completion("archive_statistics.send", send, "报送主管机关"),
    Operation("archive_statistics.remind", remind, "提醒审签逾期"),
    Effect("archive_statistics.report", prepare, perform, finish, title="生成年度报表"),
)
