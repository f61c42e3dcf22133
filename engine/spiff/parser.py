"""Turns bundles into models: SpiffWorkflow specifications parsed once a version and shared between instances."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, ExclusiveGateway, InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.parser.task_spec import ScriptTaskParser, ServiceTaskParser
from SpiffWorkflow.spiff.specs.defaults import (
    BusinessRuleTask,
    ParallelMultiInstanceTask,
    ScriptTask,
    SequentialMultiInstanceTask,
    ServiceTask,
    StandardLoopTask,
)

from engine.bundle import NS, Bundle, parse_xml
from engine.errors import ScriptFailed
from engine.spiff.boundaries import FirmBoundaryEvent
from engine.spiff.elements import FirmElements, mark_event_subprocesses
from engine.spiff.joins import FirmParallelGateway, prepare_joins
from engine.spiff.loops import FirmParallelLoop, FirmSequentialLoop, FirmStandardLoop
from engine.spiff.messages import FirmMessage
from engine.spiff.scopes import FirmEndJoin
from engine.spiff.script_engine import Pending, StepError, plain
from engine.spiff.stops import FirmBusinessRuleTask, FirmDeciding, FirmExclusiveGateway, place
from engine.spiff.thrown import ours_thrown
from engine.spiff.timers import replacement

# What SpiffWorkflow's parser stumbles over in a diagram that makes no sense.
PARSER_ERRORS = (
    SpiffWorkflowException, etree.LxmlError, ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError,
    RecursionError, TypeError, ValueError,
)  # fmt: skip


class ModelRefused(Exception):
    """SpiffWorkflow cannot read the diagram; ``element`` may name the culprit."""

    def __init__(self, reason: str, element: str | None = None) -> None:
        self.reason = reason
        self.element = element
        super().__init__(reason)


class FirmServiceTask(ServiceTask):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """A service task whose handler is one of the firm's; real errors leave unchanged."""

    def _execute(self, task: Any) -> bool | None:
        engine = task.workflow.script_engine
        element = place(task)
        try:
            parameters = {name: engine.evaluate(task, given["value"]) for name, given in self.operation_params.items()}
            result = engine.services.call(element, self.operation_name, parameters, task.data, task.id.hex)
        except (StepError, ScriptFailed) as error:
            engine.services.fail(element, task.id.hex, getattr(error, "cause", error))
            return None
        if isinstance(result, Pending):
            return None
        self.take(task, result)
        return True

    def take(self, task: Any, result: Mapping[str, Any] | None) -> None:
        """Put a handler's result into the data: under the result variable, or entry by entry."""
        if not self.result_variable.startswith("spiff__"):
            task.data[self.result_variable] = plain(result or {})
        else:
            task.data.update(plain(result or {}))


class FirmScriptTask(ScriptTask):  # type: ignore[misc]
    """A script task whose failure leaves the token on it."""

    def _execute(self, task: Any) -> bool | None:
        try:
            return bool(task.workflow.script_engine.execute(task, self.script))
        except ScriptFailed as error:
            task.workflow.script_engine.services.fail(place(task), task.id.hex, error)
            return None

    def take(self, task: Any, result: Mapping[str, Any] | None) -> None:
        task.data.update(plain(result or {}))


OURS: dict[type, type] = {
    _EndJoin: FirmEndJoin,
    ParallelGateway: FirmParallelGateway,
    ExclusiveGateway: FirmExclusiveGateway,
    InclusiveGateway: FirmDeciding,
    BusinessRuleTask: FirmBusinessRuleTask,
    ParallelMultiInstanceTask: FirmParallelLoop,
    SequentialMultiInstanceTask: FirmSequentialLoop,
    StandardLoopTask: FirmStandardLoop,
    BoundaryEvent: FirmBoundaryEvent,
}


class FirmParser(FirmElements):
    """SpiffWorkflow's parser with the firm's service tasks, and with all that ours reads."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - SpiffWorkflow reads it as a class attribute
        **FirmElements.OVERRIDE_PARSER_CLASSES,
        full_tag("serviceTask"): (ServiceTaskParser, FirmServiceTask),
        full_tag("scriptTask"): (ScriptTaskParser, FirmScriptTask),
    }


@dataclass(frozen=True, eq=False)
class Model:
    """A process and everything it calls, ready to run; never changed after it is made."""

    key: str
    spec: Any
    subprocesses: Mapping[str, Any]
    processes: frozenset[str]
    names: Mapping[str, str]

    def specs(self) -> Iterator[Any]:
        """The main specification and those of all subprocesses."""
        yield self.spec
        yield from (spec for name, spec in self.subprocesses.items() if spec is not self.spec)


@dataclass(frozen=True)
class _Keyed:
    """A bundle that compares by its digest, so that equal versions share one model."""

    bundle: Bundle

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.bundle.digest == other.bundle.digest

    def __hash__(self) -> int:
        return hash(self.bundle.digest)


def process_key(bundle: Bundle) -> str:
    """The id of a bundle's executable process. Raises ``ModelRefused`` when there is not exactly one."""
    try:
        root = parse_xml(bundle.source)
    except etree.XMLSyntaxError as error:
        raise ModelRefused(f"it is not well-formed XML ({error.msg})") from None
    keys = root.xpath("/bpmn:definitions/bpmn:process[not(@isExecutable='false')]/@id", namespaces=NS)
    if len(keys) != 1:
        raise ModelRefused("a file must hold exactly one executable process")
    return str(keys[0])


