"""Move a running instance to another version of its process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine import migration
from engine.context import Context


@dataclass(frozen=True)
class MigrateInstance:
    """Replace a pinned version of a running instance, of its own process or of one it calls, by another version of that.

    ``mapping`` gives new element ids by old ones; an empty one lets go an event that waits beside something else. History,
    drafts and claims stay. Raises ``MigrationRefused`` with everything that stands in the way, and ``NotAllowed``.
    """

    instance_id: str
    to_definition_id: str
    mapping: Mapping[str, str] = field(default_factory=dict)

    def execute(self, context: Context) -> None:
        migration.migrate(context, self.instance_id, self.to_definition_id, self.mapping)
