"""Each conversion as SQL: the value, what keeps it from being one, and the way back.

A conversion is written in steps, because a step that is named is computed once: `x` is v2's value,
`d` its exact decimal, `v` v3's value. `docs/migration.md` says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migration.mapping import (
    Boolean,
    Conversion,
    DecimalKind,
    Enum,
    Instant,
    Prefixed,
    Text,
    Uuid,
)
from migration.sql_text import constant, key_from_uuid, literal, uuid_from_key

__all__ = [
    "Names",
    "Setting",
    "back",
    "created_type",
    "decimal_of",
    "differs_back",
    "reasons",
    "rounded",
    "value",
]

KEY_MAX = 2**60 - 1  # What the UUIDs have room for.
INTEGERS = ("smallint", "integer", "bigint")
NOT_NUMBERS = "('NaN', 'Infinity', '-Infinity')"
# What a clock is set back by: an hour nearly everywhere, half an hour on Lord Howe Island.
CLOCK_CHANGES = ("1 hour", "-1 hour", "30 minutes", "-30 minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What conversions need to know beside their own parameters."""

    namespace: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the steps of one conversion are called; only a decimal has `d`."""

    x: str
    d: str
    v: str


def decimal_of(x: str, source_type: str) -> str:
    """`d`: the exact decimal of a number of v2, NULL for what is no number.

    A float is taken as its shortest text that reads back as the same float.
    """
    if source_type in INTEGERS:
        return f"{x}::numeric"
    if source_type.startswith("numeric("):
        return f"nullif({x}, 'NaN')"
    return f"CASE WHEN {x}::text NOT IN {NOT_NUMBERS} THEN {x}::text::numeric END"


def rounded(d: str, kind: DecimalKind) -> str:
    """`v` of a decimal: `d` at `scale` places, by the named rounding."""
    places = kind.scale
    if kind.rounding in ("half_up", "exact"):
        return f"round({d}, {places})"
    if kind.rounding == "down":
        return f"trunc({d}, {places})"
    kept = f"trunc({d}, {places})"
    tie = f"abs({d} - {kept}) = {literal(f'5e-{places + 1}')}::numeric"
    is_even = f"mod({kept} * 1e{places}, 2) = 0"
    return (
        f"CASE WHEN scale({d}) <= {places} THEN {d}"
        f" WHEN {tie} AND {is_even} THEN {kept} ELSE round({d}, {places}) END"
    )


def value(kind: Conversion, x: str, source_type: str, setting: Setting) -> str:
    """`v`: the value of v3; for a decimal `x` is `d`. Never raises, whatever v2 holds."""
    match kind:
        case DecimalKind():
            return rounded(x, kind)
        case Enum():
            whens = " ".join(
                f"WHEN {literal(spelling.strip().lower())} THEN {literal(word)}"
                for word, spellings in kind.words.items()
                for spelling in spellings
            )
            return f"CASE lower(btrim({x})) {whens} END"
        case Instant():
            if source_type == "timestamp with time zone":
                return x
            return f"{x} AT TIME ZONE {literal(setting.zone)}"
        case Boolean():
            true_is, false_is = (_words(words) for words in (kind.true_is, kind.false_is))
            return (
                f"CASE WHEN {x}::text IN ({true_is}) THEN true"
                f" WHEN {x}::text IN ({false_is}) THEN false END"
            )
        case Uuid():
            made = uuid_from_key(setting.namespace, kind.of, x)
            return f"CASE WHEN {x} BETWEEN 0 AND {KEY_MAX} THEN {made} END"
        case Prefixed():
            digits = f"lpad({x}::text, greatest({kind.digits}, length({x}::text)), '0')"
            return (
                f"CASE WHEN {x} BETWEEN 0 AND {KEY_MAX} THEN {literal(kind.prefix)} || {digits} END"
            )
        case _:
            return x


def reasons(
    kind: Conversion, names: Names, source_type: str, setting: Setting, length: int | None
) -> Iterator[tuple[str, str]]:
    """Pairs of a reason and the condition under which it holds; NULL of v2 gives none.

    `length` is the longest text that the target takes.
    """
    x, v = names.x, names.v
    match kind:
        case Text():
            yield "empty", f"btrim({x}) = ''"
            if kind.pattern is not None:
                yield "pattern", f"{x} !~ {literal(kind.pattern)}"
            if length is not None:
                yield "too_long", f"length({x}) > {length}"
        case Enum() | Boolean():
            yield "unknown_word", f"{x} IS NOT NULL AND {v} IS NULL"
        case Uuid() | Prefixed():
            yield "out_of_range", f"{x} NOT BETWEEN 0 AND {KEY_MAX}"
        case DecimalKind():
            yield from _decimal_reasons(kind, x, names.d, v)
        case Instant():
            yield "not_a_time", f"NOT isfinite({x})"
            if source_type != "timestamp with time zone" and setting.zone != "UTC":
                yield from _clock_reasons(x, v, literal(setting.zone))


def _decimal_reasons(kind: DecimalKind, x: str, d: str, v: str) -> Iterator[tuple[str, str]]:
    yield "not_a_number", f"{x} IS NOT NULL AND {d} IS NULL"
    yield "vanishes", f"{v} = 0 AND {d} <> 0"
    if kind.rounding == "exact":
        yield "changed", f"{v} <> {d}"
    elif kind.max_change is not None:
        yield "changed", f"abs({v} - {d}) > {kind.max_change:f}"
    yield "out_of_range", f"abs({v}) >= 1e{kind.precision - kind.scale}"
    if kind.sign != "any":
        yield "sign", f"{d} {'<=' if kind.sign == 'positive' else '<'} 0"
    if kind.at_most is not None:
        yield "too_large", f"{d} > {kind.at_most:f}"


def _clock_reasons(x: str, v: str, zone: str) -> Iterator[tuple[str, str]]:
    """A clock that was set forward never showed some times, one set back showed some twice."""
    yield "no_such_time", f"isfinite({x}) AND {v} AT TIME ZONE {zone} <> {x}"
    twice = " OR ".join(
        f"({v} + interval '{change}') AT TIME ZONE {zone} = {x}" for change in CLOCK_CHANGES
    )
    yield "two_such_times", f"isfinite({x}) AND ({twice})"


def back(kind: Conversion, v: str, source_type: str, setting: Setting) -> str:
    """v2's value of a value of v3, as v2 itself would have written it."""
    match kind:
        case Enum():
            whens = " ".join(
                f"WHEN {literal(word)} THEN {literal(spellings[0])}"
                for word, spellings in kind.words.items()
            )
            return f"CASE {v}::text {whens} END::{source_type}"
        case Instant():
            if source_type == "timestamp with time zone":
                return v
            return f"{v} AT TIME ZONE {literal(setting.zone)}"
        case Boolean():
            yes, no = (constant(words[0]) for words in (kind.true_is, kind.false_is))
            return f"(CASE WHEN {v} THEN {yes} WHEN NOT {v} THEN {no} END)::{source_type}"
        case Uuid():
            return f"{key_from_uuid(v)}::{source_type}"
        case Prefixed():
            return f"substr({v}, {len(kind.prefix) + 1})::{source_type}"
        case _:
            return f"{v}::{source_type}"


