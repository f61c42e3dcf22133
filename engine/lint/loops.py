"""Loops that never come to rest: an instance would run on in them until the engine stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.bundle import NS
from engine.lint.findings import EVENTS, GATEWAYS, TASKS, Diagram, tag

Graph = Mapping[str, list[str]]

#: what is done as soon as it is reached; everything else waits for a person, a message, a time or another process
AT_ONCE = frozenset({"serviceTask", "scriptTask", "businessRuleTask", "task", "intermediateThrowEvent", "endEvent", *GATEWAYS})
#: what changes no variable: whoever goes round once through these alone goes round for ever
IDLE = frozenset({"intermediateThrowEvent", *GATEWAYS})
#: an event on the border that comes out of the step itself, without anybody having waited
SUDDEN = "./bpmn:errorEventDefinition | ./bpmn:escalationEventDefinition"
SHOWN = 12
FIX = "Put a task, a timer or a message event into the loop, or let a gateway lead out of it."


def check_loops(diagram: Diagram) -> None:
    """Every loop comes to rest: at somebody who waits, or at a gateway behind a step that can change its answer."""
    by_id = {str(node.get("id")): node for node in diagram.nodes}
    after = read_graph(diagram, by_id)
    resting = find_resting(after, by_id)
    say_loops(diagram, by_id, within(after, [each for each in by_id if each not in resting]), "Nothing leads out of this loop")
    idle = [each for each, node in by_id.items() if tag(node) in IDLE and each in resting]
    say_loops(diagram, by_id, within(after, idle), "Nothing changes in this loop")


def read_graph(diagram: Diagram, by_id: Collection[str]) -> Graph:
    """What follows each node: by a flow, or by an event on its border."""
    after: dict[str, list[str]] = {node_id: [] for node_id in by_id}
    ends = [(flow.get("sourceRef"), flow.get("targetRef")) for flow in diagram.all("//bpmn:sequenceFlow")]
    ends += [(event.get("attachedToRef"), event.get("id")) for event in diagram.all("//bpmn:boundaryEvent")]
    for source, target in ends:
        if source in after and target in after:
            after[source].append(target)
    return after


def within(graph: Graph, nodes: Collection[str]) -> Graph:
    """The part of a graph among some nodes."""
    kept = set(nodes)
    return {node: [target for target in graph[node] if target in kept] for node in nodes}


def find_resting(after: Graph, by_id: Mapping[str, Any]) -> set[str]:
    """The nodes from which a token can come to something that waits, or to an end."""
    resting = {each for each, node in by_id.items() if not is_run_at_once(node) or not after[each]}
    grown = True
    while grown:
        more = {each for each in after if each not in resting and comes_to_rest(by_id[each], after[each], resting)}
        grown = bool(more)
        resting |= more
    return resting


def comes_to_rest(node: Any, targets: Collection[str], resting: Collection[str]) -> bool:
    """Whether what follows comes to rest; behind a parallel gateway all branches have to."""
    return (all if tag(node) == "parallelGateway" else any)(target in resting for target in targets)


def is_run_at_once(node: Any) -> bool:
    """Whether reaching the node means going on."""
    if tag(node) == "boundaryEvent":
        return bool(node.xpath(SUDDEN, namespaces=NS))
    if tag(node) == "subProcess":
        inside = [each for each in node.iterdescendants() if tag(each) in (*TASKS, *EVENTS) and tag(each) != "startEvent"]
        return all(is_run_at_once(each) for each in inside)
    return tag(node) in AT_ONCE


def say_loops(diagram: Diagram, by_id: Mapping[str, Any], graph: Graph, why: str) -> None:
    """Report each loop of a graph, with the way round."""
    for path in find_loops(graph):
        names = " → ".join(str(by_id[each].get("name") or each) for each in [*path[:SHOWN], path[0]])
        diagram.say(by_id[path[0]], "endless-loop", f"{why}, so it would never stop: {names}", FIX)


def find_loops(graph: Graph) -> Iterator[list[str]]:
    """Loops that share no node, each from where the search came into it; in one walk over the graph."""
    seen: set[str] = set()
    reported: set[str] = set()
    for start in graph:
        path, ways = [start], [iter(graph[start])] if start not in seen else []
        place = {start: 0}
        seen.add(start)
        while ways:
            target = next(ways[-1], None)
            if target is None:
                ways.pop()
                del place[path.pop()]
            elif target in place and not {target, path[-1]} & reported:
                reported |= set(path[place[target] :])
                yield path[place[target] :]
            elif target not in seen:
                seen.add(target)
                place[target] = len(path)
                path.append(target)
                ways.append(iter(graph[target]))
