"""Which functions and outside calls give a coroutine object that somebody has to await.

An `async def` does, unless a decorator runs it; a plain function does when each of its returns
hands on a coroutine, or when its decorator puts an `async def` in its place.
"""

from __future__ import annotations

import ast

from readiness.codelint.knowledge.awaitables import is_awaitable_call
from readiness.codelint.program import CallSite, Function
from readiness.codelint.reaches import wrapper_of
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import dotted, last_name, snake

__all__ = ["CoroutineFunctions"]

_RUN_IT = frozenset(
    {"asynccontextmanager", "contextmanager", "fixture", "async_to_sync", "run_sync", "overload"}
    | {"property", "cached_property", "asyncSlot", "asyncio_run", "coroutine_to_sync"}
)
_MAKE_IT = frozenset({"sync_to_async", "run_in_threadpool", "to_async"})
_STARTS = ("asyncio.run", "run_until_complete", "anyio.run", "create_task", "ensure_future")


class CoroutineFunctions:
    """Answers for one program, each function judged once."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[Function, bool] = {}

    def gives(self, site: CallSite) -> bool:
        """Whether the call's result is a coroutine object."""
        if site.external:
            return is_awaitable_call(site.external)
        if site.constructs is not None or site.target is None or not self.is_one(site.target):
            return False
        return not site.is_guess or (site.function.is_async and _resembles(site))

    def is_one(self, function: Function) -> bool:
        """Whether calling the function gives a coroutine object."""
        if function not in self._known:
            self._known[function] = False  # A recursive function that is still being judged.
            self._known[function] = self._judge(function)
        return self._known[function]

    def _judge(self, function: Function) -> bool:
        is_made = False
        for decorator in function.decorators:
            name = last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in _RUN_IT or self._starts_loop(decorator, function):
                return False
            wrapper = wrapper_of(decorator, function, self._resolver)
            is_made |= name in _MAKE_IT
            is_made |= wrapper is not None and wrapper.is_async and not wrapper.is_generator
        if function.is_generator:
            return False
        return is_made or function.is_async or self._returns_coroutines(function)

    def _returns_coroutines(self, function: Function) -> bool:
        if isinstance(function.node, ast.Lambda):
            values: list[ast.expr | None] = [function.node.body]
        else:
            values = [n.value for n in function.nodes if isinstance(n, ast.Return)]
        sites = [function.by_call.get(v) for v in values if isinstance(v, ast.Call)]
        return (
            bool(values)
            and len(sites) == len(values)
            and all(site is not None and not site.is_guess and self.gives(site) for site in sites)
        )

    def _starts_loop(self, decorator: ast.expr, function: Function) -> bool:
        """A decorator of the tree that runs the coroutine, or makes a task of it."""
        spelled = decorator.func if isinstance(decorator, ast.Call) else decorator
        ref = self._resolver.expression(spelled, function.parent or function)
        maker = ref.function if ref is not None else None
        return maker is not None and any(
            isinstance(node, ast.Call) and dotted(node.func).endswith(_STARTS)
            for node in ast.walk(maker.node)
        )


def _resembles(site: CallSite) -> bool:
    """The receiver of unknown type is called like the only class that has the method."""
    owner = site.target.owner if site.target is not None else None
    words = set(snake(owner.name).split("_")) if owner is not None else set()
    return bool(words & set(snake(site.receiver.rpartition(".")[2]).split("_")))
