"""Numbers have no gap and no double, whatever fails between."""

from __future__ import annotations

import contextlib
import threading

from engine.context import SYSTEM
from engine.errors import NotAllowed
from workflows.records import numbers


class TakeNumber:
    def __init__(self, fail=False):
        self.fail = fail

    def execute(self, context):
        number = numbers.allocate(context, "test", 2026)
        if self.fail:
            raise NotAllowed(reason="test")
        return number


def test_numbers_have_no_gap_under_concurrent_load(firm):
    taken = []

    def take():
        for turn in range(6):
            with contextlib.suppress(NotAllowed):
                taken.append(firm.run(TakeNumber(fail=turn % 3 == 2), SYSTEM))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 33))
