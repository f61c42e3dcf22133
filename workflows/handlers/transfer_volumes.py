"""The transfer of volumes: listed, tested, approved, packed, signed by both sides, and gone."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import Completion, Context, Effect, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    bags,
    client_mail,
    documents,
    four_nature_checks,
    leads,
    letter_pdf,
    letters,
    nature_subjects,
    package_places,
    package_repair,
    packages,
    transfers,
    volume_checks,
    volumes,
)
from workflows.records.file_formats import examine
from workflows.records.firm import read_firm
from workflows.records.letter_models import read_letter
from workflows.records.nature_subjects import PackageFacts

STAYS = "It may not leave: {reason}"
NONE_LEFT = "Keep at least one volume on the list, or give the transfer up."


def begin(
    context: Context, *, kind: str, recipient: str, basis: str, volume_ids: list[str], notify_clients: bool = False
) -> Variables:
    """List volumes for a transfer; sets ``transfer_id``."""
    made = transfers.begin(
        context, kind=kind, recipient=recipient, basis=basis, volume_ids=volume_ids, notify_clients=notify_clients
    )
    return {"transfer_id": made.id}


def prepare_test(context: Context, *, transfer_id: str) -> dict[str, Any]:
    """What the records say of each volume."""
    listed = []
    for volume_id in transfers.get_transfer(context.session, transfer_id).volume_ids:
        volume = volumes.get_volume(context.session, volume_id)
        subject = nature_subjects.gather(context.session, volume_id, volume_checks.TRANSFER, context.now)
        listed.append({"id": volume_id, "name": volume.file_no, "seal": volume.package_sha256, "subject": subject.to_json()})
    return {"transfer_id": transfer_id, "volumes": listed}


def perform_test(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Look through each package, open every document of it, make the checks of the stage 移交."""
    places, tested = package_places.read_places(tools), []
    for each in payload["volumes"]:
        subject, folder = nature_subjects.read_subject(each["subject"]), places.main / each["name"]
        found = package_repair.look_after(places, each["name"], each["seal"])
        faults = [(fault["path"], fault["reason"]) for fault in found.faults if fault["place"] == package_places.MAIN]
        unhealed = found.outcome == package_repair.LOST
        facts = PackageFacts(
            faults=tuple(faults) if unhealed else (),
            named=found.named,
            xml_errors=tuple(found.xml_errors),
            seal_holds=bags.seal_of(folder) == each["seal"],
            signature=found.signature,
        )
        files = {}
        for line in subject.lines:
            path = folder / "data" / line.file
            files[line.document_id] = examine(path.read_bytes() if path.is_file() else b"")
        results = four_nature_checks.run_checks(subject.with_facts(files, facts))
        tested.append({"id": each["id"], "results": results})
    return {"tested": tested}


