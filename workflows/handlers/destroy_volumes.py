"""Destroying volumes: approval, report, cooling-off, scan, erasing, the supervisors, the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Operation, Prefill
from engine.errors import FormInvalid, JuanzongError
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    appraisal_meetings,
    appraisal_opinions,
    appraisals,
    destructions,
    erasing,
    packages,
    people,
    tombstones,
    volumes,
)
from workflows.records.client_mail import mail_person
from workflows.records.numbers import allocate
from workflows.records.package_places import PackageMissing, package_name, read_places
from workflows.records.rule_packs import get_rule

WHY = "State the reason."
HOW_PAPER = "State the place, and the boxes or that there is no paper."


class StillReadable(JuanzongError):
    """Something of the list “{list_no}” can still be read: {what}"""


def open_list(context: Context, *, appraisal_id: str) -> Variables:
    """Draw up the destruction list; ``proposer_ids`` may not approve it."""
    found = destructions.open_list(context, appraisal_id)
    look = appraisals.get_appraisal(context.session, appraisal_id).steps.get("first_look", {})
    return {
        "lead_id": appraisal_id,
        "title": f"档案销毁 {found.list_no}",
        "proposer_ids": [look["by_id"]] if look.get("by_id") else [],
        "appraisal_facts": appraisal_meetings.facts_of(context.session, appraisal_id),
        "report_wanted": str(_rule(context, "report_to_authority")),
    }


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the director's decision; sets ``approver_ids``, who may not execute."""
    approved = values["decision"] == "approve"
    if not approved and not str(values.get("conditions") or "").strip():
        raise FormInvalid({"conditions": [FieldError(WHY)]})
    destructions.approve(context, data["appraisal_id"], approved=approved, conditions=values.get("conditions") or "")
    return {"list_approved": "yes" if approved else "no", "approver_ids": [context.actor.id]}


def keep(context: Context, *, appraisal_id: str, reason: str) -> Variables:
    """Nothing of the list is destroyed: its volumes are kept some years more."""
    years = appraisal_opinions.silence_years(context)
    appraisal_meetings.keep_all(context, appraisal_id, years=years, reason=reason)
    return {}


