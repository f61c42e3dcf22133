"""The places of each kind of volume against Appendix B of processes.md, and that each can be filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from engine import SYSTEM
from tests.workflows.casework import Do
from tests.workflows.filing.pdfs import make_pdf
from workflows.records import documents, volume_contents, volume_slots, volumes

ROOT = Path(__file__).parents[3] / "workflows"
#: the statutory numbers of Appendix B with what is needed of each: R required, C if it happened
NEEDS = {
    "civil": "RRRRCCRCCCRCCRR",
    "criminal": "RRRCRCRCRRCRCR",
    "adviser": "RRRRRRR",
    "nonlitigation": "RRRCCRR",
    "legal_aid": "RRRRCRRR",
}
LETTER = {"required": "R", "conditional": "C", "optional": "O"}


@pytest.mark.requirement("A6")
@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_the_statutory_places_are_those_of_appendix_b(kind):
    slots = [slot for slot in volume_slots.list_slots(kind) if slot.number.isdigit() and slot.number != "0"]
    numbered = {slot.number: LETTER[slot.need] for slot in slots}
    assert "".join(numbered[str(number)] for number in range(1, len(NEEDS[kind]) + 1)) == NEEDS[kind]
    assert volume_slots.get_kind(kind).statutory == len(NEEDS[kind]) == len(numbered)


@pytest.mark.requirement("A6")
def test_additions_stand_after_their_numbers():
    numbers = {slot.key: slot.number for slot in volume_slots.list_slots("civil")}
    wanted = {
        "intake_form": "1a", "conflict_check": "1b", "client_notices": "3a", "communications": "14a", "work_log": "14b",
        "changes": "14c", "deliverables": "15a", "survey": "15b", "complaint": "15c",
    }  # fmt: skip
    assert {key: numbers[key] for key in wanted} == wanted


@pytest.mark.requirement("A2")
def test_what_a_process_owes_some_process_puts_there():
    made = {yaml.safe_load(path.read_text(encoding="utf-8")).get("slot") for path in (ROOT / "letters").glob("*.yaml")}
    for path in [*(ROOT / "handlers").glob("*.py"), *(ROOT / "records").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        made |= set(re.findall(r'slot["\']?\s*[=:]\s*["\']([a-z_]+)', text))
        made |= set(re.findall(r'return "([a-z_]+)" if kind in PRESERVATION else "([a-z_]+)"', text)[0]) if "PRESERVATION" in text else set()
    processes = {path.stem for path in (ROOT / "processes").glob("*.bpmn")}
    for kind in volume_slots.list_kinds():
        for slot in kind.slots:
            if slot.source:
                assert slot.source in processes, (kind.key, slot.key)
                assert slot.key in made, (kind.key, slot.key)


@pytest.mark.requirement("A2", "A6")
def test_every_place_of_every_kind_takes_an_upload(case):
    def fill(context):
        for matter_type in ("civil", "criminal", "administrative", "arbitration", "enforcement", "adviser", "nonlitigation",
                            "special", "consultation", "legal_aid"):  # fmt: skip
            volume_id = volumes.open_volume(
                context, matter_id=f"{matter_type:0>32}"[:32], lead_id=f"{matter_type:1>32}"[:32], matter_type=matter_type,
                client_name="张三", title=matter_type,
            )  # fmt: skip
            volume = volumes.get_volume(context.session, volume_id)
            for slot in volume_slots.list_slots(matter_type):
                document = documents.add_document(
                    context, lead_id=volume.lead_id, kind="upload", title=slot.title, media_type=documents.TEXT, content=b"x"
                )
                volume_contents.add_to_slot(context, volume_id, document.id, slot=slot.key)
            states = volume_contents.slot_view(context.session, volume_id)
            assert all(state.documents for state in states), matter_type
            assert [state.slot.position for state in states] == list(range(len(states)))

    case.firm.run(Do(fill), SYSTEM)


@pytest.mark.requirement("A3")
@pytest.mark.requirement("A5")
def test_what_is_not_filed_has_a_reason_of_the_list_and_physical_items_their_photo(case):
    case.close()
    case.put_essentials()

    def add(title):
        given = {"kind": "upload", "title": title, "media_type": documents.PDF, "content": make_pdf(1, title)}
        return case.run(lambda context: documents.add_document(context, lead_id=case.lead_id, **given).id, "lawyer1")

    draft, photo = add("起诉状修改稿"), add("样品照片")
    values = case.first_values("Task_Collect", "lawyer1")
    rows = [{**row, "left_out": "draft"} for row in values["placements"] if row["document_id"] == draft]
    item = {"name": "样品", "quantity": "2", "features": "蓝色外壳", "keeper": "档案室实物柜3"}
    case.collect(placements=rows, exhibits=[item], exhibit_photos=[photo], evidence_copies="kept")
    with case.firm.reading() as session:
        ((_document, reason),) = volume_contents.list_exclusions(session, case.volume_id)
        evidence = documents.list_documents(session, case.lead_id, slot="evidence")
    assert reason == "未签署的草稿、历次修改稿"
    assert "样品" in evidence[-1].title
    assert case.volume().cover["exhibits"] == [item]
