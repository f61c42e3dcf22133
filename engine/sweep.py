"""Finds what is due and runs one command for each; one failure never stops the sweep.

Timers, messages and effects are claimed by pushing their due moment ahead, so that several workers can sweep at once and
a poisoned row is tried again only later.
"""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.commands.advance_instance import AdvanceInstance
from engine.commands.deliver_effect import DeliverEffect
from engine.commands.receive_message import ReceiveMessage
from engine.context import SYSTEM
from engine.errors import InstanceEnded
from engine.executor import Engine
from engine.handlers import Effect as EffectHandler
from engine.tables import Effect, Message, Timer

log = structlog.get_logger()
LEASE = timedelta(minutes=10)
POISON = timedelta(hours=1)
ATTEMPTS = 5


def sweep(engine: Engine, limit: int = 200) -> int:
    """Do everything that is due once: messages, timers, effects; returns how many things moved."""
    return deliver_messages(engine, limit) + fire_timers(engine, limit) + perform_effects(engine, limit)


def fire_timers(engine: Engine, limit: int = 200) -> int:
    """Advance every instance that has a due timer."""
    now = engine.clock.now()
    with engine.reading() as session:
        due = select(Timer.instance_id).where(Timer.due_at <= now).group_by(Timer.instance_id)
        instances = list(session.scalars(due.order_by(func.min(Timer.due_at)).limit(limit)))
    return sum(_advance(engine, instance_id) for instance_id in instances)


def _advance(engine: Engine, instance_id: str) -> int:
    try:
        return int(engine.run(AdvanceInstance(instance_id), SYSTEM))
    except InstanceEnded:
        return 0
    except Exception:
        log.exception("timers_failed", instance=instance_id)
        with Session(engine.database) as session, session.begin():
            later = engine.clock.now() + POISON
            session.execute(
                update(Timer).where(Timer.instance_id == instance_id, Timer.due_at <= engine.clock.now()).values(due_at=later)
            )
        return 0


def deliver_messages(engine: Engine, limit: int = 200) -> int:
    """Deliver the messages of the outbox in the order they were sent, those they cause included."""
    count = 0
    while count < limit:
        with engine.reading() as session:
            owed = select(Message).where(Message.state == "owed", Message.attempts < ATTEMPTS)
            rows = [
                (row.id, row.name, row.correlation, row.payload) for row in session.scalars(owed.order_by(Message.id).limit(50))
            ]
        if not rows:
            break
        for message_id, name, correlation, payload in rows:
            count += _deliver(engine, message_id, name, correlation, payload)
    return count


def _deliver(engine: Engine, message_id: str, name: str, correlation: str, payload: dict[str, Any]) -> int:
    try:
        engine.run(ReceiveMessage(name, correlation, payload, message_id), SYSTEM)
        return 1
    except Exception:
        log.exception("message_failed", message=name, correlation=correlation)
        with Session(engine.database) as session, session.begin():
            session.execute(update(Message).where(Message.id == message_id).values(attempts=Message.attempts + 1))
        return 0


def perform_effects(engine: Engine, limit: int = 50) -> int:
    """Perform owed effects outside any transaction and store what they bring back."""
    return sum(_perform(engine, *claimed) for claimed in claim_effects(engine, limit))


def claim_effects(engine: Engine, limit: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Take owed effects for this worker: nobody else sees them until the lease ends."""
    with Session(engine.database) as session, session.begin():
        now = engine.clock.now()
        due = select(Effect).where(Effect.state == "owed", Effect.next_attempt_at <= now).order_by(Effect.next_attempt_at)
        rows = list(session.scalars(due.limit(limit).with_for_update(skip_locked=True)))
        for row in rows:
            row.next_attempt_at = now + LEASE
        return [(row.id, row.effect, row.payload) for row in rows]


def _perform(engine: Engine, effect_id: str, effect: str, payload: dict[str, Any]) -> int:
    handler = engine.registry.find(effect)
    try:
        if not isinstance(handler, EffectHandler):
            raise LookupError(f"there is no effect {effect}")
        result = handler.perform(payload, engine.tools)
    except Exception:
        log.exception("effect_failed", effect=effect, id=effect_id)
        engine.run(DeliverEffect(effect_id, error=traceback.format_exc(limit=-8)), SYSTEM)
        return 0
    try:
        engine.run(DeliverEffect(effect_id, result=result), SYSTEM)
    except Exception:
        log.exception("effect_not_stored", effect=effect, id=effect_id)
        engine.run(DeliverEffect(effect_id, error=traceback.format_exc(limit=-8)), SYSTEM)
        return 0
    return 1
