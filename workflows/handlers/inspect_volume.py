"""The four-nature test of a volume at hand-in and acceptance: its files looked at, every check made, the report set."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Context, Effect
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    documents,
    file_formats,
    four_nature_checks,
    letter_pdf,
    letters,
    matters,
    nature_subjects,
    people,
    virus_scan,
    volume_checks,
    volumes,
)
from workflows.records.documents import DocumentDamaged
from workflows.records.file_formats import FileFacts
from workflows.records.firm import read_firm


def prepare(context: Context, *, volume_id: str, stage: str = volume_checks.AUTOMATIC) -> dict[str, Any]:
    """What the records say of the volume; ``stage`` is automatic (at hand-in) or reception."""
    pending = [entry.event for entry in context.entries if entry.subject == f"volume:{volume_id}"]
    subject = nature_subjects.gather(context.session, volume_id, stage, context.now, pending)
    return {"volume_id": volume_id, "subject": subject.to_json()}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Look at each file in turn, make the checks, set the report."""
    subject = nature_subjects.read_subject(payload["subject"])
    files = {line.document_id: _look_at(line.document_id, tools) for line in subject.lines}
    results = four_nature_checks.run_checks(subject.with_facts(files))
    letter = letters.compose("four_natures", _facts(subject, results))
    report = letter_pdf.render_pdf(letter, tools.get("fonts"), at=datetime.fromisoformat(subject.at))
    return {"results": results, "report": base64.b64encode(report).decode(), "version": letter.version}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep results and report with the volume; a volume that failed goes back. Sets ``inspection`` pass / fail."""
    volume_id, stage = payload["volume_id"], payload["subject"]["stage"]
    volume, defects = volumes.get_volume(context.session, volume_id), four_nature_checks.list_defects(result["results"])
    report = documents.add_document(
        context,
        lead_id=volume.lead_id,
        matter_id=volume.matter_id,
        kind="four_natures",
        title=volume_checks.NAMES[stage],
        media_type=documents.PDF,
        content=base64.b64decode(result["report"]),
        slot="four_natures",
        template="four_natures",
        template_version=result["version"],
    )
    volume_checks.record_test(context, volume_id, stage, results=result["results"], defects=defects, report_id=report.id)
    if not defects:
        if stage == volume_checks.AUTOMATIC:
            volumes.start_check(context, volume_id)
        return {"inspection": "pass"}
    volume = volumes.send_back(context, volume_id, volume_checks.NAMES[stage])
    matters.return_matter(context, volume.matter_id)
    _tell(context, volume, stage, defects)
    return {"inspection": "fail"}


def _look_at(document_id: str, tools: Mapping[str, Any]) -> FileFacts:
    try:
        content = tools["read_document"](document_id)
    except DocumentDamaged:
        return file_formats.NOTHING
    return file_formats.examine(content, virus=virus_scan.scan(content))


def _facts(subject: nature_subjects.Subject, results: list[dict[str, Any]]) -> dict[str, Any]:
    """What the report says."""
    failed = sum(each["outcome"] == "failed" for each in results)
    verdict = f"共{len(results)}项，全部合格" if not failed else f"共{len(results)}项，{failed}项不合格"
    named = ("title", "matter_no", "pieces", "pages")
    return {
        "firm": read_firm(),
        "test": {
            **{name: subject.volume.get(name) for name in named},
            "file_no": subject.volume.get("file_no") or "（接收后编定）",
            "stage": volume_checks.STAGES[subject.stage],
            "at": subject.at,
            "verdict": verdict,
            "rows": four_nature_checks.list_rows(results),
        },
    }


def _tell(context: Context, volume: volumes.Volume, stage: str, defects: list[dict[str, Any]]) -> None:
    """Tell the lawyer, and after an acceptance that did not hold the archivists too."""
    lines = [f"{number}. {_where(defect)}{defect['problem']}" for number, defect in enumerate(defects, 1)]
    subject = f"{volume_checks.NAMES[stage]}不合格，案卷退回：{volume.title}"
    body = "请按下列问题补正后重新提交：\n" + "\n".join(lines) + "\n"
    told = {matters.get_matter(context.session, volume.matter_id).lawyer_id}
    if stage == volume_checks.RECEPTION:
        told |= {person.id for person in people.list_people(context.session, "archivist")}
    for person_id in sorted(told):
        client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=volume.lead_id)


def _where(defect: Mapping[str, Any]) -> str:
    return f"目录第{defect['line']}行：" if defect.get("line") else ""


HANDLERS = (Effect("volumes.inspect", prepare, perform, finish, title="四性检测"),)
