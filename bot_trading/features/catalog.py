"""Every feature by name, in the order of the columns, and the hash by which models know them."""

from __future__ import annotations

import hashlib

from bot_trading.features.indicators import (
    aggregates,
    clock,
    cross,
    microstructure,
    oscillators,
    ranks,
    returns,
    shape,
    statistics,
    trend,
    volatility,
    volume,
)

__all__ = ["FEATURES", "KERNEL_VERSION", "SCHEMA_HASH", "feature_names", "markdown_table"]

# Raised by whoever changes what a kernel computes while its formula's words stay as they are.
KERNEL_VERSION = 1

FEATURES = (
    *returns.FEATURES,
    *trend.FEATURES,
    *oscillators.FEATURES,
    *volatility.FEATURES,
    *volume.FEATURES,
    *shape.FEATURES,
    *statistics.FEATURES,
    *microstructure.FEATURES,
    *ranks.FEATURES,
    *cross.FEATURES,
    *clock.FEATURES,
    *aggregates.FEATURES,
)


def feature_names() -> tuple[str, ...]:
    """Names in the order of the columns."""
    return tuple(feature.name for feature in FEATURES)


def _schema_hash() -> str:
    digest = hashlib.sha256(f"kernel {KERNEL_VERSION}\n".encode())
    for feature in FEATURES:
        digest.update(f"{feature.name}\t{feature.formula}\t{feature.lookback_rows}\n".encode())
    return digest.hexdigest()


SCHEMA_HASH = _schema_hash()


def markdown_table() -> str:
    """The catalogue as a Markdown table, one row per feature, in the order of the columns."""
    head = ("name", "formula", "source", "unit", "rows", "why")
    rows = [
        (f"`{f.name}`", f.formula, f.source, f.unit, str(f.lookback_rows), f.why) for f in FEATURES
    ]
    lines = [head, ("---",) * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )
