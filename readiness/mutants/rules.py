"""The seeded defects of each check: those that were written, and those that a seed draws.

One file per check in `written/` says which source the check consists of, where its mutants are
drawn, which of those change nothing (each with its reason), and the written ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from readiness.check import Severity
from readiness.mutants.mutant import Edit, Mutant, Origin
from readiness.mutants.operators import OPERATORS, Place, draw

__all__ = [
    "FOLDER",
    "Rules",
    "RulesRefused",
    "drawn_of",
    "mutants_of",
    "read_rules",
]

FOLDER = Path(__file__).parent / "written"
Count = Annotated[int, msgspec.Meta(ge=0)]


class RulesRefused(Exception):
    """A file of defects cannot be used; the message names it and what was expected."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where mistakes are made by seed: `files` are `path` or `path::function`."""

    files: tuple[str, ...]
    count: Count
    operators: tuple[str, ...] = OPERATORS
    options: tuple[str, ...] = ()


class Equivalent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place whose mistake changes no behaviour, by its name, and why that is so."""

    name: str
    reason: Annotated[str, msgspec.Meta(min_length=20)]


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A defect that somebody thought of."""

    name: str
    file: str
    old: str
    new: str
    least: Severity | None = None
    options: tuple[str, ...] = ()


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of one check; `source` are the files and folders that the check consists of, and
    `settings` is the section of what the verification demands that it reads.
    """

    check: str
    least: Severity
    deadline_s: Count
    source: tuple[str, ...]
    settings: str = ""
    drawn: tuple[Drawn, ...] = ()
    equivalent: tuple[Equivalent, ...] = ()
    written: tuple[Written, ...] = ()
    options: tuple[str, ...] = ()


def read_rules(folder: Path = FOLDER) -> dict[str, Rules]:
    """The rules of every check, by its name; raises RulesRefused."""
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            rules = msgspec.yaml.decode(file.read_bytes(), type=Rules)
        except msgspec.DecodeError as error:
            raise RulesRefused(f"{file}: {error}; correct that key") from error
        found[rules.check] = rules
    return found


def mutants_of(
    rules: Rules, tree: Path, seed: int, before: Collection[str] = ()
) -> Iterator[Mutant]:
    """The mutants of a check that are changes of the tree; `before` names what was drawn."""
    for one in rules.written:
        yield Mutant(
            name=one.name,
            check=rules.check,
            least=one.least or rules.least,
            origin=Origin.WRITTEN,
            edits=(Edit(file=one.file, old=one.old, new=one.new),),
            options=one.options or rules.options,
        )
    for place, options in drawn_of(rules, tree, seed, before):
        yield Mutant(
            name=place.name,
            check=rules.check,
            least=rules.least,
            origin=Origin.DRAWN,
            edits=(place.edit,),
            options=options or rules.options,
        )


def drawn_of(
    rules: Rules, tree: Path, seed: int, before: Collection[str] = ()
) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """The drawn places, without those that are known to change nothing."""
    known = {each.name for each in rules.equivalent}
    for each in rules.drawn:
        places = draw(tree, each.files, each.operators, each.count, seed, known, before)
        yield from ((place, each.options) for place in places)
