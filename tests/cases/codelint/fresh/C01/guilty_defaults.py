"""Defaults of the engine."""

from dataclasses import dataclass


@dataclass
class TradingSettings:
    category: str = "linear"
    hedge_mode: bool = False  # expect: C01
