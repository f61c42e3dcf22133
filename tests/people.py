"""The cast of the tests: people of the firm with one role each, and somebody outside."""

from __future__ import annotations

from engine.context import Actor


def person(user_id: str, name: str, *roles: str) -> Actor:
    """A person of the firm."""
    return Actor(user_id, name, frozenset(roles))


DESK = person("desk", "前台小周", "desk")
LI = person("li", "李律师", "lawyer")
WANG = person("wang", "王律师", "lawyer")
CHEN = person("chen", "陈合伙人", "partner")
ZHAO = person("zhao", "赵合伙人", "partner")
COMPLIANCE = person("sun", "孙合规", "compliance")
ADMIN = person("admin", "管理员", "admin")
DESIGNER = person("designer", "流程设计师", "designer")
STRANGER = person("stranger", "外人")


def link(instance_id: str, element_id: str) -> Actor:
    """Somebody outside who holds a link to one task."""
    return Actor("link:1", "客户", frozenset({f"task:{instance_id}:{element_id}"}), "link")
