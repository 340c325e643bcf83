"""Limits that lie far away and a calm view of the world, part by part, for the builders of risk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.domain.account import TradingState

__all__ = ["CALM_VIEW", "FAR_LIMITS"]

d = Decimal
FAR_LIMITS: dict[str, Any] = {
    "order_notional_max_usdt": d("2000"),
    "order_quantity_max": {"BTCUSDT": d("1000"), "ETHUSDT": d("1000")},
    "price_collar_bps": d("500"),
    "price_move_collar_bps": d("5000"),
    "messages_per_second_max": 1_000,
    "identical_orders_max": 1_000,
    "identical_orders_window_ms": 1_000,
    "executions_max": 1_000,
    "executions_window_s": 3_600,
    "orphan_fills_max": 1_000,
    "leg_exposure_max_usdt": d("4000"),
    "position_exposure_max_usdt": d("6000"),
    "symbol_exposure_max_usdt": d("6000"),
    "exchange_exposure_max_usdt": d("6000"),
    "group_exposure_max_usdt": d("6000"),
    "total_exposure_max_usdt": d("6000"),
    "leverage_max": d("2"),
    "daily_loss_max_usdt": d("500"),
    "weekly_loss_max_usdt": d("100000"),
    "drawdown_max_ratio": d("1"),
    "consecutive_losses_max": 1_000,
    "price_age_max_ms": 15_000,
    "signal_age_max_s": 1_000_000,
    "equity_age_max_s": 1_000_000,
    "spread_max_bps": d("500"),
    "flash_crash_percent": d("50"),
    "flash_crash_window_s": 300,
    "funding_pause_s": 1,
    "free_margin_min_ratio": d("0.01"),
    "liquidation_distance_min_ratio": d("0.01"),
}

CALM_VIEW: dict[str, Any] = {
    "trading_state": TradingState.ACTIVE,
    "not_ready": "",
    "is_store_up": True,
    "is_known_id": False,
    "quote_age_ms": 0,
    "leg_notional": d(0),
    "leg_reserved": d(0),
    "total_notional": d(0),
    "total_reserved": d(0),
    "daily_loss": d(0),
    "open_qty": d(0),
    "closing_qty": d(0),
    "mark_px": d("50000"),
    "mean_px": d("50000"),
    "move_percent": d(0),
    "spread_bps": d(1),
    "position_notional": d(0),
    "symbol_notional": d(0),
    "exchange_notional": d(0),
    "group_notional": d(0),
    "same_side_notional": d(0),
    "equity": d("10000"),
    "exchange_equity": d("10000"),
    "free_margin": d("10000"),
    "leverage": d(1),
    "liquidation_px": None,
    "weekly_loss": d(0),
    "drawdown_ratio": d(0),
    "consecutive_losses": 0,
    "messages_last_second": 0,
    "identical_orders": 0,
    "executions": 0,
    "signal_age_s": 0,
    "equity_age_s": 0,
    "funding_due_s": 3_600,
}
