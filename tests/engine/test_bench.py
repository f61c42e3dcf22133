"""`juanzong bench engine` measures the last rounds of a long loop in turn with the first rounds of a fresh run."""

from __future__ import annotations

import pytest

from web.bench import engine as bench


def test_it_measures_on_an_empty_database_of_each_kind(empty_database_url):
    figures = bench.measure(empty_database_url, instances=1, rounds=1, loop_rounds=6)
    assert figures["loop_rounds"] == 6
    assert figures["loop_growth"] == pytest.approx(figures["loop_last_ms"] / figures["loop_first_ms"], abs=0.01)
    assert figures["complete_ms_median"] > 0
    assert figures["state_bytes"] < 4000


def test_the_fresh_run_lies_beside_the_long_one(empty_database_url):
    engine = bench.open_bench(empty_database_url)
    fresh = bench.open_bench(bench.fresh_url(engine))
    old, new = bench.start(engine), bench.start(fresh)
    assert bench.open_task(engine, old) != bench.open_task(fresh, new)
    engine.close()
    fresh.close()
