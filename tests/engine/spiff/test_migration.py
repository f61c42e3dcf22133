"""A process that is taken to another version again and again shows what one that stays shows, on every test diagram."""

from __future__ import annotations

import random

import pytest

from engine.bundle import Bundle
from engine.spiff.migration import Mover
from engine.spiff.parser import load_model
from tests.engine.spiff.test_differential import BUNDLES, CALLED, Snapshots, dump

KINDS = ("complete", "complete", "wait", "receive", "finish")


def models(name):
    """The diagram's model, and that of a version which says the same in another file."""
    given = BUNDLES[name]
    source = given.source.replace(b"</bpmn:process>", b'<bpmn:textAnnotation id="Said_otherwise"/></bpmn:process>')
    called = CALLED if name in ("caller", "each") else {}
    twin = Bundle(name, source, given.decisions, given.forms)
    return load_model(given, called), load_model(twin, called)


def take_over(run, model):
    """Take a run to another model, as the engine does."""
    mover = Mover(run.run, model, {})
    assert mover.obstacles() == []
    run.run, run.model = mover.move(run.now), model
    run.run.advance(run.now)
    run.run.steps = []
    run.keep()


def shown(name, run):
    seen = run.seen()
    if name == "each":  # calls that run side by side have no order
        seen.update(steps=sorted(seen["steps"]), asked=sorted(seen["asked"], key=dump))
    return seen


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_moving_over_in_the_middle_changes_nothing(name):
    first, second = models(name)
    for seed in range(8):
        chance = random.Random(seed)
        stays, moves = Snapshots(name), Snapshots(name)
        for _ in range(16):
            move = chance.choice(KINDS), chance.randrange(4), chance.randrange(4)
            stays.move(*move)
            moves.move(*move)
            if stays.run.is_finished:
                break
            before = moves.steps
            if chance.random() < 0.5:
                take_over(moves, second if moves.model is first else first)
            moves.steps = before
            assert shown(name, moves) == shown(name, stays)
