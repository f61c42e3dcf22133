"""The durable engine: runs BPMN processes in one database; knows no law and no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from engine.bundle import Bundle, read_bundles
from engine.clock import FIRM_ZONE, Clock, FrozenClock, ShiftedClock, SystemClock
from engine.commands.advance_instance import AdvanceInstance
from engine.commands.assign_task import AssignTask
from engine.commands.cancel_instance import CancelInstance
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import Completed, CompleteTask
from engine.commands.deliver_effect import DeliverEffect
from engine.commands.deploy_process import Deployed, DeployProcess
from engine.commands.migrate_instance import MigrateInstance
from engine.commands.move_clock import MoveClock
from engine.commands.receive_message import ReceiveMessage
from engine.commands.recount_working_days import Moved, RecountWorkingDays
from engine.commands.release_task import ReleaseTask
from engine.commands.retry_incident import RetryIncident
from engine.commands.run_operation import RunOperation
from engine.commands.save_draft import SaveDraft
from engine.commands.send_signal import SendSignal
from engine.commands.skip_incident import SkipIncident
from engine.commands.start_instance import StartInstance
from engine.context import SYSTEM, Actor, Context
from engine.db import connect
from engine.executor import Engine
from engine.handlers import Completion, Effect, Operation, Prefill, Registry
from engine.migration import MigrationPreview
from engine.store import CLOCK, read_setting
from engine.sweep import deliver_messages, fire_timers, perform_effects, sweep

__all__ = [
    "FIRM_ZONE", "SYSTEM", "Actor", "AdvanceInstance", "AssignTask", "Bundle", "CancelInstance", "ClaimTask", "Clock",
    "CompleteTask", "Completed", "Completion", "Context", "DeliverEffect", "DeployProcess", "Deployed", "Effect", "Engine",
    "FrozenClock", "MigrateInstance", "MigrationPreview", "MoveClock", "Moved", "Operation", "Prefill", "ReceiveMessage",
    "RecountWorkingDays", "Registry", "ReleaseTask", "RetryIncident", "RunOperation", "SaveDraft", "SendSignal",
    "ShiftedClock", "SkipIncident", "StartInstance", "SystemClock", "deliver_messages", "demo_clock", "fire_timers",
    "open_engine", "perform_effects", "read_bundles", "sweep",
]  # fmt: skip


class StoredClock(ShiftedClock):
    """A clock whose offset is kept in the database, so that all processes of the demo firm agree."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Callable[[], float] = lambda: 0.0

    def now(self) -> datetime:
        """The machine's time plus the stored offset."""
        self.offset = self.offset.__class__(seconds=self.read())
        return super().now()


def demo_clock() -> StoredClock:
    """The movable clock of the demo firm; ``open_engine`` connects it to the database."""
    return StoredClock()


def open_engine(
    url: str,
    *,
    clock: Clock | None = None,
    registry: Registry,
    lane_roles: Mapping[str, str] | None = None,
    checks: Mapping[str, Callable[[str], str | None]] | None = None,
    tools: Mapping[str, Any] | None = None,
    names: Callable[[Session, str], str | None] | None = None,
) -> Engine:
    """Open the engine on a migrated database.

    ``lane_roles`` gives the role of each lane's name, ``checks`` the named checks of forms, ``tools`` what effects need
    outside the database, ``names`` what a person's id is called.
    """
    clock = clock or SystemClock()
    given = {**(tools or {}), "demo": isinstance(clock, StoredClock)}
    engine = Engine(
        connect(url), clock=clock, registry=registry, lane_roles=lane_roles or {}, checks=checks or {}, tools=given, names=names
    )
    if isinstance(clock, StoredClock):
        clock.read = partial(_read_offset, engine)
    engine.deliver = partial(deliver_messages, engine)
    return engine


def _read_offset(engine: Engine) -> float:
    with engine.reading() as session:
        return float(read_setting(session, CLOCK) or 0.0)
