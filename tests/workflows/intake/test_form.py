"""The intake form (收案登记表): what desk and lawyer registered, on paper for the volume."""

from __future__ import annotations

from tests.workflows.intake.test_paths import CONFIRM, OUTLINE, PERSON, come_to
from tests.workflows.pdf_text import read_text
from workflows.records import documents

THIRD = {"name": "李四", "kind": "person", "identifier": "110105199003078991", "role": "担保人"}


def test_the_form_lies_in_the_volume_with_everything_but_whole_identity_numbers(case):
    come_to(case, "Task_Confirm", outline={"third_parties": [THIRD]})
    case.do("lawyer1", "Task_Confirm", {**CONFIRM, "third_parties": [THIRD]})
    assert (case.state(), case.incidents()) == ("completed", [])
    with case.firm.reading() as session:
        (form,) = documents.list_documents(session, case.lead_id, slot="intake_form")
        text = read_text(documents.read_content(session, form.id))
        assert documents.find_latest(session, case.lead_id, "intake_form", documents.WORD)
    assert form.title == "收案登记表"
    said = [case.newest().lead_no, PERSON["name"], "居民身份证", "电话", "张三", "民事", OUTLINE["cause"], "800,000"]
    said += [
        OUTLINE["opposing_parties"][0]["name"],
        "诉讼时效届满",
        "李四",
        "担保人",
        case.cast["desk"].name,
        case.cast["lawyer1"].name,
    ]
    for words in said:
        assert words in text
    for secret in (PERSON["id_number"], THIRD["identifier"], "11010519491231", CONFIRM["lawyer_view"], "civil", "cn_id"):
        assert secret not in text
    assert "110***********002X" in text