def finish_test(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep each test with its volume; sets ``transfer_test`` pass / fail and ``transfer_failed``."""
    failed = []
    for each in result["tested"]:
        defects = four_nature_checks.list_defects(each["results"])
        volume_checks.record_test(
            context, each["id"], volume_checks.TRANSFER, results=each["results"], defects=defects, report_id=None
        )
        if defects:
            failed.append({"volume_id": each["id"], "problem": "；".join(defect["problem"] for defect in defects[:5])})
    if not failed:
        transfers.move(context, payload["transfer_id"], transfers.TESTED)
    return {"transfer_test": "fail" if failed else "pass", "transfer_failed": failed}


def read_list(context: Context, data: Variables) -> dict[str, Any]:
    """The volumes with what stands against each."""
    failed = {each["volume_id"]: each["problem"] for each in data.get("transfer_failed") or []}
    rows = []
    for volume_id in transfers.get_transfer(context.session, data["transfer_id"]).volume_ids:
        volume = volumes.get_volume(context.session, volume_id)
        problem = transfers.find_obstacle(context.session, volume_id) or failed.get(volume_id, "")
        rows.append({"volume_id": volume_id, "name": f"{volume.file_no} {volume.title}", "problem": problem, "keep": not problem})
    return {"decision": "again", "volumes": rows}


def relist(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Go on with the volumes that stay on the list, or give the transfer up; sets ``transfer_decision``."""
    if values["decision"] == "stop":
        transfers.move(context, data["transfer_id"], transfers.REFUSED)
        return {"transfer_decision": "stop"}
    rows = values.get("volumes") or []
    kept = [row["volume_id"] for row in rows if row.get("keep")]
    if not kept:
        raise FormInvalid({"decision": [FieldError(NONE_LEFT)]})
    errors = {}
    for index, row in enumerate(rows):
        reason = transfers.find_obstacle(context.session, row["volume_id"]) if row.get("keep") else ""
        if reason:
            errors[f"volumes.{index}.keep"] = [FieldError(STAYS, {"reason": reason})]
    if errors:
        raise FormInvalid(errors)
    transfers.relist(context, data["transfer_id"], kept)
    return {"transfer_decision": "again"}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director approves or refuses; sets ``transfer_decision``."""
    decision = str(values["decision"])
    if decision == "approve":
        transfers.check_free(context.session, transfers.get_transfer(context.session, data["transfer_id"]).volume_ids)
        transfers.move(context, data["transfer_id"], transfers.APPROVED)
    elif decision == "refuse":
        transfers.move(context, data["transfer_id"], transfers.REFUSED)
    return {"transfer_decision": decision, "transfer_opinion": str(values.get("opinion") or "")}


def notify(context: Context, *, transfer_id: str) -> Variables:
    """Tell the clients, where that was asked for, where their file goes; sets how many were told."""
    found, told = transfers.get_transfer(context.session, transfer_id), 0
    for volume_id in found.volume_ids if found.notify_clients else ():
        volume = volumes.get_volume(context.session, volume_id)
        lead = leads.get_lead(context.session, volume.lead_id)
        body = (
            f"{volume.client_name}：\n\n您委托本所办理的“{volume.title}”一案的档案（档号{volume.file_no}），"
            f"因{transfers.KINDS[found.kind]}，将移交{found.recipient}保管。移交后查阅请向接收单位提出；有疑问请联系本所。\n"
        )
        told += client_mail.mail_client(context, lead_id=lead.id, subject=f"档案移交通知：{volume.title}", body=body)
    return {"transfer_told": told}


def prepare_pack(context: Context, *, transfer_id: str) -> dict[str, Any]:
    """What is handed out, and what the list says of it."""
    found, rows = transfers.get_transfer(context.session, transfer_id), []
    for number, volume_id in enumerate(found.volume_ids, 1):
        volume = volumes.get_volume(context.session, volume_id)
        named = ("file_no", "title", "level", "retention", "pieces", "pages")
        rows.append({"number": number, **{name: getattr(volume, name) for name in named}})
    return {"transfer": {**asdict(found), "begun_at": "", "ended_at": None}, "rows": rows, "at": context.now.isoformat()}


def perform_pack(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Write one zip archive with all packages, read back its digest, set the list."""
    found, rows = payload["transfer"], payload["rows"]
    target = file_of(tools, found["number"])
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as stream:
        packages.zip_packages(Path(tools["data_dir"]), [row["file_no"] for row in rows], stream)
    draft.replace(target)
    with target.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    facts = {
        **{name: found[name] for name in ("number", "recipient", "basis")},
        "kind": transfers.KINDS[found["kind"]],
        "count": len(rows),
        "pages": sum(row["pages"] for row in rows),
        "file": target.name,
        "sha256": sha256,
        "test": "全部合格",
        "rows": rows,
        "at": payload["at"],
    }
    letter = letters.compose("transfer_list", {"firm": read_firm(), "transfer": facts})
    pdf = letter_pdf.render_pdf(letter, tools.get("fonts"), at=datetime.fromisoformat(payload["at"]))
    return {"sha256": sha256, "pdf": base64.b64encode(pdf).decode(), "letter": letter.to_json()}


def finish_pack(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Record the file and its list."""
    letter, transfer_id = read_letter(result["letter"]), payload["transfer"]["id"]
    report = documents.add_document(
        context,
        lead_id=transfer_id,
        kind=letter.kind,
        title=f"{letter.title} {payload['transfer']['number']}",
        media_type=documents.PDF,
        content=base64.b64decode(result["pdf"]),
        template=letter.template,
        template_version=letter.version,
    )
    transfers.keep_file(context, transfer_id, result["sha256"], report.id)
    return {"transfer_sha256": result["sha256"]}


def sign_firm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The archivist signs that the packages are handed out."""
    said = {"name": context.actor.name, "signature": values["signature"], "medium": values["medium"]}
    transfers.sign(context, data["transfer_id"], "firm", said)
    return {}


def sign_recipient(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The recipient's person signs on the spot, or their refusal is kept; sets ``transfer_received``."""
    if values["result"] == "refused":
        transfers.relist(context, data["transfer_id"], transfers.get_transfer(context.session, data["transfer_id"]).volume_ids)
        failed = [{"volume_id": "", "problem": str(values["reason"])}]
        return {"transfer_received": "refused", "transfer_failed": failed}
    said = {name: values[name] for name in ("name", "position", "signature")}
    transfers.sign(context, data["transfer_id"], "recipient", said)
    blocked = [
        {"volume_id": each, "problem": reason}
        for each in transfers.get_transfer(context.session, data["transfer_id"]).volume_ids
        if (reason := transfers.find_obstacle(context.session, each))
    ]
    if blocked:  # a hold or a loan that came while the transfer was under way
        transfers.move(context, data["transfer_id"], transfers.LISTED)
    return {"transfer_received": "blocked" if blocked else "received", "transfer_failed": blocked}


def hand_over(context: Context, *, transfer_id: str) -> None:
    """The volumes are the recipient's."""
    transfers.hand_over(context, transfer_id)


def remind(context: Context, *, transfer_id: str) -> None:
    """Tell directors and archivists that an approved transfer is not signed."""
    found = transfers.get_transfer(context.session, transfer_id)
    body = f"{found.number}（接收单位：{found.recipient}）获准后超过规定期限没有办理交接，请督办。\n"
    for role in ("archivist", "director"):
        client_mail.mail_role(context, role=role, subject=f"档案移交逾期未交接：{found.number}", body=body, lead_id=None)


def file_of(tools: Mapping[str, Any], number: str) -> Path:
    """Where the file of a transfer stands until the recipient has it."""
    return Path(tools["data_dir"]) / "transfers" / f"{number}.zip"


HANDLERS = (
    Operation("transfers.begin", begin, "编制移交清单"),
    Effect("transfers.test", prepare_test, perform_test, finish_test, "四性检测（移交）"),
    Prefill("transfers.read_list", read_list, "调整移交清单"),
    Completion("transfers.relist", relist, "调整移交清单"),
    Completion("transfers.approve", approve, "主任审批移交"),
    Operation("transfers.notify", notify, "通知客户档案移交"),
    Effect("transfers.pack", prepare_pack, perform_pack, finish_pack, "打包移交文件"),
    Completion("transfers.sign_firm", sign_firm, "移交方签字"),
    Completion("transfers.sign_recipient", sign_recipient, "接收方签收"),
    Operation("transfers.hand_over", hand_over, "办结移交"),
    Operation("transfers.remind", remind, "督办移交交接"),
)