def message_starts(bundle: Bundle) -> list[str]:
    """The names of the messages that start a bundle's process."""
    root = parse_xml(bundle.source)
    refs = root.xpath("//bpmn:process/bpmn:startEvent/bpmn:messageEventDefinition/@messageRef", namespaces=NS)
    return [str(name) for ref in refs for name in root.xpath("//bpmn:message[@id=$ref]/@name", ref=ref, namespaces=NS)]


def called_processes(bundle: Bundle) -> list[str]:
    """The keys of the processes that a bundle's call activities call."""
    return sorted({str(key) for key in parse_xml(bundle.source).xpath("//bpmn:callActivity/@calledElement", namespaces=NS)})


def message_facts(root: etree._Element) -> dict[str, tuple[str, str | None, str | None]]:
    """By message name: the expressions of correlation and payload, and the variable."""
    facts = {}
    for message in root.xpath("//bpmn:message", namespaces=NS):
        correlation = message.xpath("string(.//spiff:property[@name='correlation']/@value)", namespaces=NS)
        payload = message.xpath("string(.//spiff:messagePayload)", namespaces=NS)
        variable = message.xpath("string(.//spiff:messageVariable)", namespaces=NS)
        facts[str(message.get("name"))] = (str(correlation), str(payload) or None, str(variable) or None)
    return facts


@lru_cache(maxsize=256)
def _cached(main: _Keyed, called: tuple[_Keyed, ...]) -> Model:
    return build(main.bundle, [each.bundle for each in called])


_LOADING = Lock()  # two threads that need the same model get the same one, and its warnings are silenced by one at a time


def load_model(main: Bundle, called: Mapping[str, Bundle]) -> Model:
    """The model of a process and all it calls, cached by the digests. Raises ``ModelRefused``."""
    others = sorted(called.values(), key=lambda bundle: bundle.name)
    with _LOADING:
        return _cached(_Keyed(main), tuple(map(_Keyed, others)))


def build(main: Bundle, called: list[Bundle]) -> Model:
    """Parse bundles into a model. Raises ``ModelRefused``."""
    parser = FirmParser()
    facts: dict[tuple[str, str], tuple[str, str | None, str | None]] = {}
    try:
        for bundle in (main, *called):
            root = parse_xml(bundle.source)
            mark_event_subprocesses(root)
            facts |= {(bundle.name, name): fact for name, fact in message_facts(root).items()}
            with warnings.catch_warnings():
                # the payload stands at the message, where every event that names it finds the same one
                warnings.simplefilter("ignore", DeprecationWarning)
                parser.add_bpmn_xml(root, bundle.name)
        for decision in {source: None for bundle in (main, *called) for source in bundle.decisions.values()}:
            parser.add_dmn_xml(parse_xml(decision))
        key = process_key(main)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            spec = parser.get_spec(key)
            subprocesses = parser.get_subprocess_specs(key)
    except ValidationException as error:
        raise ModelRefused(str(error.args[0] if error.args else error), getattr(error, "id", None)) from None
    except PARSER_ERRORS as error:
        raise ModelRefused(f"{type(error).__name__}: {error}") from None
    model = Model(
        key=key,
        spec=spec,
        subprocesses=subprocesses,
        processes=frozenset(process_key(bundle) for bundle in (main, *called)),
        names=english_names((main, *called)),
    )
    for each in model.specs():
        prepare(each, facts)
    return model


def english_names(bundles: tuple[Bundle, ...]) -> dict[str, str]:
    """The ``name_en`` properties by element id."""
    names = {}
    for bundle in bundles:
        for node in parse_xml(bundle.source).xpath("//spiff:property[@name='name_en']", namespaces=NS):
            names[str(node.xpath("string(ancestor::*[3]/@id)"))] = str(node.get("value"))
    return names


def prepare(spec: Any, facts: Mapping[tuple[str, str], tuple[str, str | None, str | None]]) -> None:
    """Replace SpiffWorkflow's timers, messages, joins and loops by ours, and connect loops once for all instances."""
    for task_spec in spec.task_specs.values():
        # SpiffWorkflow makes these itself, deep inside its parser; ours differ in what they do, not in what they hold
        task_spec.__class__ = OURS.get(type(task_spec), type(task_spec))
        definition = getattr(task_spec, "event_definition", None)
        if isinstance(definition, MultipleEventDefinition):
            if definition.parallel:
                raise ModelRefused("an event that waits for several events at once is not supported", task_spec.bpmn_id)
            definition.event_definitions[:] = [ours(each, spec.file, facts) for each in definition.event_definitions]
        elif definition is not None:
            task_spec.event_definition = ours(definition, spec.file, facts)
        if isinstance(task_spec, LoopTask):
            child = spec.task_specs[task_spec.task_spec]
            child.completed_event.connect(task_spec.merge_child)
    prepare_joins(spec)


def ours(definition: Any, file: str, facts: Mapping[tuple[str, str], tuple[str, str | None, str | None]]) -> Any:
    """Our event definition for one of SpiffWorkflow's."""
    if isinstance(definition, TimerEventDefinition):
        return replacement(definition)
    if isinstance(definition, MessageEventDefinition) and not isinstance(definition, FirmMessage):
        correlation, payload, variable = facts.get((file, definition.name), ("", None, None))
        return FirmMessage(definition.name, correlation, payload, variable, definition.description)
    return ours_thrown(definition)
