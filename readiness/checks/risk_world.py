"""The order and the world from which the controls of risk are driven."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.order import OrderIntent, OrderSide, OrderType, TimeInForce
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.view import RiskView

__all__ = ["NOTIONAL", "PRICE", "QUANTITY", "TINY", "WIDE", "ZERO", "base_intent", "base_view"]

PRICE, QUANTITY = Decimal(50_000), Decimal("0.001")
NOTIONAL, WIDE, ZERO = PRICE * QUANTITY, Decimal(10) ** 9, Decimal(0)
TINY = Decimal("0.00001")


def base_intent(limits: RiskLimits) -> OrderIntent:
    """A small protected entry into the long leg of a symbol that has a limit."""
    symbol = min(limits.order_quantity_max)
    return OrderIntent(
        client_order_id="drive",
        leg_id=LegId("bybit", symbol, PositionIdx.LONG),
        side=OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=QUANTITY,
        reference_px=PRICE,
        time_in_force=TimeInForce.IOC,
        stop_loss=PRICE - 500,
        take_profit=PRICE + 500,
        signal_id="drive",
    )


def base_view(limits: RiskLimits) -> RiskView:
    """A calm world without a leg, in which the usual order passes."""
    symbol = min(limits.order_quantity_max)
    instrument = Instrument(
        instrument_id=InstrumentId("bybit", symbol),
        base_coin=symbol.removesuffix("USDT"),
        quote_coin="USDT",
        tick_size=Decimal("0.1"),
        qty_step=TINY,
        min_qty=TINY,
        max_qty=WIDE,
        max_market_qty=WIDE,
        min_notional=Decimal(5),
        leverage_max=Decimal(100),
        funding_interval_min=480,
        is_trading=True,
    )
    return RiskView(
        instrument=instrument,
        trading_state=TradingState.ACTIVE,
        not_ready="",
        is_store_up=True,
        is_known_id=False,
        quote_age_ms=0,
        leg_notional=ZERO,
        leg_reserved=ZERO,
        total_notional=ZERO,
        total_reserved=ZERO,
        daily_loss=ZERO,
        open_qty=ZERO,
        closing_qty=ZERO,
        mark_px=PRICE,
        mean_px=PRICE,
        move_percent=ZERO,
        spread_bps=ZERO,
        depth_qty=WIDE,
        position_notional=ZERO,
        symbol_notional=ZERO,
        exchange_notional=ZERO,
        group_notional=ZERO,
        estimated_group_notional=ZERO,
        value_at_risk=ZERO,
        expected_shortfall=ZERO,
        order_risk_ratio=ZERO,
        order_shortfall_ratio=ZERO,
        same_side_notional=ZERO,
        equity=WIDE,
        exchange_equity=WIDE,
        free_margin=WIDE,
        leverage=Decimal(1),
        liquidation_px=None,
        weekly_loss=ZERO,
        drawdown_ratio=ZERO,
        consecutive_losses=0,
        messages_last_second=0,
        identical_orders=0,
        executions=0,
        signal_age_s=0,
        model_age_s=None,
        equity_age_s=0,
        funding_due_s=86_400,
    )
