"""The integrity patrol: begun by the calendar, after a migration or by hand; package by package; reported and handled."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from croniter import croniter

from engine import FIRM_ZONE, Completion, Context, Effect, Operation
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    documents,
    four_nature_checks,
    letter_pdf,
    letters,
    nature_subjects,
    package_places,
    package_repair,
    patrols,
    volume_checks,
)
from workflows.records.firm import read_firm
from workflows.records.letter_models import read_letter
from workflows.records.nature_subjects import PackageFacts
from workflows.records.package_places import MAIN
from workflows.records.rule_packs import get_rule

AT_ONCE = 50  # packages in one round; between rounds everything found is in the database
SECONDS = 120  # a round ends early when disks are slow, well within the lease of an effect
WORDS = {
    package_repair.WHOLE: "完好",
    package_repair.REPAIRED: "已用另一份副本修复",
    package_repair.LOST: "两份副本均损坏，未能修复",
}
REASONS = {"missing": "缺失", "changed": "被改动", "foreign": "清单以外的文件，已移入隔离区", "unreadable": "读不出"}
PLACES = {package_places.MAIN: "归档包", package_places.SECOND: "第二份副本"}


def plan(context: Context) -> Variables:
    """When the next yearly patrol begins; sets ``patrol_next_at``."""
    local = context.now.astimezone(FIRM_ZONE)
    calendar = str(get_rule("four_natures", "patrol_calendar", local.date()).value)
    return {"patrol_next_at": croniter(calendar, local).get_next(datetime).isoformat()}


def begin(context: Context, *, cause: str) -> Variables:
    """Begin a patrol, unless one is under way; sets ``patrol_id``."""
    return {"patrol_id": patrols.begin(context, cause).id}


def prepare(context: Context, *, patrol_id: str) -> dict[str, Any]:
    """The next packages."""
    share = int(get_rule("four_natures", "opening_share", context.now.astimezone(FIRM_ZONE).date()).value)
    due = patrols.list_due(context.session, patrol_id, AT_ONCE)
    return {"patrol_id": patrol_id, "due": [asdict(each) for each in due], "share": share}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Look after each package in turn; what there was no time for is due in the next round."""
    places, ends, found = package_places.read_places(tools), time.monotonic() + SECONDS, []
    for due in payload["due"]:
        name = package_places.package_name(due["file_no"], due["number"])
        outcome = package_repair.look_after(
            places, name, due["sha256"], sample=payload["patrol_id"], share=payload["share"]
        )
        found.append({"due": due, "found": asdict(outcome)})
        if time.monotonic() > ends:
            break
    return {"found": found}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep what was found, with the yearly four-nature test of each volume; sets ``patrol_left``."""
    for each in result["found"]:
        due = patrols.Due(**each["due"])
        patrols.record_item(context, payload["patrol_id"], due, each["found"])
        if due.number == 0:
            _test(context, due.volume_id, each["found"])
    return {"patrol_left": bool(patrols.list_due(context.session, payload["patrol_id"], 1))}


def close(context: Context, *, patrol_id: str) -> Variables:
    """End the patrol and tell archivists and directors what was wrong; sets ``patrol_faults``, ``patrol_lost``."""
    patrol, found = patrols.end(context, patrol_id), patrols.list_found(context.session, patrol_id)
    if found:
        lines = "\n".join(f"{each.file_no}：{WORDS[each.outcome]}" for each in found[:50])
        subject = f"档案完整性巡检发现{len(found)}个异常归档包"
        body = f"{lines}\n\n请在收件箱中办理“处理巡检异常”。\n"
        for role in ("archivist", "director"):
            client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=None)
    return {
        "patrol_faults": len(found),
        "patrol_lost": patrol.totals["lost"],
        "patrol_incident": {"kind": "archive", "facts": f"完整性巡检发现{len(found)}个异常归档包", "source_id": patrol_id},
    }


def prepare_report(context: Context, *, patrol_id: str) -> dict[str, Any]:
    """Fill in the report."""
    patrol = patrols.get_patrol(context.session, patrol_id)
    letter = letters.compose("patrol_report", {"firm": read_firm(), "patrol": _describe(context, patrol)})
    return {"patrol_id": patrol_id, "letter": letter.to_json(), "at": context.now.isoformat()}


def set_report(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set the report."""
    at = datetime.fromisoformat(payload["at"])
    return {"pdf": base64.b64encode(letter_pdf.render_pdf(read_letter(payload["letter"]), tools.get("fonts"), at=at)).decode()}


