"""Wordings that promise an outcome or hint at connections are found; denials and plain law are not."""

from __future__ import annotations

import pytest

from workflows.records.promises import check_texts, find_promises


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("本案包赢，您放心。", "outcome"),
        ("我们保证为您胜诉。", "outcome"),
        ("确保三个月内追回货款", "outcome"),
        ("这个官司肯定能赢", "outcome"),
        ("有百分之百的把握", "outcome"),
        ("我在法院有关系", "connections"),
        ("可以找人疏通", "connections"),
        ("办不成全额退款", "refund"),
        ("不管怎样都包赢", "outcome"),
    ],
)
def test_forbidden_wordings_are_found(text, reason):
    assert [promise.reason for promise in find_promises(text)][:1] == [reason]


@pytest.mark.parametrize(
    "text",
    [
        "本所不保证胜诉，也不对结果作任何承诺。",
        "律师无法承诺办案结果必胜。",
        "申请财产保全并提供担保。",
        "本案为保证合同纠纷，保证人承担连带责任。",
        "双方存在买卖合同关系，法律关系清楚。",
        "争取追回全部货款；能否成功取决于证据。",
        "没有内部关系可用，一切依法办理。",
    ],
)
def test_plain_words_pass(text):
    assert find_promises(text) == []


def test_each_place_is_named():
    values = {"goal": "包赢", "risks": [{"effect": "败诉"}, {"effect": "必胜"}], "count": 3}
    assert sorted(check_texts(values)) == ["goal", "risks.1.effect"]


def test_the_word_for_client_is_no_promise_of_connections():
    assert find_promises("受委托人张三委托，请受托人转告信托人。") == []
    assert [each.words for each in find_promises("我可以托人打点一下")] == ["托人打点", "打点一下"]
