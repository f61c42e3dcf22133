"""Operations ``people.register`` and ``people.declare_relatives``."""

from __future__ import annotations

from engine import Operation
from workflows.records import people

HANDLERS = (
    Operation("people.register", people.register, "登记人员"),
    Operation("people.declare_relatives", people.declare_relatives, "申报近亲属"),
)
