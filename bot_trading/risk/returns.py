"""From closing prices of symbols to returns that are aligned in time and speak of one horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.returns import ReturnHistory

__all__ = ["PERIODS_S", "BookSpec", "best_history", "history_from"]

# Candles that every exchange has, the longest first.
PERIODS_S = (3600, 900, 300, 60)
_GRID = Decimal("1e-8")
Closes = Mapping[int, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSpec:
    """How the book is measured: what it loses within `horizon_s` with `confidence_ratio`, by the
    last `returns_max` returns of each symbol and no fewer than `returns_min`.

    Symbols whose correlation, shrunk, is at least `correlation_min_ratio` in size move together;
    that is estimated again after `correlation_every_s` of the market's clock.
    """

    confidence_ratio: Decimal = Decimal("0.99")
    horizon_s: int = 3600
    returns_max: int = 500
    returns_min: int = 100
    correlation_min_ratio: Decimal = Decimal("0.6")
    correlation_every_s: int = 86_400

    @property
    def periods_s(self) -> tuple[int, ...]:
        """The lengths of candles that may be asked for, the longest first."""
        return tuple(each for each in PERIODS_S if each <= self.horizon_s)


def history_from(closes: Mapping[str, Closes], period_s: int, spec: BookSpec) -> ReturnHistory:
    """Returns of the symbols that have enough of them in common; the others are named as missing.

    `closes` hold, by symbol, the price at which each candle of `period_s` closed, by the instant.
    A return counts where every symbol has both of its ends. Symbols with the longest past are
    taken first, and one that would leave fewer than `returns_min` to all of them is left out.
    """
    step_us, moments, chosen = period_s * 1_000_000, set[int](), list[str]()
    missing: dict[str, str] = {}
    for symbol in sorted(closes, key=lambda each: (-len(closes[each]), each)):
        own = {ts_us for ts_us in closes[symbol] if ts_us - step_us in closes[symbol]}
        shared = own & moments if chosen else own
        if len(shared) < spec.returns_min:
            missing[symbol] = f"{len(shared)} returns of {period_s} s, needed {spec.returns_min}"
            continue
        moments = shared
        chosen.append(symbol)
    kept = sorted(moments)[-spec.returns_max :]
    scale = (Decimal(spec.horizon_s) / period_s).sqrt()
    return ReturnHistory(
        period_s=period_s,
        horizon_s=spec.horizon_s,
        until_us=kept[-1] if kept else 0,
        returns={
            symbol: tuple(
                ((closes[symbol][ts_us] / closes[symbol][ts_us - step_us] - 1) * scale).quantize(
                    _GRID
                )
                for ts_us in kept
            )
            for symbol in sorted(chosen)
        },
        missing=missing,
    )


def best_history(histories: tuple[ReturnHistory, ...]) -> ReturnHistory:
    """The one that measures most symbols; of several the one of the longest period."""
    return max(histories, key=lambda each: (len(each.returns), each.period_s))
