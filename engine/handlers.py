"""What a diagram may call: operations, effects, completions and prefills, and the registry that holds them.

- An ``Operation`` is a service task inside the transaction: parameters in, records changed, variables out.
- An ``Effect`` is a service task that reaches outside the database. ``prepare`` gathers its payload in the transaction,
  ``perform`` runs afterwards with no transaction open, ``finish`` stores the result in a second transaction. The token
  waits on the service task until then. ``Context.emit`` sends the same effect without anybody waiting for it.
- A ``Completion`` takes a user task's validated form and writes it to the records.
- A ``Prefill`` gives a user task's form its first values.
- An ``Exclusion`` keeps people from tasks whatever the diagram says: it is asked when a task opens.
- A ``StandIn`` says who does a task in the place of somebody who is away or gone; it is asked when a task opens.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.context import Context

Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One input of an operation or effect, read off its function's signature."""

    name: str
    type: str
    required: bool


def read_parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The keyword-only parameters of a handler function."""
    return tuple(
        Parameter(p.name, str(p.annotation), p.default is inspect.Parameter.empty)
        for p in inspect.signature(function).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    )


@dataclass(frozen=True)
class Operation:
    """A service task inside the transaction: ``run(context, *, name=…) -> variables or None``."""

    id: str
    run: Callable[..., Variables | None]
    title: str = ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return read_parameters(self.run)


@dataclass(frozen=True)
class Effect:
    """A service task outside the transaction.

    ``prepare(context, *, name=…) -> payload`` (small JSON), ``perform(payload, tools) -> result`` (no database; ``tools``
    is what ``open_engine(tools=…)`` was given), ``finish(context, payload, result) -> variables or None``.
    ``perform`` may run more than once for one payload (at-least-once): use ``payload["key"]``, the idempotency key.
    """

    id: str
    prepare: Callable[..., dict[str, Any]]
    perform: Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any]]
    finish: Callable[[Context, dict[str, Any], dict[str, Any]], Variables | None]
    title: str = ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return read_parameters(self.prepare)


@dataclass(frozen=True)
class Completion:
    """What a user task's form does: ``apply(context, values, data) -> variables or None``; may raise ``FormInvalid``."""

    id: str
    apply: Callable[[Context, dict[str, Any], Variables], Variables | None]
    title: str = ""


@dataclass(frozen=True)
class Prefill:
    """A form's first values: ``load(context, data) -> values``; reads only."""

    id: str
    load: Callable[[Context, Variables], dict[str, Any]]
    title: str = ""


@dataclass(frozen=True)
class Exclusion:
    """Whom tasks are kept from, whatever their diagrams say: ``find(context, data) -> person ids``; reads only."""

    id: str
    find: Callable[[Context, Variables], list[str]]
    title: str = ""


@dataclass(frozen=True)
class StandIn:
    """Who does a task instead of whom its diagram names; ``find(context, data, person) -> person id``; reads only.

    The person's own id when they do it themselves, None for nobody by name: the task then waits for its role.
    """

    id: str
    find: Callable[[Context, Variables, str], str | None]
    title: str = ""


Handler = Operation | Effect | Completion | Prefill | Exclusion | StandIn


@dataclass
class Registry:
    """All handlers by id; an id is unique over the kinds."""

    handlers: dict[str, Handler] = field(default_factory=dict)

    def add(self, handlers: Iterable[Handler]) -> None:
        for handler in handlers:
            if handler.id in self.handlers:
                raise ValueError(f"two handlers are called {handler.id}")
            self.handlers[handler.id] = handler

    def list_kept_away(self, context: Context, data: Variables) -> list[str]:
        """Whom every exclusion keeps from a task with some data."""
        found = (handler.find(context, data) for handler in self.handlers.values() if isinstance(handler, Exclusion))
        return list(dict.fromkeys(person for people in found for person in people))

    def find_stand_in(self, context: Context, data: Variables, person: str) -> str | None:
        """Who does a task with some data that is meant for a person; None for whoever holds its role."""
        for handler in self.handlers.values():
            if isinstance(handler, StandIn) and (found := handler.find(context, data, person)) != person:
                return found
        return person

    def find(self, handler_id: str) -> Handler | None:
        return self.handlers.get(handler_id)