def keep_report(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the report in the patrol's own file."""
    letter = read_letter(payload["letter"])
    report = documents.add_document(
        context,
        lead_id=payload["patrol_id"],
        kind=letter.kind,
        title=letter.title,
        media_type=documents.PDF,
        content=base64.b64decode(result["pdf"]),
        template=letter.template,
        template_version=letter.version,
    )
    patrols.keep_report(context, payload["patrol_id"], report.id)
    return {"patrol_report_id": report.id}


def handle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The archivist says what was the cause and what was done."""
    said = {name: str(values.get(name) or "") for name in ("cause", "measure")}
    patrols.handle(context, data["patrol_id"], said)
    return {}


def decide_lost(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director says what happens with packages of which no copy is whole."""
    patrols.handle(context, data["patrol_id"], {"lost_decision": str(values["decision"]), "lost_reason": str(values["reason"])})
    return {}


def remind(context: Context, *, patrol_id: str) -> None:
    """Tell the directors that what a patrol found is not handled in time."""
    patrol = patrols.get_patrol(context.session, patrol_id)
    subject = "档案完整性巡检异常逾期未处理"
    body = f"{patrol.begun_at.astimezone(FIRM_ZONE):%Y年%m月%d日}开始的巡检发现异常，档案管理员没有在期限内处理，请督办。\n"
    client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=None)


def _test(context: Context, volume_id: str, found: Mapping[str, Any]) -> None:
    """The yearly four-nature test of one volume, from what its package showed before anything was repaired."""
    mine = [(each["path"], each["reason"]) for each in found["faults"] if each["place"] == MAIN]
    subject = nature_subjects.gather(context.session, volume_id, volume_checks.YEARLY, context.now)
    facts = PackageFacts(
        faults=tuple(mine),
        named=found["named"],
        xml_errors=tuple(found["xml_errors"]),
        seal_holds=("tagmanifest-sha256.txt", "changed") not in mine,
        signature=found["signature"],
        copy_faults=tuple((each["path"], each["reason"]) for each in found["faults"] if each["place"] != MAIN),
        unreadable=(*(path for path, reason in mine if reason == "unreadable"), *found["unopened"]),
    )
    results = four_nature_checks.run_checks(subject.with_facts({}, facts))
    defects = four_nature_checks.list_defects(results)
    volume_checks.record_test(context, volume_id, volume_checks.YEARLY, results=results, defects=defects, report_id=None)


def _describe(context: Context, patrol: patrols.Patrol) -> dict[str, Any]:
    """What the report says."""
    places, totals = package_places.read_places(context.tools), patrol.totals
    on = context.now.astimezone(FIRM_ZONE).date()
    leaving = {str(each) for each in get_rule("four_natures", "formats_leaving", on).value}
    rows = [
        {
            "file_no": each.file_no + (f"（补充件{each.number}）" if each.number else ""),
            "outcome": WORDS[each.outcome],
            "told": "；".join(
                [f"{PLACES[fault['place']]} {fault['path'] or '整包'}{REASONS[fault['reason']]}" for fault in each.faults[:20]]
                + [f"{path}打不开" for path in each.unopened[:20]]
            ),
        }
        for each in patrols.list_found(context.session, patrol.id)
    ]
    return {
        **{key: totals[key] for key in ("packages", "files", "opened", "unopened", "repaired", "lost")},
        "cause": patrols.CAUSES[patrol.cause],
        "begun_at": patrol.begun_at.isoformat(),
        "ended_at": patrol.ended_at.isoformat() if patrol.ended_at else "",
        "megabytes": f"{totals['octets'] / 1e6:,.1f}",
        "rows": rows,
        "kinds": [{"kind": kind, "count": count, "leaving": "建议转换为PDF/A或者OFD" if kind in leaving else "—"}
                  for kind, count in sorted(totals["kinds"].items())],
        "copies": "第二份副本与归档包在同一磁盘上，不能防止磁盘损坏，请设置ARCHIVE_COPY_DIR" if places.on_one_disk
        else "第二份副本在另一磁盘（卷）上",
    }  # fmt: skip


HANDLERS = (
    Operation("patrols.plan", plan, "排定下次巡检"),
    Operation("patrols.begin", begin, "开始完整性巡检"),
    Effect("patrols.look", prepare, perform, finish, "校验归档包"),
    Operation("patrols.close", close, "汇总巡检结果"),
    Effect("patrols.report", prepare_report, set_report, keep_report, "生成巡检报告"),
    Completion("patrols.handle", handle, "处理巡检异常"),
    Completion("patrols.decide_lost", decide_lost, "决定损毁档案的处置"),
    Operation("patrols.remind", remind, "督办巡检异常"),
)
