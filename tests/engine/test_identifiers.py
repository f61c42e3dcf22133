"""Identifiers sort in the order they were made, in one process at least: messages are delivered by it."""

from __future__ import annotations

import threading
from uuid import UUID

from engine.db import new_id
from engine.spiff.identifiers import make_id


def test_identifiers_made_in_one_millisecond_keep_their_order():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {(len(each), UUID(hex=each).version) for each in made} == {(32, 7)}


def test_threads_never_make_the_same_one():
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend([new_id() for _ in range(2_000)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000


def test_tokens_carry_them():
    assert make_id().version == 7
