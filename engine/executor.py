"""The only place that begins, audits and commits: one command, one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine import audit, outbox
from engine.clock import Clock
from engine.context import SYSTEM, Actor, Context
from engine.db import Base
from engine.errors import HandlerFailed, StaleInstance
from engine.handlers import Registry
from engine.process import add_incident, first_values

TRIES = 8


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
    ) -> None:
        self.database = database
        self.clock = clock
        self.registry = registry
        self.lane_roles = lane_roles
        self.checks = checks
        self.tools = tools
        #: called after each commit that sent messages; open_engine sets it, so that messages arrive at once
        self.deliver: Callable[[], object] = lambda: None

    def run(self, command: Command, actor: Actor) -> Any:
        """Run a command in one transaction and return its result; a clash with another one is tried again."""
        for attempt in range(TRIES):
            try:
                result, sent = self._once(command, actor)
            except StaleInstance:
                if attempt == TRIES - 1:
                    raise
                continue
            except OperationalError as error:
                # PostgreSQL breaks a deadlock by failing one of the two: it has lost nothing and may go again.
                if attempt == TRIES - 1 or "deadlock detected" not in str(error):
                    raise
                continue
            if sent:
                self.deliver()
            return result
        raise StaleInstance()

    def _once(self, command: Command, actor: Actor) -> tuple[Any, bool]:
        try:
            with Session(self.database) as session, session.begin():
                context = self.context(session, actor)
                result = command.execute(context)
                outbox.owe(context)
                audit.append(context)
                return result, bool(context.messages)
        except HandlerFailed as failed:
            self._record(failed)
            raise

    def context(self, session: Session, actor: Actor) -> Context:
        """What a command is handed."""
        return Context(session, self.clock.now(), actor, self.registry, self.lane_roles, self.checks, self.tools)

    def _record(self, failed: HandlerFailed) -> None:
        """Record the incident of a step whose transaction is rolled back."""
        if failed.place is None:
            return
        instance_id, element, task_id, cause = failed.place
        with Session(self.database) as session, session.begin():
            context = self.context(session, SYSTEM)
            add_incident(context, instance_id, element, task_id, cause)
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
        with Session(self.database.execution_options(reading=True), autoflush=False) as session:
            return first_values(self.context(session, actor), task_id)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; it never writes, and what it read stays readable after it is closed."""
        with Session(self.database.execution_options(reading=True), autoflush=False) as session:
            yield session
