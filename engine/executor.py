"""The only place that begins, audits and commits: one command, one transaction."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import audit, outbox
from engine.access import POWERS
from engine.calls import add_incident, is_clash
from engine.clock import Clock
from engine.context import SYSTEM, Actor, Context
from engine.db import Base
from engine.errors import HandlerFailed
from engine.handlers import Registry
from engine.migration import MigrationPreview, list_running, preview
from engine.process import first_values
from engine.store import SAVE_DRAFT, get_version

TRIES = 12


class Command(Protocol):
    """One use case: plain data with one method."""

    def execute(self, context: Context) -> Any: ...


class Engine:
    """The firm's engine on one database."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        registry: Registry,
        lane_roles: Mapping[str, str],
        checks: Mapping[str, Callable[[str], str | None]],
        tools: Mapping[str, Any],
        names: Callable[[Session, str], str | None] | None = None,
        powers: Mapping[str, frozenset[str]] = POWERS,
    ) -> None:
        self.database = database
        self.readers = database.execution_options(reading=True)
        self.clock = clock
        self.registry = registry
        self.lane_roles = lane_roles
        self.checks = checks
        self.tools = tools
        self.powers = powers
        self.names = names
        #: what is called after a commit that sent messages; open_engine sets it, so that they arrive at once
        self.deliver: Callable[[], object] = lambda: None
        self._delivering = threading.local()

    def run(self, command: Command, actor: Actor) -> Any:
        """Run a command in one transaction and return its result; a clash with another one is tried again."""
        for attempt in range(1, TRIES + 1):
            try:
                result, sent = self._once(command, actor)
                break
            except HandlerFailed as failed:
                self._record(command, failed, actor)
                raise
            except Exception as error:
                if attempt == TRIES or not is_clash(error):
                    raise
                time.sleep(random.uniform(0, 0.005 * attempt))  # noqa: S311 - only so that two do not clash again
        if sent:
            self._deliver()
        return result

    def _once(self, command: Command, actor: Actor) -> tuple[Any, bool]:
        with self.database.begin() as connection, Session(bind=connection) as session:
            context = self.context(session, actor)
            result = command.execute(context)
            session.flush()
            outbox.owe(context)
            audit.append(context)
            return result, bool(context.messages) or context.wakes_messages

    def context(self, session: Session, actor: Actor) -> Context:
        """What a command is handed."""
        return Context(
            session, self.clock.now(), actor, self.registry, self.lane_roles, self.checks, self.tools, self.powers, self.names
        )  # fmt: skip

    def _deliver(self) -> None:
        """Deliver messages now; those that a delivery sends are taken up by the same round."""
        if getattr(self._delivering, "active", False):
            return
        self._delivering.active = True
        try:
            self.deliver()
        finally:
            self._delivering.active = False

    def _record(self, command: Command, failed: HandlerFailed, actor: Actor) -> None:
        """Record the incident of a step whose transaction was rolled back, and keep what a person had typed."""
        if failed.place is None:
            return
        instance_id, element, task_id, cause = failed.place
        with self.database.begin() as connection, Session(bind=connection) as session:
            context = self.context(session, SYSTEM)
            add_incident(context, instance_id, element, task_id, cause)
            task, values = getattr(command, "task_id", None), getattr(command, "values", None)
            if task and values is not None:
                given = {"row_id": task, "values": dict(values), "by": actor.id, "at": context.now}
                connection.execute(SAVE_DRAFT, given)
            audit.append(context)

    def create_tables(self) -> None:
        """Make all tables in an empty database: for tests and measurements; the product migrates."""
        with self.database.begin() as connection:
            Base.metadata.create_all(connection)

    def close(self) -> None:
        """Close every connection."""
        self.database.dispose()

    def prefill(self, task_id: str, actor: Actor) -> dict[str, Any]:
        """The first values of a task's form, from the prefill its diagram names; empty when it names none."""
        with self.reading() as session:
            return first_values(self.context(session, actor), task_id)

    def preview_migration(
        self, to_definition_id: str, instance_ids: Sequence[str] | None = None, mapping: Mapping[str, str] | None = None
    ) -> list[MigrationPreview]:
        """Whether running instances (all of the process, or some) can be moved to a version, and if not, why."""
        with self.reading() as session:
            context = self.context(session, SYSTEM)
            version = get_version(context.connection, to_definition_id)
            asked = list_running(context, version.process_key) if instance_ids is None else instance_ids
            return [preview(context, instance_id, to_definition_id, mapping or {}) for instance_id in asked]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; it never writes, and what it read stays readable after it is closed."""
        with Session(self.readers, autoflush=False) as session:
            yield session
