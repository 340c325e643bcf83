"""What the controls look at, and how one refuses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import Instrument

__all__ = ["Denial", "ExitView", "RiskView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Which control refused, what it measured, and its limit."""

    control: str
    measured: str
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitView:
    """What the controls of an order that only shrinks its leg look at; words as in `RiskView`."""

    instrument: Instrument
    is_known_id: bool
    open_qty: Decimal
    closing_qty: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskView:
    """What the controls of an entry look at: the state of the world at the instant of a review.

    Notionals in quote coin are open legs at valuation price and approved orders that are not in
    them yet, but for `leg_notional` and `total_notional`, beside which the reserved part stands.
    `same_side_notional` is that of all legs of the order's direction. None is what nobody told yet.
    `not_ready` says why the exchange may not take new risk, empty when it may. `open_qty` is the
    quantity of the leg, `closing_qty` what other exits in flight already close. `free_margin` is
    what legs and orders leave of the exchange's margin, before this order. `liquidation_px` is the
    exchange's own for the leg, None also where it states none. `equity` is the sum over exchanges
    whose confirmed equity is not too old to count; `equity_age_s` is that of the order's own.

    `value_at_risk` and `expected_shortfall` are of open legs and orders in flight, to which each
    unit of the order adds `order_risk_ratio` and `order_shortfall_ratio`.
    `estimated_group_notional` counts every symbol that was not seen to move apart from the order's.
    `depth_qty` is what the best price on the side that the order takes holds. `model_age_s` is how
    long ago the model behind the opinion had seen its last market; None is an opinion without one.
    """

    instrument: Instrument
    trading_state: TradingState
    not_ready: str
    is_store_up: bool
    is_known_id: bool
    quote_age_ms: int | None
    leg_notional: Decimal
    leg_reserved: Decimal
    total_notional: Decimal
    total_reserved: Decimal
    daily_loss: Decimal
    open_qty: Decimal
    closing_qty: Decimal
    mark_px: Decimal | None
    mean_px: Decimal | None
    move_percent: Decimal | None
    spread_bps: Decimal | None
    depth_qty: Decimal | None
    position_notional: Decimal
    symbol_notional: Decimal
    exchange_notional: Decimal
    group_notional: Decimal
    estimated_group_notional: Decimal
    value_at_risk: Decimal
    expected_shortfall: Decimal
    order_risk_ratio: Decimal
    order_shortfall_ratio: Decimal
    same_side_notional: Decimal
    equity: Decimal | None
    exchange_equity: Decimal | None
    free_margin: Decimal | None
    leverage: Decimal
    liquidation_px: Decimal | None
    weekly_loss: Decimal
    drawdown_ratio: Decimal
    consecutive_losses: int
    messages_last_second: int
    identical_orders: int
    executions: int
    signal_age_s: int | None
    model_age_s: int | None
    equity_age_s: int | None
    funding_due_s: int | None
