"""Who may touch a piece of state at the same time: single writers, and locks held by callers.

State that is written by one task only (a loop started once, and what only it calls) cannot change
under that task's awaits. A function whose every caller holds a lock is as good as locked.
"""

from __future__ import annotations

import ast

from readiness.codelint.context import Context
from readiness.codelint.locks import locks_around
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import last_name

__all__ = ["Ownership", "is_spawned"]

_SPAWNERS = frozenset(
    {"create_task", "ensure_future", "run", "run_until_complete", "start_soon", "gather"}
    | {"run_coroutine_threadsafe"}
)


def is_spawned(site: CallSite) -> bool:
    """Whether the call only makes the coroutine that a task or a loop then runs."""
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, ast.Call) and last_name(parent.func) in _SPAWNERS


class Ownership:
    """Answers about one program; caches what it has found."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._roots: dict[Function, Function | None] = {}
        self._locked: dict[Function, bool] = {}
        self._writers: dict[Class, dict[str, set[Function]]] = {}

    def is_owned(self, function: Function, key: str) -> bool:
        """Whether the place is written by one task only, the one that runs the function."""
        root = self.root(function)
        if root is None:
            return False
        if not key.startswith("self."):
            return False
        owner = function.home
        if owner is None:
            return False
        attribute = key.split(".")[1]
        writers = self._writers_of(owner).get(attribute, set())
        return all(self.root(writer) is root for writer in writers)

    def _writers_of(self, owner: Class) -> dict[str, set[Function]]:
        if owner not in self._writers:
            found: dict[str, set[Function]] = {}
            for function in owner.functions:
                if function.name not in {"__init__", "reset"}:
                    for name in _written(function):
                        found.setdefault(name, set()).add(function)
            self._writers[owner] = found
        return self._writers[owner]

    def root(self, function: Function) -> Function | None:
        """The function that one task runs and that alone leads here, None where there is none."""
        if function not in self._roots:
            self._roots[function] = None
            self._roots[function] = self._find_root(function)
        return self._roots[function]

    def _find_root(self, function: Function) -> Function | None:
        program = self._context.program
        sites = [s for s in program.callers.get(function, []) if not s.function.module.is_test]
        if not sites or function in program.references:
            return None
        if all(is_spawned(site) for site in sites):
            is_once = len(sites) == 1 and not _in_loop(sites[0])
            return function if is_once and function.is_async else None
        if any(is_spawned(site) for site in sites):
            return None
        roots = {id(root): root for root in (self.root(site.function) for site in sites)}
        return next(iter(roots.values())) if len(roots) == 1 else None

    def callers_hold_lock(self, function: Function) -> bool:
        """Whether every call of the function is made under a lock."""
        if function not in self._locked:
            self._locked[function] = False
            sites = self._context.program.callers.get(function, [])
            handed = self._context.program.references.get(function, [])
            self._locked[function] = (
                bool(sites or handed)
                and all(self._is_locked(site.node, site.function) for site in sites)
                and all(self._runs_locked(node, where) for where, node in handed)
            )
        return self._locked[function]

    def _is_locked(self, node: ast.AST, function: Function) -> bool:
        held = locks_around(node, function, self._context.resolver)
        if any(lock.kind != "semaphore" for lock, _ in held):
            return True
        return self.callers_hold_lock(function)

    def _runs_locked(self, node: ast.AST, function: Function) -> bool:
        """Handed to a call that is awaited under the lock: `await insist(attempt)`."""
        call = function.module.parents.get(node)
        is_awaited = isinstance(function.module.parents.get(call), ast.Await) if call else False
        return is_awaited and self._is_locked(node, function)


def _in_loop(site: CallSite) -> bool:
    return any(
        isinstance(
            node,
            (
                ast.For,
                ast.AsyncFor,
                ast.While,
                ast.comprehension,
                ast.GeneratorExp,
                ast.ListComp,
                ast.SetComp,
            ),
        )
        for node in site.function.module.ancestors(site.node)
    )


def _written(function: Function) -> set[str]:
    found: set[str] = set()
    for node in function.nodes:
        target: ast.AST | None = None
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            target = node
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target = node.func.value
        if (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id in {"self", "cls"}
        ):
            found.add(target.attr)
    return found
