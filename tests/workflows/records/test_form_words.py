"""Entries of a form come back in its words, in both languages."""

from __future__ import annotations

from workflows.records.form_words import describe


def test_labels_and_options_stand_for_keys_and_codes():
    given = {
        "evidence_level": "strong",
        "legal_basis": [{"statute": "民法典第六百二十六条", "basis_note": "付款"}],
        "remedies": "",
    }
    assert describe("assessment/merits", given) == [("证据情况", "强"), ("法律依据", "民法典第六百二十六条 · 付款")]
    assert describe("assessment/merits", given, english=True)[0] == ("Evidence", "Strong")


def test_groups_are_opened_ticks_are_said_and_figures_grouped():
    given = {"needs_reader": True, "fee_low": "50000.50", "ask_partner": False}
    assert describe("expectations/meeting", given) == [
        ("客户不识字、视障或者使用其他语言，由他人宣读或者翻译", "是"),
        ("律师费预估，最低（元）", "50,000.50"),
    ]


def test_signatures_and_files_are_left_out():
    assert describe("expectations/confirm", {"signature": "张三", "client_decision": "CONFIRMED"}) == [
        ("您的决定", "已阅读并确认")
    ]
