"""Does every live value survive its conversion? Counted in the source, before or after a move.

A value either arrives as it is, arrives rounded, or does not convert and goes to quarantine with
its row. What the types alone allow is not asked: only what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness.check import Evidence
from readiness.reconcile.databases import Database
from readiness.reconcile.mapping import Mapping
from readiness.reconcile.shape import Shape
from readiness.reconcile.sides import survival_of

__all__ = ["Survival", "evidence_of", "measure_survival"]

LOWEST_KEY, HIGHEST_KEY = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """One column's live values: how many there are, do not convert, or arrive rounded."""

    place: str
    from_type: str
    to_type: str
    values: int
    refused: int
    rounded: int


async def measure_survival(
    source: Database, mapping: Mapping, shape: Shape
) -> tuple[Survival, ...]:
    """Every column of every flow that is made of one value of the source."""
    found = []
    for flow in mapping.flows:
        names, statement = survival_of(flow, mapping, shape.text_lengths(flow))
        counts = (await source.rows(statement, LOWEST_KEY, HIGHEST_KEY, []))[0]
        for place, name in enumerate(names):
            column = flow.columns[name]
            values, refused, rounded = counts[3 * place : 3 * place + 3]
            found.append(
                Survival(
                    place=f"{flow.source}: {column.source} → {flow.into}.{name}",
                    from_type=mapping.type_of(flow, column.source),
                    to_type=shape.columns[flow.into][name],
                    values=values,
                    refused=refused,
                    rounded=rounded,
                )
            )
    return tuple(found)


def evidence_of(survival: Survival) -> Evidence:
    """One line: the two types, and what became of the live values between them."""
    return Evidence(
        what=survival.place,
        measured=f"{survival.values:,} live values: {survival.refused:,} do not convert,"
        f" {survival.rounded:,} arrive rounded",
        limit="those that do not convert go to quarantine",
        source=f"{survival.from_type} → {survival.to_type}, counted in the source",
    )
