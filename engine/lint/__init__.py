"""What may be deployed, and every reason why not, all findings at once.

SpiffWorkflow accepts diagrams that it then runs wrongly in silence; each such construct is refused here with the element,
the reason and the way to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from engine.bundle import Bundle
from engine.handlers import Registry
from engine.lint.event_subprocesses import check_event_subprocesses
from engine.lint.expressions import check_expressions, check_messages, check_timers
from engine.lint.findings import MAX_BYTES, NODES, Diagram, Finding, Surroundings, read_diagram
from engine.lint.loops import check_loops
from engine.lint.references import check_foreign, check_loads, check_references
from engine.lint.structure import check_flows, check_refused, check_structure

__all__ = ["MAX_BYTES", "NODES", "Finding", "check_bundle"]


CHECKS = (
    check_structure, check_refused, check_flows, check_loops, check_event_subprocesses, check_expressions,
    check_timers, check_messages, check_foreign,
)  # fmt: skip


def check_bundle(
    bundle: Bundle,
    *,
    registry: Registry,
    checks: Mapping[str, Callable[[str], str | None]],
    known_processes: Collection[str],
    lane_roles: Mapping[str, str],
) -> list[Finding]:
    """Every finding of a bundle; any bytes give findings, never an exception."""
    root, found = read_diagram(bundle.name, bundle.source)
    if root is None:
        return found
    diagram = Diagram(bundle.name, root)
    for check in CHECKS:
        check(diagram)
    check_references(diagram, bundle, Surroundings(registry, checks, known_processes, lane_roles))
    if not any(finding.severity == "error" for finding in diagram.found):
        check_loads(diagram, bundle)
    return diagram.found
