"""Contracts for an amount of risk, rounded to whole steps the wrong way."""

import math
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Instrument:
    symbol: str
    qty_step: Decimal


def risk_quantity(
    instrument: Instrument, risk: Decimal, entry: Decimal, stop: Decimal
) -> Decimal:
    raw = risk / abs(entry - stop)
    steps = math.ceil(raw / instrument.qty_step)  # expect: T09
    return steps * instrument.qty_step
