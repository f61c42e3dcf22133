"""A small house to test the engine in: handlers that can be told to fail, and short ways to drive an instance."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import (
    Actor,
    Bundle,
    CompleteTask,
    Completion,
    DeployProcess,
    Effect,
    Engine,
    Operation,
    Prefill,
    Registry,
    StartInstance,
    sweep,
)
from engine.context import Context
from engine.db import Base, new_id
from engine.errors import StateRefused
from engine.tables import Incident, Instance, Task
from tests.engine.diagrams import diagram, operator, properties
from tests.people import DESIGNER, DESK

LANES = {"前台": "desk", "承办律师": "lawyer", "合伙人": "partner"}


class Note(Base):
    """A record that handlers of the tests write."""

    __tablename__ = "test_notes"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(String(200))


class World:
    """What the handlers reach and what makes them fail."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.sent: list[dict[str, Any]] = []

    def check(self, name: str) -> None:
        if name in self.broken:
            raise RuntimeError(f"{name} is broken")

    def add_note(self, context: Context, *, text: str) -> dict[str, Any]:
        note = Note(id=new_id(), text=text)
        context.session.add(note)
        context.session.flush()
        context.audit("note_added", f"note:{note.id}")
        self.check("notes.add")
        return {"note_id": note.id}

    def prepare(self, context: Context, *, to: str = "x@example.org") -> dict[str, Any]:
        self.check("mail.prepare")
        return {"to": to}

    def perform(self, payload: dict[str, Any], tools: Any) -> dict[str, Any]:
        self.check("mail.perform")
        self.sent.append(dict(payload))
        return {"message_id": f"m{len(self.sent)}"}

    def finish(self, context: Context, payload: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        self.check("mail.finish")
        context.session.add(Note(id=new_id(), text=f"mail {result['message_id']}"))
        return {"mail": result["message_id"]}

    def complete(self, context: Context, values: dict[str, Any], data: Any) -> dict[str, Any]:
        context.session.add(Note(id=new_id(), text=str(values.get("text"))))
        context.session.flush()
        if values.get("text") == "refuse":
            raise StateRefused(what="note", old="a", new="b", reason="it says so")
        self.check("draft.complete")
        return {"text": values.get("text")}

    def emit(self, context: Context, *, key: str | None = None) -> None:
        context.emit("mail.send", {"to": "emitted@example.org"}, key=key)

    def send(self, context: Context, *, name: str, correlation: str) -> None:
        context.send_message(name, correlation=correlation, payload={"from": "operation"})

    def signal(self, context: Context, *, name: str) -> None:
        context.send_signal(name, payload={"from": "operation"})

    def registry(self) -> Registry:
        registry = Registry()
        registry.add(
            (
                Operation("notes.add", self.add_note),
                Operation("mails.emit", self.emit),
                Operation("messages.send", self.send),
                Operation("signals.send", self.signal),
                Effect("mail.send", self.prepare, self.perform, self.finish),
                Completion("draft.complete", self.complete),
                Prefill("draft.prefill", lambda context, data: {"text": f"dear {data.get('client', 'nobody')}"}),
            )
        )
        return registry


def form(*components: dict[str, Any]) -> dict[str, Any]:
    """A form-js schema."""
    return {"type": "default", "components": list(components)}


TEXT = {"type": "textfield", "key": "text", "label": "正文", "validate": {"required": True, "maxLength": 40}}
OK = {"type": "checkbox", "key": "ok", "label": "同意"}


def with_forms(bundle: Bundle, **forms: dict[str, Any]) -> Bundle:
    """A bundle with forms; a double underscore stands for the slash."""
    return dataclasses.replace(bundle, forms={key.replace("__", "/"): value for key, value in forms.items()})


def review(key: str = "review", **draft: str) -> Bundle:
    """Draft by a lawyer → review by a partner who did not draft → again or done."""
    bundle = diagram(
        key,
        {
            "Begin": ("startEvent", "", ""),
            "Draft": ("userTask", "", properties(form="review/draft", role="lawyer", **({"variables": "text"} | draft))),
            "Review": (
                "userTask",
                "",
                properties(form="review/review", role="partner", variables="ok", gate="true", not_same_as="Draft"),
            ),
            "Ok": ("exclusiveGateway", "", ""),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Draft", "Draft -> Review", "Review -> Ok", "Ok -> Done: ok", "Ok -> Draft*"],
    )
    return with_forms(bundle, review__draft=form(TEXT), review__review=form(OK))


def with_service(handler: str, key: str = "served", **parameters: str) -> Bundle:
    """A task, then a service task, then another task."""
    return diagram(
        key,
        {
            "Begin": ("startEvent", "", ""),
            "First": ("userTask", "", properties(role="desk")),
            "Serve": ("serviceTask", "", operator(handler, **parameters)),
            "Second": ("userTask", "", properties(role="desk")),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> First", "First -> Serve", "Serve -> Second", "Second -> Done"],
    )


class House:
    """Short ways to deploy, start, look and complete."""

    def __init__(self, engine: Engine, world: World, clock: Any) -> None:
        self.engine = engine
        self.world = world
        self.clock = clock

    def run(self, command: Any, actor: Actor = DESK) -> Any:
        return self.engine.run(command, actor)

    def deploy(self, *bundles: Bundle) -> Any:
        return self.run(DeployProcess(bundles), DESIGNER)

    def start(self, bundle: Bundle | str, actor: Actor = DESK, **data: Any) -> str:
        """The id of a new instance; a bundle is deployed first."""
        if isinstance(bundle, Bundle):
            self.deploy(bundle)
            bundle = bundle.name
        return str(self.run(StartInstance(bundle, data), actor))

    def rows(self, query: Any) -> list[Any]:
        with self.engine.reading() as session:
            found = list(session.scalars(query))
            session.expunge_all()
            return found

    def open(self, instance_id: str) -> list[str]:
        """The element ids of the open tasks, sorted."""
        return sorted(self.rows(select(Task.element_id).where(Task.instance_id == instance_id, Task.state == "open")))

    def task(self, instance_id: str, element_id: str) -> Task:
        """The newest task row of an element."""
        query = select(Task).where(Task.instance_id == instance_id, Task.element_id == element_id)
        return max(self.rows(query), key=lambda task: (task.state == "open", task.created_at, task.id))

    def instance(self, instance_id: str) -> Instance:
        return self.rows(select(Instance).where(Instance.id == instance_id))[0]

    def incidents(self, instance_id: str | None = None, state: str = "open") -> list[Incident]:
        query = select(Incident).where(Incident.state == state).order_by(Incident.id)
        return self.rows(query if instance_id is None else query.where(Incident.instance_id == instance_id))

    def do(self, instance_id: str, element_id: str, actor: Actor = DESK, **values: Any) -> Any:
        """Complete the open task of an element."""
        return self.run(CompleteTask(self.task(instance_id, element_id).id, values), actor)

    def sweep(self) -> int:
        """Do what is due."""
        return sweep(self.engine)

    def notes(self) -> list[str]:
        return sorted(self.rows(select(Note.text)))

    def session(self) -> Any:
        return self.engine.reading()

    def count(self, table: type[Base]) -> int:
        return len(self.rows(select(table)))


def scalars(session: Session, query: Any) -> list[Any]:
    """All values of a query."""
    return list(session.scalars(query))
