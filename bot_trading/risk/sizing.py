"""From an opinion to a quantity: what an entry may hold, never rounded upward.

Every bound can only make an entry smaller. What bound it is told with the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import Instrument, pieces

__all__ = [
    "Size",
    "SizeQuestion",
    "SizingSpec",
    "entry_quantity",
    "entry_size",
    "exit_quantity",
    "market_pieces",
]

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSpec:
    """Parts of one, but for `range_calm_bps`.

    `risk_per_trade_ratio` of equity is lost at most when the stop is hit. Beyond a range of
    `range_calm_bps` within the window of prices an entry shrinks in proportion. Opinions whose
    source begins with one of `calibrated_sources` carry a probability: they are scaled from
    `confidence_floor_ratio` (nothing) to `confidence_full_ratio` (all), and held to
    `kelly_cap_ratio` of what Kelly (1956) would stake, f = p − (1 − p) / b, with b the distance of
    the target over that of the stop. An opinion of a fallback is held to `fallback_ratio`.
    """

    risk_per_trade_ratio: Decimal
    range_calm_bps: Decimal
    confidence_floor_ratio: Decimal
    confidence_full_ratio: Decimal
    kelly_cap_ratio: Decimal
    fallback_ratio: Decimal
    calibrated_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeQuestion:
    """What an entry's size follows from: price in quote coin, distances as parts of the price.

    `equity` and `range_ratio` are None where nobody told them.
    """

    notional_max: Decimal
    price: Decimal
    stop_ratio: Decimal
    target_ratio: Decimal
    confidence_ratio: Decimal
    source: str
    equity: Decimal | None
    range_ratio: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A quantity on the step, perhaps zero, and the bounds that led to it, tightest named first."""

    quantity: Decimal
    why: str


def entry_size(question: SizeQuestion, spec: SizingSpec, instrument: Instrument) -> Size:
    """The smallest of all bounds, on the step and never upward; unknown equity allows nothing."""
    bounds = {"usual notional": question.notional_max}
    if question.equity is None or question.equity <= 0:
        return Size(quantity=Decimal(0), why=f"equity is {question.equity}")
    at_risk = question.equity * spec.risk_per_trade_ratio
    bounds["risk per trade"] = at_risk / question.stop_ratio
    bounds["volatility"] = question.notional_max * _calm_ratio(question, spec)
    if question.source.startswith(spec.calibrated_sources):
        bounds["confidence"] = question.notional_max * _confidence_part(question, spec)
        bounds["Kelly"] = question.equity * kelly_ratio(question) * spec.kelly_cap_ratio
    if "current" not in question.source and question.source.startswith(spec.calibrated_sources):
        bounds["fallback"] = question.notional_max * spec.fallback_ratio
    tightest = sorted(bounds.items(), key=lambda bound: bound[1])
    name, notional = tightest[0]
    told = ", ".join(f"{bound} {value:.2f}" for bound, value in tightest)
    quantity = entry_quantity(notional, question.price, instrument)
    return Size(quantity=quantity, why=f"{quantity:f} by {name} ({told})")


def kelly_ratio(question: SizeQuestion) -> Decimal:
    """The part of equity that Kelly stakes, as exposure: f over the stop's distance; at least 0.

    f is the part that may be lost, and what a stop of `stop_ratio` loses of an exposure is its
    distance.
    """
    odds = question.target_ratio / question.stop_ratio
    win = question.confidence_ratio
    return max(win - (_ONE - win) / odds, Decimal(0)) / question.stop_ratio


def _calm_ratio(question: SizeQuestion, spec: SizingSpec) -> Decimal:
    """One in a calm market, less beyond it; nothing while no prices were seen."""
    if question.range_ratio is None:
        return Decimal(0)
    range_bps = question.range_ratio * 10_000
    return min(_ONE, spec.range_calm_bps / range_bps) if range_bps else _ONE


def _confidence_part(question: SizeQuestion, spec: SizingSpec) -> Decimal:
    width = spec.confidence_full_ratio - spec.confidence_floor_ratio
    part = (question.confidence_ratio - spec.confidence_floor_ratio) / width
    return min(max(part, Decimal(0)), _ONE)


def entry_quantity(order_notional_usdt: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    """Base coin worth at most `order_notional_usdt` at `price`, on the step; may be zero."""
    wanted = min(order_notional_usdt / price, instrument.max_market_qty)
    return instrument.quantity_down(wanted)


def exit_quantity(open_qty: Decimal, close_ratio: Decimal, instrument: Instrument) -> Decimal:
    """The part of a leg to close, on the step; a ratio of 1 closes all that the step reaches.

    A part below the exchange's minimum closes nothing (zero), and a remainder below it is closed
    along, since it could not be closed later. What of a leg lies off a step that has become coarser
    stays: an order for it would be refused as a whole.
    """
    whole = instrument.quantity_down(open_qty)
    part = whole if close_ratio >= 1 else instrument.quantity_down(open_qty * close_ratio)
    if close_ratio < 1 and part < instrument.min_qty:
        return Decimal(0)
    return whole if open_qty - part < instrument.min_qty else part


def market_pieces(quantity: Decimal, instrument: Instrument) -> tuple[Decimal, ...]:
    """`quantity` in as few orders as the exchange's maximum for market orders allows."""
    return pieces(quantity, instrument.max_market_qty)
