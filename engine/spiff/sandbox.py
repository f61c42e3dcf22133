"""Runs a small, closed subset of Python: the language of conditions, parameters and script tasks.

There are no imports, no attribute access beyond dictionary keys and a list of methods, no I/O, a budget of steps, and a
limit on the size of what is made. The interpreter walks the syntax tree itself; nothing reaches ``eval`` or ``exec``.
"""

from __future__ import annotations

import ast
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from engine.errors import ScriptFailed
from engine.spiff.functions import CHANGING, FUNCTIONS, SIZE, Refused, call_method, check_number, format_value, weigh

STEPS = 100_000
SECONDS = 5.0
SOURCE = 20_000
ALLOWANCE = 1_000_000  # the weight of everything one run may make

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


@lru_cache(maxsize=4096)
def parse(source: str, mode: str) -> ast.AST:
    """The syntax tree of an expression (``eval``) or script (``exec``). Raises ``Refused`` with the reason."""
    if len(source) > SOURCE:
        raise Refused("the text is too long")
    try:
        return ast.parse(source.strip() if mode == "eval" else source, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused(f"it cannot be read ({error})") from None


Made = TypeVar("Made")


class Interpreter:
    """One evaluation: the names it may read and write, the functions it may call, and its budget."""

    def __init__(self, names: MutableMapping[str, Any], functions: Mapping[str, Callable[..., Any]], *, changing: bool) -> None:
        self.names = names
        self.functions = functions
        self.changing = changing
        self.steps = STEPS
        self.allowance = ALLOWANCE
        self.deadline = time.monotonic() + SECONDS

    def run(self, tree: ast.AST) -> Any:
        """Evaluate an expression tree, or execute a script tree."""
        if isinstance(tree, ast.Expression):
            return self.eval(tree.body)
        assert isinstance(tree, ast.Module)
        for statement in tree.body:
            self.execute(statement)
        return None

    def spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0 or time.monotonic() > self.deadline:
            raise Refused("it takes too many steps")

    def charge(self, *values: Any) -> None:
        """Spend steps for work that Python does on whole texts and collections at once."""
        for value in values:
            if isinstance(value, str | list | dict | tuple | set):
                self.spend(len(value) // 100)

    def made(self, value: Made) -> Made:
        """A value that was just made: neither it nor everything made before it may grow too large."""
        if isinstance(value, str | list | dict | tuple | set):
            self.allowance -= weigh(value)
            if self.allowance < 0:
                raise Refused("it makes too many values")
        check_number(value)
        return value

    def changed(self, holder: Any) -> None:
        """Look again at a list or dictionary that a script changed: it may neither grow too large nor hold itself."""
        self.spend(weigh(holder) // 100)

    # -- statements ---------------------------------------------------------------------------------------------------
    def execute(self, node: ast.stmt) -> None:
        self.spend()
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is None:
            raise Refused(f"{type(node).__name__} is not part of the script language")
        method(node)

    def do_Expr(self, node: ast.Expr) -> None:  # noqa: N802 - named after the node it runs, as below
        self.eval(node.value)

    def do_Pass(self, node: ast.Pass) -> None:  # noqa: N802
        pass

    def do_Assign(self, node: ast.Assign) -> None:  # noqa: N802
        value = self.eval(node.value)
        for target in node.targets:
            self.assign(target, value)

    def do_AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        read = ast.Name(node.target.id, ast.Load()) if isinstance(node.target, ast.Name) else node.target
        self.assign(node.target, self.binary(node.op, self.eval(read), self.eval(node.value)))

    def do_If(self, node: ast.If) -> None:  # noqa: N802
        for statement in node.body if self.eval(node.test) else node.orelse:
            self.execute(statement)

    def do_For(self, node: ast.For) -> None:  # noqa: N802
        for item in self.iterate(node.iter):
            self.assign(node.target, item)
            for statement in node.body:
                self.execute(statement)

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if target.id.startswith("_") or target.id in self.functions:
                raise Refused(f"the name {target.id} cannot be given a value")
            self.names[target.id] = value
        elif isinstance(target, ast.Subscript):
            holder, place = self.eval(target.value), self.eval(target.slice)
            if not isinstance(holder, dict | list) or isinstance(place, slice):
                raise Refused("only entries of lists and dictionaries can be given a value")
            holder[place] = value
            self.changed(holder)
        elif isinstance(target, ast.Tuple | ast.List):
            values = list(value)
            if len(values) != len(target.elts):
                raise Refused("the numbers of names and values differ")
            for part, item in zip(target.elts, values, strict=True):
                self.assign(part, item)
        else:
            raise Refused("only names and entries can be given a value")

    # -- expressions --------------------------------------------------------------------------------------------------
    def eval(self, node: ast.expr) -> Any:
        self.spend()
        method = getattr(self, f"on_{type(node).__name__}", None)
        if method is None:
            raise Refused(f"{type(node).__name__} is not part of the expression language")
        return method(node)

    def on_Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        if isinstance(node.value, bytes | complex) or node.value is Ellipsis:
            raise Refused("this kind of value is not known here")
        check_number(node.value)
        return node.value

    def on_Name(self, node: ast.Name) -> Any:  # noqa: N802
        if node.id in self.names:
            return self.names[node.id]
        if node.id in self.functions:
            raise Refused(f"{node.id} is a function, which is no value")
        raise Refused(f"there is no variable {node.id}")

    def on_BoolOp(self, node: ast.BoolOp) -> Any:  # noqa: N802
        value: Any = None
        for part in node.values:
            value = self.eval(part)
            if bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def on_UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: N802
        value = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.USub):
            return -value
        if isinstance(node.op, ast.UAdd):
            return +value
        raise Refused("this operator is not known here")

    def on_BinOp(self, node: ast.BinOp) -> Any:  # noqa: N802
        return self.binary(node.op, self.eval(node.left), self.eval(node.right))

    def binary(self, op: ast.operator, left: Any, right: Any) -> Any:
        function = BINARY.get(type(op))
        if function is None:
            raise Refused("this operator is not known here")
        if isinstance(op, ast.Mod) and isinstance(left, str):
            raise Refused("use an f-string to put values into text")
        if isinstance(op, ast.Mult):
            for sequence, times in ((left, right), (right, left)):
                if isinstance(sequence, str | list | tuple) and isinstance(times, int) and len(sequence) * times > SIZE:
                    raise Refused("the value is too large")
        self.charge(left, right)
        return self.made(function(left, right))

    def on_Compare(self, node: ast.Compare) -> bool:  # noqa: N802
        left = self.eval(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.eval(part)
            self.charge(left, right)
            if not COMPARE[type(op)](left, right):
                return False
            left = right
        return True

    def on_IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        return self.eval(node.body if self.eval(node.test) else node.orelse)

    def on_List(self, node: ast.List) -> list[Any]:  # noqa: N802
        return self.made([self.eval(item) for item in node.elts])

    def on_Tuple(self, node: ast.Tuple) -> tuple[Any, ...]:  # noqa: N802
        return self.made(tuple(self.eval(item) for item in node.elts))

    def on_Set(self, node: ast.Set) -> set[Any]:  # noqa: N802
        return self.made({self.eval(item) for item in node.elts})

    def on_Dict(self, node: ast.Dict) -> dict[Any, Any]:  # noqa: N802
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                made.update(self.eval(value))
            else:
                made[self.eval(key)] = self.eval(value)
        return self.made(made)

    def on_Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        value = self.eval(node.value)
        if isinstance(value, dict) and node.attr in value:
            return value[node.attr]
        raise Refused(f"{node.attr} cannot be read here")

    def on_Subscript(self, node: ast.Subscript) -> Any:  # noqa: N802
        value = self.eval(node.value)
        if not isinstance(value, str | list | tuple | dict):
            raise Refused("only texts, lists and dictionaries have entries")
        place = self.eval(node.slice)
        return self.made(value[place]) if isinstance(place, slice) else value[place]

    def on_Slice(self, node: ast.Slice) -> slice:  # noqa: N802
        return slice(*(None if part is None else self.eval(part) for part in (node.lower, node.upper, node.step)))

    def on_JoinedStr(self, node: ast.JoinedStr) -> str:  # noqa: N802
        return self.made("".join([self.made(str(self.eval(part))) for part in node.values]))

    def on_FormattedValue(self, node: ast.FormattedValue) -> str:  # noqa: N802
        if node.conversion != -1:
            raise Refused("conversions are not known here")
        return format_value(self.eval(node.value), "" if node.format_spec is None else str(self.eval(node.format_spec)))

    def on_ListComp(self, node: ast.ListComp) -> list[Any]:  # noqa: N802
        return self.made([self.eval(node.elt) for _ in self.comprehend(node.generators)])

    def on_GeneratorExp(self, node: ast.GeneratorExp) -> list[Any]:  # noqa: N802
        return self.made([self.eval(node.elt) for _ in self.comprehend(node.generators)])

    def on_SetComp(self, node: ast.SetComp) -> set[Any]:  # noqa: N802
        return self.made({self.eval(node.elt) for _ in self.comprehend(node.generators)})

    def on_DictComp(self, node: ast.DictComp) -> dict[Any, Any]:  # noqa: N802
        return self.made({self.eval(node.key): self.eval(node.value) for _ in self.comprehend(node.generators)})

    def comprehend(self, generators: list[ast.comprehension]) -> Iterator[None]:
        with self.scope():
            yield from self.nest(generators)

    def nest(self, generators: list[ast.comprehension]) -> Iterator[None]:
        if not generators:
            yield
            return
        first, rest = generators[0], generators[1:]
        for item in self.iterate(first.iter):
            self.assign(first.target, item)
            if all(self.eval(test) for test in first.ifs):
                yield from self.nest(rest)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Names given inside a comprehension are gone after it."""
        outer = self.names
        self.names = dict(outer)
        try:
            yield
        finally:
            self.names = outer

    def iterate(self, node: ast.expr) -> Iterator[Any]:
        value = self.eval(node)
        if not isinstance(value, Iterable):
            raise Refused("this cannot be gone through")
        for item in list(value):
            self.spend()
            yield item

    def keyword(self, keyword: ast.keyword) -> Any:
        """The value of a keyword; only ``key`` may name a function, as in ``max(texts, key=len)``."""
        name = keyword.value.id if isinstance(keyword.value, ast.Name) else ""
        if keyword.arg == "key" and name in FUNCTIONS:
            return FUNCTIONS[name]
        return self.eval(keyword.value)

    def on_Call(self, node: ast.Call) -> Any:  # noqa: N802
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(k.arg is None for k in node.keywords):
            raise Refused("stars are not known here")
        arguments = [self.eval(argument) for argument in node.args]
        keywords = {str(k.arg): self.keyword(k) for k in node.keywords}
        self.charge(*arguments)
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            return self.made(self.functions[node.func.id](*arguments, **keywords))
        if isinstance(node.func, ast.Attribute):
            target = self.eval(node.func.value)
            self.charge(target)
            found = call_method(target, node.func.attr, arguments, keywords, changing=self.changing)
            if node.func.attr in CHANGING:
                self.changed(target)
            return self.made(found)
        raise Refused("only the known functions and methods can be called")


def run(source: str, mode: str, names: MutableMapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """Evaluate an expression (``eval``) or execute a script (``exec``) over the names. Raises ``ScriptFailed``."""
    try:
        return Interpreter(names, {**FUNCTIONS, **functions}, changing=mode == "exec").run(parse(source, mode))
    except Refused as error:
        raise ScriptFailed(expression=source[:200], reason=str(error)) from None
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        raise ScriptFailed(expression=source[:200], reason=f"{type(error).__name__}: {error}") from None
