"""What is put into an object from outside: `bot.db = Database()`, `app["db"] = Database()`.

The object's own type may be unknown; the name under which it is put there is enough when the whole
tree puts things of one class there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.codelint.program import Program
from readiness.codelint.refs import Ref, RefKind

if TYPE_CHECKING:
    from readiness.codelint.resolve import Resolver

__all__ = ["Placed"]

_PLACES_MAX = 8


class Placed:
    """Answers for one program, each name looked up once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[str, Ref | None] = {}

    def under(self, resolver: Resolver, name: str) -> Ref | None:
        """The one type that is stored as `.name` or as `[name]`, None where there is none."""
        if name not in self._known:
            self._known[name] = None  # While it is being found out.
            self._known[name] = self._find(resolver, name)
        return self._known[name]

    def _find(self, resolver: Resolver, name: str) -> Ref | None:
        places = [
            binding
            for module in self._program.modules.values()
            if not module.is_test
            for binding in module.placed.get(name, ())
        ]
        if not places or len(places) > _PLACES_MAX:
            return None
        refs = [resolver.expression(b.expression, b.scope) for b in places]
        found = [r for r in refs if r is not None and r.name != "builtins.None"]
        first = found[0] if found else None
        if first is None or first.kind is not RefKind.INSTANCE:
            return None
        return first if all(ref.name == first.name for ref in found) else None