def differs_back(kind: Conversion, names: Names, source_type: str, setting: Setting) -> str:
    """The condition under which the way back would not give `x`; empty when it always does.

    A float comes back from its own shortest decimal, unless rounding has moved that, or it is minus
    zero; everything else is compared as text.
    """
    if isinstance(kind, DecimalKind):
        if source_type in ("double precision", "real"):
            return f"{names.v} <> {names.d} OR {names.d} = 0 AND {names.x}::text <> '0'"
        has_scale = source_type.startswith("numeric(") or source_type in INTEGERS
        if kind.rounding == "exact" and has_scale:
            return ""
    elif not isinstance(kind, Enum | Boolean):
        return ""
    return f"{back(kind, names.v, source_type, setting)}::text <> {names.x}::text"


def created_type(kind: Conversion) -> str:
    """The column type in a table that the migration creates itself."""
    match kind:
        case DecimalKind():
            return f"numeric({kind.precision},{kind.scale})"
        case Instant():
            return "timestamp with time zone"
        case Boolean():
            return "boolean"
        case Uuid():
            return "uuid"
        case Text() | Enum() | Prefixed():
            return "text"
        case _:
            return "bigint"


def _words(words: list[int | bool | str]) -> str:
    return ", ".join(literal(_as_text(word)) for word in words)


def _as_text(word: int | bool | str) -> str:
    """A word as PostgreSQL prints it."""
    return str(word).lower() if isinstance(word, bool) else str(word)
