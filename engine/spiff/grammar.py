"""What is wrong with an expression, script or timer, as far as it shows before it runs."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime

from engine.spiff import timers
from engine.spiff.functions import FUNCTIONS, METHODS, Refused
from engine.spiff.sandbox import BINARY, Interpreter, parse

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
KNOWN = frozenset({*FUNCTIONS, "get", "now", "today", "working_days"})
KNOWN_METHODS = frozenset().union(*METHODS.values())
JAVASCRIPT = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
LIKE_A_TIMER = re.compile(r"[PR]\d|PT|\d+\s*\w*$|\d{4}-", re.IGNORECASE)
SMALL = ast.expr_context | ast.operator | ast.unaryop | ast.boolop | ast.cmpop | ast.comprehension | ast.keyword | ast.mod


def faults(source: str, mode: str) -> list[str]:
    """Why an expression (``eval``) or script (``exec``) would be refused when it runs; none when nothing shows."""
    try:
        tree = parse.__wrapped__(source, mode)  # not kept: it may be a stranger's
    except Refused as refused:
        return [str(refused)]
    if mode == "exec" and not getattr(tree, "body", None):
        return ["it is empty"]
    found = {fault: None for node in ast.walk(tree) if (fault := fault_of(node))}
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in JAVASCRIPT and node.id not in made:
            found[f"{node.id} is written {JAVASCRIPT[node.id]} here"] = None
    return list(found)


def fault_of(node: ast.AST) -> str | None:
    """Why one part of a syntax tree would be refused."""
    kind = type(node).__name__
    if isinstance(node, SMALL):
        return None
    if not hasattr(Interpreter, f"on_{kind}") and not hasattr(Interpreter, f"do_{kind}"):
        return f"{kind} is not part of the language"
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) not in BINARY:
        return "this operator is not known here"
    if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
        return f"{node.attr} cannot be read here"
    if isinstance(node, ast.Call):
        return fault_of_call(node)
    return None


def fault_of_call(node: ast.Call) -> str | None:
    """Why a call would be refused."""
    if isinstance(node.func, ast.Name):
        return None if node.func.id in KNOWN else f"there is no function {node.func.id}"
    if isinstance(node.func, ast.Attribute):
        return None if node.func.attr in KNOWN_METHODS else f"{node.func.attr} is not a known method"
    return "only the known functions and methods can be called"


def timer_faults(text: str, *, cycle: bool = False, due: bool = False) -> list[str]:
    """Why a timer's text, or a task's due date, would be refused."""
    text = text.strip()
    literal = text.strip("\"' ") if due else text
    if not timers.LITERAL.fullmatch(literal):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return ["this is no timer"] if LIKE_A_TIMER.match(text) else faults(text, "eval")
        if not isinstance(value, str):
            return ["a timer is text, such as 3 WD, P2D or 2026-09-18"]
        literal = value
    try:
        timers.after(literal, MOMENT) if due else timers.plan(literal, MOMENT, cycle=cycle)
    except (ValueError, OverflowError) as error:
        return [f"this is no timer ({error})"]
    return []
