"""Collecting a volume: files into their places, others taken out, and a reason for what there is not."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import Completion, Context, Operation, Prefill
from engine.clock import FIRM_ZONE
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_facts, documents, retention_packs, surveys, volume_contents, volume_slots, volumes

NO_PLACE = "This volume has no such place."
UNKNOWN_FILE = "This file does not belong to this case."
MUST_BE_THERE = "This document must be in the volume: nothing excuses it."
NO_TICK = "Tick “no such document”, or put the document in above."
NO_REASON = "State why there is no such document."
MISSING = "Required and neither there nor excused: {slots}."
COVER = ("cause", "opponents", "court", "instance", "case_no", "result", "level")
TRAITS = ("amount", "traits", "sentence_years", "aml")
EXHIBITS = ("evidence_copies", "exhibits")
# Not to be filed (立卷归档办法 art. 9).
LEFT_OUT = {
    "draft": "未签署的草稿、历次修改稿",
    "before": "委托前有关委托办法的来往函件、电话记录",
    "envelope": "没有保存价值的信封",
    "for_others": "为其他律师事务所代为查档、取证形成的草稿",
    "twice": "重复的文件",
    "other_case": "不属于本案",
}
NEED_PHOTO = "Upload a photo of each physical item, or put it into the evidence."
SURVEY = "survey"
SURVEY_IS_OUT = "满意度调查尚未结束，质量监督卡形成后作为补充件归入本卷"


class Errors(dict[str, list[FieldError]]):
    """What is wrong with a form, by path."""

    def say(self, path: str, code: str, **params: Any) -> None:
        self.setdefault(path, []).append(FieldError(code, params))


def load(context: Context, data: Variables) -> dict[str, Any]:
    """A row for each missing document, one for each file without a place, and the cover as far as it is known."""
    session = context.session
    volume = volumes.get_volume(session, data["volume_id"])
    facts = case_facts.collect(session, volume.lead_id, context.now)
    lead, closing = facts.get("lead") or {}, facts.get("closing") or {}
    known = {
        "cause": lead.get("cause") or volume.title,
        "opponents": "、".join(str(party.get("name")) for party in facts.get("opposing_parties") or []),
        "amount": lead.get("amount"),
        "result": closing.get("result") or closing.get("result_summary"),
        "level": "internal",
    }
    return {
        **known,
        **volume.cover,
        "placements": [
            {"document_id": document.id, "document_title": document.title, "new_place": ""}
            for document in volume_contents.list_unplaced(session, volume.id)
        ],
        "absences": [
            _absence(session, volume, state)
            for state in volume_contents.slot_view(session, volume.id)
            if state.slot.need == volume_slots.REQUIRED and not state.documents
        ],
    }


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Put the files in, take the excluded out, keep the reasons; raises FormInvalid with the fields that need work."""
    volume = volumes.get_volume(context.session, data["volume_id"])
    errors = Errors()
    _place_others(context, volume, values.get("placements") or [], errors)
    if errors:
        raise FormInvalid(dict(errors))
    _excuse(context, volume, values.get("absences") or [], errors)
    missing = volume_contents.list_missing(context.session, volume.id)
    named = {row.get("slot") for row in values.get("absences") or []}
    rest = [state.slot.title for state in missing if state.slot.key not in named]
    if rest:
        errors.say("absences", MISSING, slots="、".join(rest))
    if errors:
        raise FormInvalid(dict(errors))
    _keep_exhibits(context, volume, values, errors)
    if errors:
        raise FormInvalid(dict(errors))
    volumes.set_cover(context, volume.id, {key: values.get(key) for key in (*COVER, *TRAITS, *EXHIBITS)})
    return {"filing_collected": True}


def arrange(context: Context, *, volume_id: str) -> Variables:
    """Sort and number the volume; returns what the decision table for the period of keeping (D6) asks."""
    volume_contents.arrange(context, volume_id)
    volume = volumes.get_volume(context.session, volume_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    return retention_packs.inputs_of(volume, retention_packs.pack_in_force(context.session), today)


def _absence(session: Session, volume: volumes.Volume, state: volume_contents.SlotState) -> dict[str, Any]:
    """One missing document; the filing does not wait for a survey that is still out."""
    reason = state.excused
    if not reason and state.slot.key == SURVEY:
        survey = surveys.find_survey(session, volume.lead_id)
        reason = SURVEY_IS_OUT if survey is None or survey.closed_at is None else ""
    return {"slot": state.slot.key, "none": bool(reason), "reason": reason}


def _place_others(context: Context, volume: volumes.Volume, rows: list[dict[str, Any]], errors: Errors) -> None:
    """Files that lay in no place: each goes into one, or is left out with a reason."""
    for index, row in enumerate(rows):
        document_id, place, reason = row.get("document_id") or "", row.get("new_place") or "", row.get("left_out") or ""
        if not _belongs(context, volume, document_id):
            errors.say(f"placements.{index}.document_title", UNKNOWN_FILE)
        elif place:
            if volume_slots.find_slot(volume.matter_type, place) is None:
                errors.say(f"placements.{index}.new_place", NO_PLACE)
                continue
            volume_contents.add_to_slot(context, volume.id, document_id, slot=place)
        elif reason:
            volume_contents.exclude(context, volume.id, document_id, LEFT_OUT.get(reason, reason))


def _keep_exhibits(context: Context, volume: volumes.Volume, values: dict[str, Any], errors: Errors) -> None:
    """Photos of physical items go to the evidence; the item itself is kept apart (art. 11)."""
    photos, items = values.get("exhibit_photos") or [], values.get("exhibits") or []
    names = "、".join(str(item.get("name")) for item in items) or "实物证据"
    for number, document_id in enumerate(photos, 1):
        if _belongs(context, volume, document_id):
            title = f"实物证据照片{number}：{names}"[:300]
            volume_contents.add_to_slot(context, volume.id, document_id, slot="evidence", title=title)
        else:
            errors.say("exhibit_photos", UNKNOWN_FILE)
    if items and not photos and not documents.list_documents(context.session, volume.lead_id, slot="evidence"):
        errors.say("exhibit_photos", NEED_PHOTO)


def _excuse(context: Context, volume: volumes.Volume, rows: list[dict[str, Any]], errors: Errors) -> None:
    states = {state.slot.key: state for state in volume_contents.slot_view(context.session, volume.id)}
    for index, row in enumerate(rows):
        state = states.get(row.get("slot") or "")
        if state is None:
            errors.say(f"absences.{index}.slot", NO_PLACE)
        elif state.documents:
            continue
        elif state.blocks:
            errors.say(f"absences.{index}.reason", MUST_BE_THERE)
        elif not row.get("none"):
            errors.say(f"absences.{index}.none", NO_TICK)
        elif not str(row.get("reason") or "").strip():
            errors.say(f"absences.{index}.reason", NO_REASON)
        else:
            volume_contents.excuse(context, volume.id, state.slot.key, str(row["reason"]).strip())


def _belongs(context: Context, volume: volumes.Volume, document_id: str) -> bool:
    document = documents.find_document(context.session, document_id)
    return document is not None and document.lead_id == volume.lead_id


HANDLERS = (
    Prefill("volumes.read_collection", load, title="待立卷材料"),
    Completion("volumes.collect", apply, title="收集齐全与剔除"),
    Operation("volumes.arrange", arrange, title="归类排序编页"),
)