def send_report(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep when the list went to the authority; sets until when its answer is waited for."""
    days = int(_rule(context, "report_wait_days"))
    until = (context.now + timedelta(days=days)).isoformat()
    destructions.keep_report(context, data["appraisal_id"], {**values, "until": until})
    return {"authority_until": until, "authority_answer": "none"}


def record_answer(context: Context, *, destruction_id: str, answer: str, note: str = "") -> Variables:
    """Somebody enters what the authority answered."""
    destructions.keep_report(context, destruction_id, {"answer": answer, "answer_note": note})
    context.send_message("authority.answered", correlation=destruction_id, payload={"authority_answer": answer})
    return {}


def settle_report(context: Context, *, appraisal_id: str, answer: str) -> Variables:
    """What the authority's answer, or its silence, comes to: ``authority_agrees``."""
    outcome = str(_rule(context, "no_answer")) if answer == "none" else answer
    destructions.keep_report(context, appraisal_id, {"outcome": outcome})
    return {"authority_agrees": "yes" if outcome == "agree" else "no"}


def start_cooling(context: Context, *, appraisal_id: str) -> Variables:
    """Publish the list inside the firm; sets until when anybody may object."""
    found = destructions.get_destruction(context.session, appraisal_id)
    again = found.state == destructions.COOLING
    if not again:
        found = destructions.start_cooling(context, appraisal_id)
        _tell_everybody(context, found)
    assert found.cooling_until is not None
    return {"cooling_until": found.cooling_until.isoformat()}


def object_to(context: Context, *, item_id: str, reason: str) -> Variables:
    """Somebody of the firm objects to the destruction of one volume."""
    item = destructions.object_to(context, item_id, reason)
    for person in people.list_people(context.session, "director"):
        mail_person(context, person_id=person.id, subject=f"销毁异议：{item.file_no}", body=reason)
    return {}


def check_ready(context: Context, *, appraisal_id: str) -> Variables:
    """Drop what something keeps now; sets ``volumes_left``."""
    items = destructions.check_ready(context, appraisal_id)
    if not items:
        appraisals.close(context, appraisal_id)
    return {"volumes_left": len(items)}


def read_scan(context: Context, data: Variables) -> dict[str, Any]:
    """How many volumes have to be there."""
    items = appraisals.list_items(context.session, data["appraisal_id"], appraisals.TO_DESTROY)
    return {"expected": f"{len(items)}卷，共{sum(int(item.described.get('pages') or 0) for item in items)}页"}


def scan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compare the scanned numbers with the list; sets ``scan_result`` and who has to sign."""
    numbers = str(values.get("scanned") or "").replace("，", "\n").splitlines()
    supervisors = [str(each) for each in values.get("supervisors") or []]
    try:
        wrong = destructions.scan(context, data["appraisal_id"], scanned=numbers, supervisors=supervisors)
    except destructions.TooFewSupervisors as few:
        raise FormInvalid({"supervisors": [FieldError(few.template, {"least": few.fields["least"]})]}) from few
    if wrong:
        for person in people.list_people(context.session, "director"):
            mail_person(context, person_id=person.id, subject="销毁现场与清册不符，已停止", body="\n".join(wrong))
    return {
        "scan_result": "MISMATCH" if wrong else "OK",
        "scan_wrong": wrong,
        "executor_id": context.actor.id,
        "supervisor_ids": supervisors,
    }


def resolve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director says how a mismatch was cleared up; then everything is scanned again."""
    found = destructions.get_destruction(context.session, data["appraisal_id"])
    context.audit("destruction.mismatch_explained", f"destruction:{found.id}", explanation=values["explanation"])
    return {"scan_explained": values["explanation"]}


def keep_paper(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep how the paper was destroyed."""
    has_paper = values["method"] != "none"
    if has_paper and not (str(values.get("place") or "").strip() and int(values.get("boxes") or 0)):
        raise FormInvalid({"place": [FieldError(HOW_PAPER)]})
    destructions.keep_paper(context, data["appraisal_id"], values)
    return {"paper_done": True}


def erase(context: Context, *, appraisal_id: str) -> Variables:
    """Erase the content of each volume in the database and mark it destroyed (G8 asked once more)."""
    found = destructions.check_erasable(context.session, appraisal_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    appraisals.drop_blocked(context, appraisal_id=appraisal_id, on=today)
    erased = []
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.TO_DESTROY):
        volume = volumes.get_volume(context.session, item.volume_id)
        content = erasing.describe(context.session, volume) | {"list_no": found.list_no, "destroyed_on": today.isoformat()}
        done = erasing.erase(context, item.volume_id)
        left = erasing.list_readable(context.session, done)
        if left:
            raise StillReadable(list_no=found.list_no, what="、".join(left[:5]))
        tombstones.make(context, item.volume_id, file_no=item.file_no, list_no=found.list_no, content=content)
        erased.append({"file_no": item.file_no, "documents": done.documents, "shared": done.shared})
        _bury(context, item.id)
    return {"erased": erased}


def prepare_packages(context: Context, *, appraisal_id: str, erased: list[dict[str, Any]]) -> dict[str, Any]:
    """Whose packages go."""
    return {"appraisal_id": appraisal_id, "file_nos": [each["file_no"] for each in erased]}


def remove_packages(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the packages and their second copies; a package that is gone already is gone."""
    places = read_places(tools)
    for file_no in payload["file_nos"]:
        try:
            packages.remove_package(places, file_no)
        except PackageMissing:
            continue
    there = [name for name in payload["file_nos"] for place in places.both().values() if (place / package_name(name)).exists()]
    return {"left": there}


def finish_packages(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Record that nothing can be read any more, and when the last backup ends."""
    if result["left"]:
        found = destructions.get_destruction(context.session, payload["appraisal_id"])
        raise StillReadable(list_no=found.list_no, what="、".join(result["left"]))
    until = destructions.backups_end_on(context).isoformat()
    said = {"packages": payload["file_nos"], "backups": "数据库与归档包备份", "backups_until": until}
    destructions.keep_erased(context, payload["appraisal_id"], said)
    return {"backups_until": until}


def witness(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A supervisor signs."""
    note = str(values.get("note") or "")
    destructions.witness(context, data["appraisal_id"], signature=str(values["signature"]), note=note)
    return {}


def certify(context: Context, *, appraisal_id: str) -> Variables:
    """Give the certificate its number, close tombstones and register; sets what the certificate says."""
    year = context.now.astimezone(FIRM_ZONE).year
    number = f"XHZ-{year}-{allocate(context, 'XHZ', year):02d}"
    found = destructions.certify(context, appraisal_id, number)
    executor, approver = found.steps["scan"]["by"], found.steps["approval"]["by"]
    supervisors = [each["name"] for each in found.witnesses]
    tombstones.certify(
        context,
        found.list_no,
        {
            "certificate_no": number,
            "approved_by": approver,
            "executed_by": executor,
            "supervised_by": supervisors,
            "method": destructions.METHODS[found.steps["paper"]["method"]],
            "backups_until": found.steps["erased"]["backups_until"],
        },
    )
    appraisals.close(context, appraisal_id)
    for person in people.list_people(context.session, "archivist"):
        mail_person(context, person_id=person.id, subject=f"销毁完成：{found.list_no}", body=f"监销证书 {number}")
    return {"certificate_facts": _facts(context, found), "certificate_no": number}


def _facts(context: Context, found: destructions.Destruction) -> dict[str, Any]:
    """What the certificate of supervised destruction says."""
    paper = found.steps["paper"]
    stones = tombstones.list_tombstones(context.session, found.list_no)
    keys = ("file_no", "cause", "client", "closed_on", "pages")
    return {
        "destruction": {
            "list_no": found.list_no,
            "certificate_no": found.certificate_no,
            "approver": found.steps["approval"]["by"],
            "approved_at": found.steps["approval"]["at"],
            "executor": found.steps["scan"]["by"],
            "at": paper["at"],
            "place": paper.get("place") or "—",
            "method": destructions.METHODS[paper["method"]],
            "boxes": paper.get("boxes") or 0,
            "contractor": paper.get("contractor") or "",
            "backups_until": found.steps["erased"]["backups_until"],
            "supervisors": [{"name": each["name"], "at": each["at"], "note": each["note"]} for each in found.witnesses],
            "volumes": [{key: stone.content.get(key) for key in keys} | {"digest": stone.digest} for stone in stones],
        }
    }


def _bury(context: Context, item_id: str) -> None:
    """The line of the list names nobody any more."""
    row = appraisals.get_item_row(context.session, item_id)
    row.state = appraisals.GONE
    row.described = {**row.described, "client": tombstones.mask_name(str(row.described.get("client") or "")), "location": ""}
    row.title = f"{row.described.get('cause') or '案卷'}（已销毁）"
    context.session.flush()


def _tell_everybody(context: Context, found: destructions.Destruction) -> None:
    items = appraisals.list_items(context.session, found.id, appraisals.TO_DESTROY)
    assert found.cooling_until is not None
    until = found.cooling_until.astimezone(FIRM_ZONE).date().isoformat()
    page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/appraisals/{found.id}"
    body = f"{found.list_no}号销毁清册共{len(items)}卷，公示至{until}。有异议的，请在公示期内说明：{page}"
    for person in people.list_people(context.session):
        mail_person(context, person_id=person.id, subject=f"档案销毁公示：{found.list_no}", body=body)


def _rule(context: Context, key: str) -> Any:
    return get_rule("appraisal", key, context.now.astimezone(FIRM_ZONE).date()).value


HANDLERS = (
    Operation("destructions.open", open_list, "编制销毁清册"),
    Completion("destructions.approve", approve, "主任批准清册"),
    Operation("destructions.keep", keep, "不予销毁，续存"),
    Completion("destructions.send_report", send_report, "报备"),
    Operation("destructions.record_answer", record_answer, "登记主管机关答复"),
    Operation("destructions.settle_report", settle_report, "确定报备结果"),
    Operation("destructions.start_cooling", start_cooling, "所内公示"),
    Operation("destructions.object", object_to, "提出销毁异议"),
    Operation("destructions.check_ready", check_ready, "销毁前复核"),
    Prefill("destructions.read_scan", read_scan, "清点"),
    Completion("destructions.scan", scan, "逐卷扫码核对"),
    Completion("destructions.resolve", resolve, "查明不符原因"),
    Completion("destructions.keep_paper", keep_paper, "纸质销毁"),
    Operation("destructions.erase", erase, "电子销毁"),
    Effect("destructions.remove_packages", prepare_packages, remove_packages, finish_packages, title="删除归档包及副本"),
    Completion("destructions.witness", witness, "监销签字"),
    Operation("destructions.certify", certify, "登记销毁证书"),
)
