"""All statements on the engine's tables that commands share, prepared once: the way of a completion is short and hot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.bundle import Bundle
from engine.db import Base, UtcDateTime
from engine.errors import NotFound
from engine.tables import (
    Definition,
    Effect,
    History,
    Incident,
    Instance,
    Message,
    MessageStart,
    Setting,
    Subscription,
    Task,
    Timer,
)

CLOCK = "clock.offset"  # seconds by which the demo firm's clock runs ahead


def table(of: type[Base]) -> Table:
    """The table of a mapped class."""
    return cast(Table, of.__table__)


TASKS, INSTANCES, TIMERS, SUBSCRIPTIONS = table(Task), table(Instance), table(Timer), table(Subscription)
EFFECTS, MESSAGES, INCIDENTS, HISTORY = table(Effect), table(Message), table(Incident), table(History)
DEFINITIONS, STARTS, SETTINGS = table(Definition), table(MessageStart), table(Setting)
KEY: BindParameter[str] = bindparam("row_id")

LARGE = ("data", "draft", "submitted")
TASK_HEAD = [column for column in TASKS.c if column.name not in LARGE]  # what commands look at
GET_TASK = select(*TASK_HEAD).where(TASKS.c.id == KEY)
GET_WHOLE_TASK = select(TASKS).where(TASKS.c.id == KEY)
GET_INSTANCE = select(INSTANCES).where(INSTANCES.c.id == KEY)
# The instance's row is locked before its tasks' rows, by every command: so no two wait for each other.
LOCK_INSTANCE = GET_INSTANCE.with_for_update()
LOCK_INSTANCE_IF_FREE = GET_INSTANCE.with_for_update(skip_locked=True)
OPEN_TASKS = (
    select(TASKS.c.id, TASKS.c.instance_id, TASKS.c.element_id, TASKS.c.role, TASKS.c.assignee, TASKS.c.excluded, TASKS.c.barred)
    .where(TASKS.c.instance_id == KEY, TASKS.c.state == "open")
    .order_by(TASKS.c.id)
)
DID = (
    select(HISTORY.c.name, HISTORY.c.actor_name, HISTORY.c.actor)
    .where(HISTORY.c.instance_id == KEY, HISTORY.c.element_id.in_(bindparam("elements", expanding=True)))
    .where(HISTORY.c.actor.in_(bindparam("people", expanding=True)), HISTORY.c.outcome == "completed")
    .limit(1)
)
# Who did a step, by jumping in the index from person to person: its cost grows with people, not with rounds of a loop.
STEP_DONE = (
    HISTORY.c.instance_id == KEY, HISTORY.c.element_id == bindparam("element"), HISTORY.c.outcome == "completed",
)  # fmt: skip
DOER = select(func.min(HISTORY.c.actor).label("actor")).where(*STEP_DONE).cte("doer", recursive=True)
NEXT_DOER = select(func.min(HISTORY.c.actor)).where(*STEP_DONE, HISTORY.c.actor > DOER.c.actor).scalar_subquery()
DOERS = DOER.union_all(select(NEXT_DOER).where(DOER.c.actor.is_not(None)))
WHO_DID = select(DOERS.c.actor).where(DOERS.c.actor.is_not(None))

WIN_TASK = (
    update(TASKS)
    .where(TASKS.c.id == KEY, TASKS.c.state == "open")
    .where(TASKS.c.assignee.is_(None) | (TASKS.c.assignee == bindparam("held_by")))
    .values(
        state="completed", completed_at=bindparam("at"), completed_by=bindparam("by"), completed_by_name=bindparam("by_name"),
        assignee=bindparam("holder"), submitted=bindparam("values"), data=None, draft=None,
    )
)  # fmt: skip
CLAIM_TASK = (
    update(TASKS)
    .where(TASKS.c.id == KEY, TASKS.c.state == "open")
    .where(TASKS.c.assignee.is_(None) | (TASKS.c.assignee == bindparam("by")))
    .values(assignee=bindparam("by"), assignee_name=bindparam("by_name"), claimed_at=bindparam("at"))
)
SAVE_DRAFT = (
    update(TASKS)
    .where(TASKS.c.id == KEY, TASKS.c.state == "open")
    .values(draft=bindparam("values"), draft_by=bindparam("by"), draft_at=bindparam("at"))
)
CANCEL_TASK = update(TASKS).where(TASKS.c.id == KEY).values(state="cancelled", completed_at=bindparam("at"), data=None)
CHANGE_DATA = update(TASKS).where(TASKS.c.id == KEY).values(data=bindparam("values"))
BAR = update(TASKS).where(TASKS.c.id == KEY).values(barred=bindparam("people"))

SAVE_INSTANCE = (
    update(INSTANCES)
    .where(INSTANCES.c.id == KEY, INSTANCES.c.version == bindparam("loaded"), INSTANCES.c.state == "running")
    .values(
        snapshot=bindparam("bytes"), version=bindparam("next"), active=bindparam("places"), title=bindparam("titled"),
        state=bindparam("becomes"), ended_at=bindparam("ended"),
    )
)  # fmt: skip

NO_MOMENT = sql_cast(null(), UtcDateTime)
WAITING_ROWS = union_all(
    select(TASKS.c.id, TASKS.c.state.label("name"), NO_MOMENT.label("due_at")).where(
        TASKS.c.instance_id == KEY, TASKS.c.state == "open"
    ),
    select(TIMERS.c.task_id, literal_column("'timer'", String), TIMERS.c.due_at).where(TIMERS.c.instance_id == KEY),
    select(SUBSCRIPTIONS.c.task_id, "message:" + SUBSCRIPTIONS.c.name + "\n" + SUBSCRIPTIONS.c.correlation, NO_MOMENT).where(
        SUBSCRIPTIONS.c.instance_id == KEY
    ),
    select(EFFECTS.c.task_id, literal_column("'effect'", String), NO_MOMENT).where(
        EFFECTS.c.instance_id == KEY, EFFECTS.c.state.in_(("owed", "failed")), EFFECTS.c.task_id.is_not(None)
    ),
    select(INCIDENTS.c.task_id, literal_column("'incident'", String), NO_MOMENT).where(
        INCIDENTS.c.instance_id == KEY, INCIDENTS.c.state == "open", INCIDENTS.c.task_id.is_not(None)
    ),
)

ADD_TASKS, ADD_TIMERS, ADD_SUBSCRIPTIONS = insert(TASKS), insert(TIMERS), insert(SUBSCRIPTIONS)
ADD_HISTORY, ADD_INSTANCE = insert(HISTORY), insert(INSTANCES)
DROP_TIMER = delete(TIMERS).where(TIMERS.c.task_id == KEY)
DROP_SUBSCRIPTION = delete(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.task_id == KEY, SUBSCRIPTIONS.c.name == bindparam("message"))
DROP_EFFECT = update(EFFECTS).where(EFFECTS.c.task_id == KEY, EFFECTS.c.state.in_(("owed", "failed"))).values(state="cancelled")
CLOSE_INCIDENT = (
    update(INCIDENTS)
    .where(INCIDENTS.c.task_id == KEY, INCIDENTS.c.state == "open")
    .values(state="resolved", resolved_at=bindparam("at"), resolved_by=bindparam("by"))
)
WAKE_MESSAGES = (
    update(MESSAGES)
    .where(MESSAGES.c.state == "unheard", MESSAGES.c.name == bindparam("message"), MESSAGES.c.correlation == bindparam("value"))
    .where(MESSAGES.c.created_at > bindparam("since"))
    .values(state="owed", next_attempt_at=bindparam("at"))
)


def insert_missing(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows but for those whose unique key is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(into).on_conflict_do_nothing(), list(rows))


@dataclass(frozen=True)
class Version:
    """One immutable version of a process, as the engine needs it."""

    id: str
    process_key: str
    version: int
    name: str
    bundle: Bundle
    called: tuple[str, ...]
    forms: Mapping[str, dict[str, Any]]


_VERSIONS: dict[str, Version] = {}
_KEPT = 1000


def get_version(connection: Connection, definition_id: str) -> Version:
    """A version by its id; versions never change, so each is read once. Raises ``NotFound``."""
    found = _VERSIONS.get(definition_id)
    if found is None:
        row = connection.execute(select(DEFINITIONS).where(DEFINITIONS.c.id == KEY), {"row_id": definition_id}).first()
        if row is None:
            raise NotFound(kind="definition", id=definition_id)
        found = read_version(row)
        if len(_VERSIONS) >= _KEPT:
            _VERSIONS.clear()
        _VERSIONS[definition_id] = found
    return found


def read_version(row: Row[Any]) -> Version:
    """A version from its row; the bundle goes without the forms, which the model does not need."""
    bundle = Bundle(row.file_name, row.source, {key: text.encode() for key, text in row.decisions.items()})
    return Version(row.id, row.process_key, row.version, row.name, bundle, tuple(row.called), row.forms)


NEWEST = (
    select(DEFINITIONS.c.id).where(DEFINITIONS.c.process_key == KEY).order_by(DEFINITIONS.c.version.desc()).limit(1)
)  # fmt: skip


def newest_version(connection: Connection, process_key: str) -> Version:
    """The newest version of a process. Raises ``NotFound``."""
    found = connection.execute(NEWEST, {"row_id": process_key}).scalar()
    if found is None:
        raise NotFound(kind="process", id=process_key)
    return get_version(connection, found)


def pin_called(connection: Connection, version: Version) -> dict[str, str]:
    """The newest versions of everything a version calls, directly or not: process key → definition id."""
    pins: dict[str, str] = {}
    front = list(version.called)
    while front:
        key = front.pop()
        if key not in pins:
            called = version if key == version.process_key else newest_version(connection, key)
            pins[key] = called.id
            front += called.called
    return pins


def get_task(connection: Connection, task_id: str) -> Row[Any]:
    """A user task's row, open or not. Raises ``NotFound``."""
    row = connection.execute(GET_TASK, {"row_id": task_id}).first()
    if row is None:
        raise NotFound(kind="task", id=task_id)
    return row


