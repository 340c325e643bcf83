"""What a data-flow over one function knows: reads of shared state, and whether they are stale."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from readiness.codelint.trace import Event

__all__ = ["Fact", "Mark", "State", "forget", "merge"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A read of shared state that something later depends on.

    `name` is the local that holds it, "" for a condition; `branches` is 1, 2, or 3 when the paths
    have met again and nothing depends on the condition any more.
    """

    key: str
    element: str
    name: str
    origin: ast.AST
    is_member: bool
    is_derived: bool


@dataclass(frozen=True, slots=True)
class Mark:
    branches: int
    is_stale: bool
    locks: frozenset[int]


State = dict[Fact, Mark]


def forget(state: State, event: Event) -> None:
    """Drop what was known of the place; writing one element leaves the others known."""
    for fact in [f for f in state if f.key == event.key]:
        if not event.element or not fact.element or event.element == fact.element:
            del state[fact]


def merge(states: dict[int, State], target: int, incoming: State) -> bool:
    """Join what arrives over an edge into what is known at its end; True where that grew."""
    known = states.get(target)
    if known is None:
        states[target] = dict(incoming)
        return True
    changed = False
    for fact, mark in incoming.items():
        old = known.get(fact)
        if old is None:
            known[fact] = mark
            changed = True
            continue
        merged = Mark(
            old.branches | mark.branches,
            old.is_stale or mark.is_stale,
            old.locks & mark.locks,
        )
        if merged != old:
            known[fact] = merged
            changed = True
    return changed
