"""Deliver a message to whoever waits for it, or start the processes it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update

from engine.audit import digest_of
from engine.context import SIGNAL, AuditEntry, Context, MessageRequest
from engine.db import new_id
from engine.errors import InstanceEnded
from engine.process import LiveInstance
from engine.store import KEY, MESSAGES, STARTS, SUBSCRIPTIONS, newest_version

WAITING = (
    select(SUBSCRIPTIONS.c.instance_id)
    .where(SUBSCRIPTIONS.c.name == bindparam("message"), SUBSCRIPTIONS.c.correlation == bindparam("value"))
    .distinct()
    .order_by(SUBSCRIPTIONS.c.instance_id)  # two messages lock the same instances in the same order
)
LISTENING = (
    select(SUBSCRIPTIONS.c.instance_id)
    .where(SUBSCRIPTIONS.c.name == bindparam("message"))
    .distinct()
    .order_by(SUBSCRIPTIONS.c.instance_id)
)
STARTED = select(STARTS.c.process_key).where(STARTS.c.message == bindparam("message")).order_by(STARTS.c.process_key)
TAKE = select(MESSAGES.c.id).where(MESSAGES.c.id == KEY, MESSAGES.c.state == "owed").with_for_update()
CLOSE = update(MESSAGES).where(MESSAGES.c.id == KEY).values(state=bindparam("becomes"), attempts=MESSAGES.c.attempts + 1)


@dataclass(frozen=True)
class ReceiveMessage:
    """Wake every instance that waits for a message with this correlation; start each process with that message start.

    ``message_id`` marks a message of the outbox as delivered in the same commit; when nobody hears it, it is kept for a
    day for who comes late. A signal (``signal:<name>`` without a correlation) is handed on to every instance that waits
    for it, and kept for nobody. Returns the instances' ids.
    """

    name: str
    correlation: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    message_id: str | None = None

    def execute(self, context: Context) -> list[str]:
        connection = context.connection
        if self.message_id and connection.execute(TAKE, {"row_id": self.message_id}).first() is None:
            return []
        if self.name.startswith(SIGNAL) and not self.correlation:
            return self.hand_on(context)
        given = {"message": self.name, "value": self.correlation}
        waiting = list(connection.execute(WAITING, given).scalars())
        reached = [instance_id for instance_id in waiting if self.wake(context, instance_id)]
        for key in list(connection.execute(STARTED, {"message": self.name}).scalars()):
            reached.append(self.start(context, key))
        if self.message_id:
            becomes = "delivered" if reached or self.name.startswith(SIGNAL) else "unheard"
            connection.execute(CLOSE, {"row_id": self.message_id, "becomes": becomes})
        place = {"correlation": self.correlation, "instances": reached}
        digest = digest_of(dict(self.payload))
        context.entries.append(AuditEntry("message_received", f"message:{self.name}", place, None, digest))
        return reached

    def hand_on(self, context: Context) -> list[str]:
        """Owe a signal to each instance that waits for it at this moment; each hears it in a transaction of its own."""
        waiting = list(context.connection.execute(LISTENING, {"message": self.name}).scalars())
        for instance_id in waiting:
            context.messages.append(MessageRequest(new_id(), self.name, instance_id, dict(self.payload)))
        if self.message_id:
            context.connection.execute(CLOSE, {"row_id": self.message_id, "becomes": "delivered"})
        digest = digest_of(dict(self.payload))
        place = {"instances": waiting}
        context.entries.append(AuditEntry("signal_sent", self.name, place, None, digest))
        return waiting

    def wake(self, context: Context, instance_id: str) -> bool:
        try:
            live = LiveInstance.load(context, instance_id)
        except InstanceEnded:
            return False
        heard = False

        def receive() -> None:
            nonlocal heard
            heard = live.run.receive(context.now, self.name, self.correlation, dict(self.payload))

        live.move(receive)
        live.store()
        return heard

    def start(self, context: Context, key: str) -> str:
        version = newest_version(context.connection, key)
        live = LiveInstance.create(context, version, self.payload, str(self.payload.get("title", "")), self.correlation)
        live.move()
        live.move(lambda: live.run.receive(context.now, self.name, self.correlation, dict(self.payload)))
        live.store()
        place = {"process": key, "version": version.version, "message": self.name}
        context.entries.append(AuditEntry("instance_started", f"instance:{live.id}", place, version.id))
        return live.id