def get_whole_task(connection: Connection, task_id: str) -> Row[Any]:
    """A user task's row with its data, draft and entries. Raises ``NotFound``."""
    row = connection.execute(GET_WHOLE_TASK, {"row_id": task_id}).first()
    if row is None:
        raise NotFound(kind="task", id=task_id)
    return row


def form_schema(connection: Connection, task: Any) -> dict[str, Any] | None:
    """The form of the version the task runs on, None for a task without a form."""
    return get_version(connection, task.definition_id).forms.get(task.form_key) if task.form_key else None


def who_did(connection: Connection, instance_id: str, elements: Iterable[str]) -> list[str]:
    """The people who completed one of some steps of an instance."""
    found: dict[str, None] = {}
    for element in elements:
        found.update(dict.fromkeys(connection.execute(WHO_DID, {"row_id": instance_id, "element": element}).scalars()))
    return list(found)


def get_open_incident(connection: Connection, incident_id: str) -> Row[Any]:
    """An open incident, locked. Raises ``NotFound``."""
    query = select(INCIDENTS).where(INCIDENTS.c.id == incident_id, INCIDENTS.c.state == "open").with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(kind="incident", id=incident_id)
    return row


def close_incident(
    connection: Connection, incident_id: str, *, state: str, at: datetime, by: str, reason: str | None = None
) -> None:
    """Mark an incident resolved or skipped."""
    change = update(INCIDENTS).where(INCIDENTS.c.id == incident_id)
    connection.execute(change.values(state=state, resolved_at=at, resolved_by=by, reason=reason))


def read_setting(session: Session, key: str) -> Any:
    """A setting's value, None when it was never set."""
    return session.scalars(select(Setting.value).where(Setting.key == key)).first()


def write_setting(session: Session, key: str, value: Any) -> None:
    """Set a setting."""
    session.merge(Setting(key=key, value=value))
