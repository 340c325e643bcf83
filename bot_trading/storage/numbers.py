"""Decimals and legs out of rows: without the zeros that a column's scale adds."""

from __future__ import annotations

from decimal import Decimal

import asyncpg

from bot_trading.domain.instrument import LegId, PositionIdx

__all__ = ["leg_id_of", "maybe", "plain"]


def plain(value: Decimal) -> Decimal:
    """`value` without the zeros that a column's scale adds, and never in scientific notation."""
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def maybe(value: Decimal | None) -> Decimal | None:
    """A value that may be missing, plain."""
    return None if value is None else plain(value)


def leg_id_of(row: asyncpg.Record) -> LegId:
    """The leg that a row names."""
    return LegId(row["exchange"], row["symbol"], PositionIdx(row["position_idx"]))
