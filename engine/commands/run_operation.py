"""Run one registered operation for a page or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.audit import digest_of
from engine.context import AuditEntry, Context
from engine.errors import NotFound
from engine.handlers import Operation


@dataclass(frozen=True)
class RunOperation:
    """Change records outside a process, audited; returns what the operation returns."""

    operation_id: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, context: Context) -> Any:
        handler = context.registry.find(self.operation_id)
        if not isinstance(handler, Operation):
            raise NotFound(kind="operation", id=self.operation_id)
        result = handler.run(context, **self.parameters)
        what = {"parameters": sorted(self.parameters)}
        digest = digest_of(dict(self.parameters))
        context.entries.append(AuditEntry("operation_run", f"operation:{self.operation_id}", what, None, digest))
        return result
