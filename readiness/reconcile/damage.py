"""What has become of a row that did not arrive as it was: each difference gets its name.

Pure functions over the texts of both sides, as PostgreSQL prints them. A name is a hint at the
cause, worst first; what fits no name is `value-changed`, and nothing that differs is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from readiness.reconcile.sides import Compared

__all__ = ["damages", "name_of_damage"]

BY_ORIGIN = {"enum": "word-wrong", "constant": "value-changed", "uuid": "reference-wrong"}
Texts = Sequence[str | None]

NOISE_RATIO = Decimal("1e-9")  # A float keeps 15 to 17 digits; sums of floats lose a few more.
QUARTER = timedelta(minutes=15)  # Every zone's offset is a multiple of it.
WIDEST = timedelta(hours=26)


def damages(
    compared: Sequence[Compared], before: Texts, after: Texts
) -> Iterator[tuple[str, Compared, str | None, str | None]]:
    """Every column that differs: the damage's name, the column, and both texts."""
    unequal = [place for place, text in enumerate(before) if after[place] != text]
    for place in unequal:
        twin = next((it for it in unequal if _swapped(before, after, place, it)), None)
        column = compared[place]
        name = (
            "columns-swapped"
            if twin is not None
            else name_of_damage(column, before[place], after[place])
        )
        yield name, column, before[place], after[place]


def name_of_damage(column: Compared, before: str | None, after: str | None) -> str:
    """What happened to one value on its way, by the column's type."""
    if after is None:
        return "value-lost"
    if before is None:
        return "value-invented"
    if column.made_by in BY_ORIGIN:
        return BY_ORIGIN[column.made_by]
    match column.kind:
        case "numeric":
            return _number(before, after)
        case "timestamptz":
            return _time(before, after)
        case "text":
            return _text(before, after)
        case _:
            return "value-changed"


def _swapped(before: Texts, after: Texts, one: int, other: int) -> bool:
    return one != other and before[one] == after[other] and before[other] == after[one]


def _number(before: str, after: str) -> str:
    try:
        was, now = Decimal(before), Decimal(after)
    except InvalidOperation:
        return "value-changed"
    if not (was.is_finite() and now.is_finite()):
        return "value-changed"
    if was == -now:
        return "sign-flipped"
    if _places(after) < _places(before) and abs(was - now) < Decimal(1).scaleb(-_places(after)):
        return "number-rounded"
    if abs(was - now) <= abs(was) * NOISE_RATIO:
        return "float-noise"
    return "value-changed"


def _places(text: str) -> int:
    """Decimal places of a number without trailing zeros, as PostgreSQL prints it."""
    return len(text.partition(".")[2])


def _time(before: str, after: str) -> str:
    try:
        apart = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    except ValueError:
        return "value-changed"
    if not apart % QUARTER and abs(apart) <= WIDEST:
        return "time-shifted"
    if abs(apart) < timedelta(seconds=1):
        return "time-rounded"
    return "value-changed"


def _text(before: str, after: str) -> str:
    if before.startswith(after):
        return "text-truncated"
    if before.strip().lower() == after.strip().lower():
        return "text-reshaped"
    return "value-changed"
