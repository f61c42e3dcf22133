"""Every reason why the server could not enforce a form, said when it is published and never while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.forms.entries import is_open, read_bound
from engine.forms.fields import GROUPS, INPUTS, STATIC, Check, Component, condition_of, properties, rules

KEY = re.compile(r"[A-Za-z]\w{0,80}")
DEEPEST = 6
MOST = 400
FIGURES = ("min", "max", "minLength", "maxLength")
SUBTYPES = ("date", "time", "datetime")
# An unbounded repeat of something that repeats or forks can take for ever on a text that nearly fits.
EXPLOSIVE = re.compile(r"\((?:[^()\\]|\\.)*(?:[+*|]|\{\d+,\d*\})(?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,\})")


@dataclass(frozen=True)
class Fault:
    """One reason; ``reason`` and ``mend`` are English sentences with the names of ``params`` in braces."""

    component: str
    reason: str
    mend: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The filled-in reason."""
        return self.reason.format(**self.params)


def check_schema(schema: Any, checks: Mapping[str, Check]) -> list[Fault]:
    """Everything that the server could not enforce; empty when it can. Any JSON gives faults, never an exception."""
    components = schema.get("components") if isinstance(schema, Mapping) else None
    if not isinstance(components, list):
        return [Fault("", "The form is not a form-js schema: it has no list of components.", "Save it from the form editor.")]
    return list(check_level(components, checks, 0, [0]))


def check_level(components: list[Any], checks: Mapping[str, Check], depth: int, seen: list[int]) -> Iterator[Fault]:
    """The faults of the components that share their keys: a form's, or those of one list's row."""
    if depth > DEEPEST:
        yield Fault("", "The form nests groups and lists too deeply.", "Use fewer levels.")
        return
    keys: set[str] = set()
    for component in flatten(components, 0):
        seen[0] += 1
        if seen[0] > MOST:
            if seen[0] == MOST + 1:
                yield Fault("", "The form has more than {most} components.", "Divide the task.", {"most": MOST})
            return
        if not isinstance(component, Mapping) or str(component.get("type")) not in INPUTS | GROUPS | STATIC:
            yield unknown_kind(component)
            continue
        name = name_of(component)
        yield from check_key(component, name, keys)
        yield from check_component(component, name, checks)
        if component["type"] == "dynamiclist":
            inner = component.get("components")
            yield from check_level(inner if isinstance(inner, list) else [], checks, depth + 1, seen)


def flatten(components: list[Any], depth: int) -> Iterator[Any]:
    """Components with those of their groups; what is nested too deeply is left out."""
    for component in components:
        yield component
        is_group = isinstance(component, Mapping) and component.get("type") == "group"
        if is_group and isinstance(component.get("components"), list) and depth <= DEEPEST:
            yield from flatten(component["components"], depth + 1)


def name_of(component: Component) -> str:
    """What a person calls a component."""
    return str(component.get("key") or component.get("path") or component.get("id") or component.get("type"))[:80]


def unknown_kind(component: Any) -> Fault:
    kind = str(component.get("type"))[:40] if isinstance(component, Mapping) else type(component).__name__
    name = name_of(component) if isinstance(component, Mapping) else "?"
    return Fault(
        name,
        "The component “{name}” of kind {kind} is not known here.",
        "Use one of the supported kinds.",
        {"name": name, "kind": kind},
    )


def check_key(component: Component, name: str, keys: set[str]) -> Iterator[Fault]:
    """A component that holds values has one name of its own."""
    kind = component["type"]
    if kind not in INPUTS and kind != "dynamiclist":
        if kind == "group" and component.get("path"):
            yield Fault(name, "The group “{name}” has a path, which is not supported.", "Remove the path.", {"name": name})
        return
    key = component.get("path") if kind == "dynamiclist" else component.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        yield Fault(
            name,
            "The key of “{name}” is missing or no plain name.",
            "Use letters, digits and underlines, a letter first.",
            {"name": name},
        )
    elif key in keys:
        yield Fault(name, "Two components have the key “{name}”.", "Give each its own key.", {"name": name})
    else:
        keys.add(key)


