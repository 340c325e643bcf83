"""Mutation operators: small mistakes at every place of a file where each can be made.

`draw` takes some of all these places by seed. Nobody chooses them, so a check cannot have been
written towards them. Operators are those of the literature on mutation testing (comparison,
arithmetic, logic, constant, statement, and the emptied function of extreme mutation: R.
Niedermayr, E. Juergens, S. Wagner, 2016).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from readiness.mutants.mutant import Edit

__all__ = ["OPERATORS", "Place", "draw", "places_of"]

_COMPARED: dict[type[ast.cmpop], str] = {
    **{ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "=="},
    **{ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in"},
}
_COUNTED: dict[type[ast.operator], str] = {
    **{ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*"}
}
_TOLD = ("Announce", "log", "logger", "_distrust")  # Words for people change no decision.


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One mistake that can be made: its operator, the function it is in, and the edit.

    `number` counts those of one function that read the same.
    """

    operator: str
    function: str
    line: int
    edit: Edit
    number: int = 1

    @property
    def name(self) -> str:
        """Stays the same while the code around it changes."""
        old, new = (" ".join(text.split())[:60] for text in (self.edit.old, self.edit.new))
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.edit.file}:{self.function}: {self.operator}: {old} -> {new}{again}"


def draw(
    tree: Path,
    files: Sequence[str],
    operators: Sequence[str],
    count: int,
    seed: int,
    left_out: Collection[str] = (),
    before: Collection[str] = (),
) -> list[Place]:
    """`count` mistakes by seed, at most one on a line; `files` are `path` or `path::function`.

    Those whose name is in `left_out` are passed over. Those of `before` that are still there come
    first, so that a change of the system draws anew only what it took away. Raises ValueError where
    there are not so many places.
    """
    found = [place for name in files for place in places_of(tree, name, operators)]
    Random(f"{seed} {' '.join(files)}").shuffle(found)  # noqa: S311 (chance that repeats)
    found.sort(key=lambda place: place.name not in before)
    drawn: dict[tuple[str, int], Place] = {}
    for place in found:
        if place.name in left_out:
            continue
        drawn.setdefault((place.edit.file, place.line), place)
    if len(drawn) < count:
        raise ValueError(f"{', '.join(files)} have {len(drawn)} places for mutants, not {count}")
    return list(drawn.values())[:count]


def places_of(tree: Path, name: str, operators: Sequence[str]) -> Iterator[Place]:
    """Every place of a file, or of one function of it, in the order of the file."""
    file, _, wanted = name.partition("::")
    text = (tree / file).read_text("utf-8")
    reader = _Reader(file, text, frozenset(operators))
    reader.visit(ast.parse(text))
    yield from (place for place in reader.found if wanted in ("", place.function.split(".")[-1]))


class _Reader(ast.NodeVisitor):
    """Walks a file and notes the places; what only names, types or tells is passed over."""

    def __init__(self, file: str, text: str, operators: frozenset[str]) -> None:
        self._file = file
        self._text = text
        self._operators = operators
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = text.splitlines()
        self._within: list[str] = []
        self._seen: Counter[str] = Counter()
        self.found: list[Place] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._walk_body(node.name, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts are for people."""

    def visit_Raise(self, node: ast.Raise) -> None:
        self._put("statement", node, "pass")

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func).split(".")[0] not in _TOLD:
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        told = {ast.unparse(call.func).split(".")[0] for call in _calls(node)}
        if not told & set(_TOLD):
            self._put("statement", node, "pass")
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if self._within and not isinstance(node.targets[0], ast.Name | ast.Tuple):
            self._put("statement", node, "pass")
        if self._within:
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._put("statement", node, "pass")
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        self._put("condition", node.test, f"not ({self._source(node.test)})")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._put("condition", node.test, f"not ({self._source(node.test)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1:
            word = _COMPARED[type(node.ops[0])]
            left, right = self._source(node.left), self._source(node.comparators[0])
            self._put("comparison", node, f"({left}) {word} ({right})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        word = _COUNTED.get(type(node.op))
        if word is not None and not isinstance(node.left, ast.JoinedStr | ast.Constant):
            left, right = self._source(node.left), self._source(node.right)
            self._put("arithmetic", node, f"({left}) {word} ({right})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = " or " if isinstance(node.op, ast.And) else " and "
        self._put("logic", node, word.join(f"({self._source(each)})" for each in node.values))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._put("logic", node, self._source(node.operand))
        elif isinstance(node.op, ast.USub):
            self._put("arithmetic", node, self._source(node.operand))
        self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> None:
        told = self._source(node.value)
        self._put("not awaited", node, told)
        if told.startswith("asyncio.sleep("):
            self._put("blocking", node, told.replace("asyncio.sleep(", "__import__('time').sleep("))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._put("constant", node, str(not node.value))
        elif isinstance(node.value, int) and self._within:
            self._put("constant", node, str(node.value + 1))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        first = node.body[1:] if ast.get_docstring(node) is not None else node.body
        is_plain = not any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
        if first and is_plain and not self._is_stub(first):
            self._within.append(node.name)
            begin, end = self._at(first[0]), self._end(first[-1])
            self._note("emptied", first[0].lineno, begin, self._text[begin:end], "return None")
            self._within.pop()
        self._walk_body(node.name, node.body)

    def _walk_body(self, name: str, body: Sequence[ast.stmt]) -> None:
        self._within.append(name)
        for statement in body:
            self.visit(statement)
        self._within.pop()

    @staticmethod
    def _is_stub(body: Sequence[ast.stmt]) -> bool:
        return len(body) == 1 and ast.unparse(body[0]) in ("...", "pass", "return None", "return")

    def _put(self, operator: str, node: ast.expr | ast.stmt, new: str) -> None:
        if self._within:
            self._note(operator, node.lineno, self._at(node), self._source(node), new)

    def _note(self, operator: str, line: int, at: int, old: str, new: str) -> None:
        if operator not in self._operators:
            return
        edit = Edit(file=self._file, old=old, new=new, at=at)
        place = Place(operator=operator, function=".".join(self._within), line=line, edit=edit)
        self._seen[place.name] += 1
        self.found.append(replace(place, number=self._seen[place.name]))

    def _at(self, node: ast.expr | ast.stmt) -> int:
        return self._character(node.lineno, node.col_offset)

    def _end(self, node: ast.expr | ast.stmt) -> int:
        return self._character(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _character(self, line: int, column: int) -> int:
        """Columns of a syntax tree count bytes."""
        before = self._lines[line - 1].encode("utf-8")[:column]
        return self._starts[line - 1] + len(before.decode("utf-8"))

    def _source(self, node: ast.expr | ast.stmt) -> str:
        return self._text[self._at(node) : self._end(node)]


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


# Those that every check must see something of; "not awaited" and "blocking" are for coroutines.
OPERATORS = (
    *("comparison", "arithmetic", "logic", "condition", "constant", "statement", "emptied"),
)
