"""Operation ``people.register``."""

from __future__ import annotations

from engine import Operation
from workflows.records import people

HANDLERS = (Operation("people.register", people.register, "登记人员"),)
