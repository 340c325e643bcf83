"""References: what an expression of the analysed tree stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from readiness.codelint.program import Class, Function, Module

__all__ = ["Ref", "RefKind"]


class RefKind(Enum):
    """What a reference is; OUTSIDE is code beyond the tree, spelled by its dotted origin."""

    MODULE = auto()
    CLASS = auto()
    INSTANCE = auto()
    FUNCTION = auto()
    OUTSIDE = auto()
    OUTSIDE_INSTANCE = auto()


@dataclass(frozen=True, slots=True)
class Ref:
    """What an expression refers to; `element` is the type of a container's values, `parts` are
    those of a tuple that is annotated with each."""

    kind: RefKind
    name: str
    module: Module | None = None
    found: Class | None = None
    function: Function | None = None
    element: Ref | None = None
    parts: tuple[Ref | None, ...] = ()

    @classmethod
    def instance(cls, found: Class) -> Ref:
        """An object of a class of the tree."""
        return cls(RefKind.INSTANCE, found.qualname, found=found)

    @property
    def outside(self) -> str:
        """The dotted origin where this is code beyond the tree, else ""."""
        return self.name if self.kind in {RefKind.OUTSIDE, RefKind.OUTSIDE_INSTANCE} else ""