def check_component(component: Component, name: str, checks: Mapping[str, Check]) -> Iterator[Fault]:
    """Every reason why one component could not be enforced."""
    if not isinstance(component.get("validate") or {}, Mapping) or not isinstance(component.get("properties") or {}, Mapping):
        yield Fault(name, "The settings of “{name}” cannot be read.", "Save it from the form editor.", {"name": name})
        return
    yield from check_condition(component, name)
    yield from check_limits(component, name)
    yield from check_options(component, name)
    check = properties(component).get("check")
    if check and str(check) not in checks:
        params = {"name": name, "check": str(check)}
        yield Fault(name, "“{name}” names the check “{check}”, which does not exist.", "Choose a registered check.", params)
    if any(str(component.get(each, "")).startswith("=") for each in ("label", "description", "readonly", "text")):
        yield Fault(name, "“{name}” has an expression where a text is expected.", "Write the text itself.", {"name": name})


def check_condition(component: Component, name: str) -> Iterator[Fault]:
    conditional = component.get("conditional") or {}
    if not isinstance(conditional, Mapping) or conditional.keys() - {"hide"}:
        yield Fault(name, "“{name}” has a condition of an unknown kind.", "Use the condition to hide.", {"name": name})
        return
    try:
        feel.compile_feel(condition_of(component)) if condition_of(component) else None
    except feel.FeelError as error:
        params = {"name": name, "reason": str(error)}
        yield Fault(name, "The condition of “{name}” cannot be read: {reason}.", "Correct the condition.", params)


def check_limits(component: Component, name: str) -> Iterator[Fault]:
    """Limits are figures, patterns can be read and end soon, bounds are days."""
    limits, own = rules(component), properties(component)
    figures = [limits.get(each) for each in FIGURES] + [component.get("decimalDigits"), component.get("increment")]
    figures += [own.get("min_rows"), component.get("defaultRepetitions")]
    if not all(is_figure(each) for each in figures):
        yield Fault(name, "A limit of “{name}” is not a number.", "Write a number.", {"name": name})
    pattern = limits.get("pattern")
    if pattern:
        yield from check_pattern(str(pattern), name)
    if component["type"] == "datetime" and component.get("subtype", "date") not in SUBTYPES:
        yield Fault(name, "“{name}” is neither a date nor a time.", "Choose a kind of date.", {"name": name})
    for bound in (own.get("earliest"), own.get("latest")):
        try:
            read_bound(bound, None)
        except ValueError:
            yield Fault(name, "A bound of the date “{name}” cannot be read.", "Write 2026-11-24 or today.", {"name": name})


def is_figure(value: Any) -> bool:
    """Whether a limit is absent or a number."""
    if value in (None, ""):
        return True
    return isinstance(value, int | float | str) and bool(re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", str(value)))


def check_pattern(pattern: str, name: str) -> Iterator[Fault]:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        params = {"name": name, "reason": str(error)}
        yield Fault(name, "The pattern of “{name}” cannot be read: {reason}.", "Correct the pattern.", params)
        return
    if len(pattern) > 300 or EXPLOSIVE.search(pattern):
        yield Fault(
            name, "The pattern of “{name}” could take for ever.", "Do not repeat a group that itself repeats.", {"name": name}
        )


def check_options(component: Component, name: str) -> Iterator[Fault]:
    """A choice has options, each with its own value and a label."""
    if component["type"] not in ("select", "radio", "checklist", "taglist") or is_open(component):
        return
    options = component.get("values")
    sound = isinstance(options, list) and all(
        isinstance(each, Mapping) and isinstance(each.get("value"), str | int | float) and each.get("label") for each in options
    )
    if not sound or not options:
        yield Fault(name, "“{name}” has no options to choose from.", "Add options with a label and a value.", {"name": name})
    elif len({str(each["value"]) for each in options}) < len(options):
        yield Fault(name, "Two options of “{name}” have the same value.", "Give each its own value.", {"name": name})
