"""Finds what is due and runs one command for each; one failure never stops the sweep."""

from __future__ import annotations

import traceback
from typing import Any

import structlog
from sqlalchemy import func, select

from engine.commands.advance_instance import AdvanceInstance
from engine.commands.claim_effects import ClaimedEffect, ClaimEffects
from engine.commands.deliver_effect import DeliverEffect
from engine.commands.fail_message import FailMessage
from engine.commands.postpone_timers import PostponeTimers
from engine.commands.receive_message import ReceiveMessage
from engine.context import SIGNAL, SYSTEM
from engine.errors import InstanceEnded
from engine.executor import Engine
from engine.handlers import Effect
from engine.outbox import BACK_OFF, DUE_MESSAGES
from engine.store import MESSAGES, TIMERS

log = structlog.get_logger()


def sweep(engine: Engine, limit: int = 200) -> int:
    """Do everything that is due once: messages, timers, effects; returns how many things moved."""
    return deliver_messages(engine, limit) + fire_timers(engine, limit) + perform_effects(engine, limit)


def fire_timers(engine: Engine, limit: int = 200) -> int:
    """Advance every instance that has a due timer, the longest due first."""
    due = select(TIMERS.c.instance_id).where(TIMERS.c.due_at <= engine.clock.now()).group_by(TIMERS.c.instance_id)
    with engine.reading() as session:
        instances = list(session.scalars(due.order_by(func.min(TIMERS.c.due_at)).limit(limit)))
    return sum(_advance(engine, instance_id) for instance_id in instances)


def _advance(engine: Engine, instance_id: str) -> int:
    try:
        return int(engine.run(AdvanceInstance(instance_id), SYSTEM))
    except InstanceEnded:
        return 0
    except Exception as error:  # one instance must not stop the others; the executor has recorded the incident
        log.exception("timers_failed", instance=instance_id)
        engine.run(PostponeTimers(instance_id, str(error)), SYSTEM)
        return 0


def deliver_messages(engine: Engine, limit: int = 200) -> int:
    """Deliver the messages of the outbox in the order they were sent, those they cause included."""
    seen: set[str] = set()
    count = 0
    while len(seen) < limit:
        with engine.reading() as session:
            owed = list(session.scalars(DUE_MESSAGES, {"at": engine.clock.now(), "most": limit}))
        new = [message_id for message_id in owed if message_id not in seen]
        if not new:
            break
        seen.update(new)
        count += sum(_deliver(engine, message_id) for message_id in new)
    return count


def _deliver(engine: Engine, message_id: str) -> int:
    with engine.reading() as session:
        row = session.execute(select(MESSAGES).where(MESSAGES.c.id == message_id)).one()
    try:
        reached = engine.run(ReceiveMessage(row.name, row.correlation, row.payload, message_id), SYSTEM)
        return 1 if row.correlation or not row.name.startswith(SIGNAL) else 1 + _hand_on(engine, row.name, reached)
    except Exception as error:  # the message stays owed and is tried again later
        log.exception("message_failed", message=row.name, correlation=row.correlation)
        engine.run(FailMessage(message_id, f"{type(error).__name__}: {error}"), SYSTEM)
        return 0


def _hand_on(engine: Engine, name: str, instances: list[str]) -> int:
    """Let those who wait hear a signal before what was sent after it; one failure never stops the others."""
    query = select(MESSAGES.c.id).where(
        MESSAGES.c.name == name, MESSAGES.c.correlation.in_(instances), MESSAGES.c.state == "owed", MESSAGES.c.attempts == 0
    )
    with engine.reading() as session:
        handed_on = list(session.scalars(query.order_by(MESSAGES.c.id)))
    return sum(_deliver(engine, message_id) for message_id in handed_on)


def perform_effects(engine: Engine, limit: int = 50) -> int:
    """Perform owed effects outside any transaction and store what they bring back."""
    claimed = engine.run(ClaimEffects(limit), SYSTEM)
    return sum(_perform(engine, each) for each in claimed)


def _perform(engine: Engine, claimed: ClaimedEffect) -> int:
    try:
        if claimed.attempts > len(BACK_OFF) + 1:
            raise RuntimeError("the worker was lost each time it performed this effect")
        engine.run(DeliverEffect(claimed.id, result=_call(engine, claimed)), SYSTEM)
        return 1
    except Exception:  # the world outside may fail in any way, and so may storing its answer: the attempt counts
        log.exception("effect_failed", effect=claimed.effect, id=claimed.id)
        engine.run(DeliverEffect(claimed.id, error=traceback.format_exc(limit=-8)), SYSTEM)
        return 0


def _call(engine: Engine, claimed: ClaimedEffect) -> dict[str, Any]:
    handler = engine.registry.find(claimed.effect)
    if not isinstance(handler, Effect):
        raise LookupError(f"there is no effect {claimed.effect}")
    return handler.perform(dict(claimed.payload), engine.tools)
