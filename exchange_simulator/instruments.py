"""What trades: steps, limits and risk tiers of each linear perpetual."""

from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from exchange_simulator.errors import BadInput

__all__ = ["Instrument", "RiskTier", "floor_to", "instrument_of"]

# Tick size, quantity step, maximum leverage and first risk limit (USDT), as exchanges list them.
_KNOWN: dict[str, tuple[str, str, int, int]] = {
    "BTC": ("0.10", "0.001", 100, 2_000_000),
    "ETH": ("0.01", "0.01", 100, 1_000_000),
    "SOL": ("0.01", "0.1", 75, 500_000),
    "BNB": ("0.10", "0.01", 50, 400_000),
    "XRP": ("0.0001", "0.1", 75, 500_000),
    "ADA": ("0.0001", "1", 50, 200_000),
    "AVAX": ("0.001", "0.1", 50, 200_000),
    "AAVE": ("0.01", "0.01", 50, 200_000),
    "APE": ("0.0001", "0.1", 25, 50_000),
    "DOGE": ("0.00001", "1", 75, 500_000),
    "LINK": ("0.001", "0.1", 50, 200_000),
    "LTC": ("0.01", "0.1", 50, 200_000),
    "DOT": ("0.0001", "0.1", 50, 200_000),
}
_DEFAULT = ("0.0001", "0.1", 25, 100_000)
_TIERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTier:
    """One step of the risk-limit ladder; values in USDT, rates as fractions."""

    number: int
    limit_value: Decimal
    maintenance_rate: Decimal
    initial_rate: Decimal
    max_leverage: Decimal
    deduction: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A linear perpetual settled in its quote coin."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    qty_step: Decimal
    min_qty: Decimal
    max_qty: Decimal
    max_market_qty: Decimal
    min_notional: Decimal
    min_price: Decimal
    max_price: Decimal
    max_leverage: Decimal
    funding_interval_min: int
    launch_ms: int
    tiers: tuple[RiskTier, ...]

    def tier_for(self, value: Decimal) -> RiskTier:
        """Return the lowest tier whose limit holds a position of this value."""
        for tier in self.tiers:
            if value <= tier.limit_value:
                return tier
        return self.tiers[-1]

    def price_of(self, ticks: int) -> Decimal:
        """Return the price of a number of ticks."""
        return self.tick_size * ticks


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Round down to a multiple of the step; the result has the decimals of the step."""
    return ((value / step).to_integral_value(ROUND_FLOOR) * step).quantize(step)


def instrument_of(symbol: str, *, tick_size: Decimal | None = None) -> Instrument:
    """Build the instrument of a symbol such as BTCUSDT; a finer tick than the usual may be given.

    Raises:
        BadInput: the symbol is not upper-case letters and digits ending in USDT.
    """
    base = symbol.removesuffix("USDT")
    if not base or base == symbol or not symbol.isalnum() or symbol != symbol.upper():
        raise BadInput(
            f"Unknown symbol {symbol!r}: expected an upper-case linear perpetual such as BTCUSDT."
        )
    tick_text, step_text, leverage, first_limit = _KNOWN.get(base, _DEFAULT)
    tick, step = Decimal(tick_text), Decimal(step_text)
    if tick_size is not None and tick_size != tick:
        tick = min(tick, tick_size)
    return Instrument(
        symbol=symbol,
        base=base,
        quote="USDT",
        tick_size=tick,
        qty_step=step,
        min_qty=step,
        max_qty=step * 1_190_000,
        max_market_qty=step * 500_000,
        min_notional=Decimal(5),
        min_price=tick,
        max_price=tick * 19_999_998,
        max_leverage=Decimal(leverage),
        funding_interval_min=480,
        launch_ms=1_585_526_400_000,
        tiers=_tiers(Decimal(leverage), Decimal(first_limit)),
    )


def _tiers(max_leverage: Decimal, first_limit: Decimal) -> tuple[RiskTier, ...]:
    """Build the ladder: each tier doubles the limit and lowers the leverage.

    A tier's deduction keeps the maintenance margin continuous where two tiers meet:
    deduction = previous deduction + previous limit x (rate - previous rate).
    """
    first_rate = Decimal(1) / (2 * max_leverage)
    tiers: list[RiskTier] = []
    for number in range(1, _TIERS + 1):
        rate = (first_rate * number).quantize(Decimal("0.000001"))
        leverage = (max_leverage / number).quantize(Decimal("0.01"))
        tier = RiskTier(
            number=number,
            limit_value=first_limit * 2 ** (number - 1),
            maintenance_rate=rate,
            initial_rate=(Decimal(1) / leverage).quantize(Decimal("0.000001")),
            max_leverage=leverage,
            deduction=Decimal(0),
        )
        if tiers:
            below = tiers[-1]
            step = below.limit_value * (rate - below.maintenance_rate)
            tier = replace(tier, deduction=below.deduction + step)
        tiers.append(tier)
    return tuple(tiers)
