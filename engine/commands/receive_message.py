"""Deliver a message to whoever waits for it, or start the processes it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from engine.context import Context
from engine.process import LiveInstance
from engine.store import newest_definition, pin_called
from engine.tables import Message, MessageStart, Subscription


@dataclass(frozen=True)
class ReceiveMessage:
    """Wake every instance that waits for a message with this correlation; start each process with that message start.

    ``message_id`` marks a message of the outbox as delivered in the same commit. Returns the instances' ids.
    """

    name: str
    correlation: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None

    def execute(self, context: Context) -> list[str]:
        session = context.session
        if self.message_id and not self.take(context):
            return []
        reached = []
        waiting = select(Subscription.instance_id).where(
            Subscription.name == self.name, Subscription.correlation == self.correlation
        )
        for instance_id in list(dict.fromkeys(session.scalars(waiting))):
            live = LiveInstance.load(context, instance_id)
            live.move(lambda live=live: live.run.receive(context.now, self.name, self.correlation, dict(self.payload)))
            live.store()
            reached.append(instance_id)
        for key in list(session.scalars(select(MessageStart.process_key).where(MessageStart.message == self.name))):
            reached.append(self.start(context, key))
        context.audit("message_received", f"message:{self.name}", correlation=self.correlation, instances=reached)
        return reached

    def take(self, context: Context) -> bool:
        done = context.session.execute(
            update(Message).where(Message.id == self.message_id, Message.state == "owed").values(state="delivered")
        )
        return bool(done.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result

    def start(self, context: Context, key: str) -> str:
        definition = newest_definition(context.session, key)
        pins = pin_called(context.session, definition)
        title = str(self.payload.get("title", ""))
        live = LiveInstance.create(context, definition, pins, self.payload, title, self.correlation)
        live.move()
        live.move(lambda: live.run.receive(context.now, self.name, self.correlation, dict(self.payload)))
        live.store()
        context.audit("instance_started", f"instance:{live.row.id}", process=key, message=self.name)
        return live.row.id
