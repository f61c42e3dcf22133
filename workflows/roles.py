"""The firm's roles and the lanes that stand for them in a diagram."""

from __future__ import annotations

ROLES: dict[str, str] = {
    "desk": "前台",
    "lawyer": "承办律师",
    "partner": "合伙人",
    "director": "主任",
    "compliance": "合规专员",
    "complaint": "投诉专员",
    "finance": "财务",
    "archivist": "档案管理员",
    "seal": "印章管理员",
    "designer": "流程设计师",
    "admin": "系统管理员",
    "client": "客户",
    "system": "系统",
}

LANE_ROLES: dict[str, str] = {name: key for key, name in ROLES.items()}

#: what a form's select of people is called → the roles whose people it offers; none means everybody of the firm
PEOPLE_CHOICES: dict[str, tuple[str, ...]] = {
    "lawyers": ("lawyer",),
    "partners": ("partner",),
    "directors": ("director",),
    "fee_earners": ("lawyer", "partner"),
    "deciders": ("partner", "director"),
    "compliance": ("compliance",),
    "finance": ("finance",),
    "archivists": ("archivist",),
    "sealers": ("seal",),
    "desk": ("desk",),
    "people": (),
}
