"""How each control is driven: an order and a world just inside its limit, at it, just outside.

Articles are those of RTS 6 (Delegated Regulation (EU) 2017/589) and of SEC rule 15c3-5.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot_trading.domain.account import TradingState
from bot_trading.domain.order import OrderSide
from bot_trading.risk.limits import RiskLimits
from readiness.checks.risk_drive import BINDS_AT, Drive, around, drive, told, views
from readiness.checks.risk_world import (
    NOTIONAL,
    PRICE,
    QUANTITY,
    TINY,
    WIDE,
    ZERO,
    base_intent,
    base_view,
)

__all__ = ["Drive", "drives"]

# What maintenance takes at least, twice the lowest tiers of the exchanges; stated here anew.
MAINTENANCE_RATIO = Decimal("0.01")
HAIR = PRICE / 10**7  # Of a price: a thousandth of a basis point.


def drives(limits: RiskLimits) -> tuple[Drive, ...]:
    """Every control of the chain, by what it measures."""
    return (
        *_switches(limits),
        *_orders(limits),
        *_ages(limits),
        *_counts(limits),
        *_exposures(limits),
        *_book(limits),
        *_money(limits),
    )


def _switches(limits: RiskLimits) -> list[Drive]:
    """Controls that are on or off: the third step is the one that is refused."""
    fine = base_intent(limits)
    closing = replace(fine, side=OrderSide.SELL, reduce_only=True, stop_loss=None, take_profit=None)
    halted, reducing = TradingState.HALTED, TradingState.REDUCING
    return [
        views(
            "trading_state",
            "RTS 6 Art. 12",
            limits,
            "trading_state",
            [TradingState.ACTIVE, reducing, halted],
            "ACTIVE",
            BINDS_AT,
        ),
        views("readiness", "RTS 6 Art. 17", limits, "not_ready", ["", "", "legs differ"], "ready"),
        views("store", "SEC (c)(2)(iv)", limits, "is_store_up", [True, True, False], "writes"),
        views("duplicate", "SEC (c)(1)(ii)", limits, "is_known_id", [False, False, True], "once"),
        _intents(
            "instrument_rules",
            "SEC (c)(1)(ii)",
            limits,
            "quantity",
            [QUANTITY - TINY, QUANTITY, QUANTITY + TINY / 2],
            "a step",
        ),
        _intents(
            "protection",
            "RTS 6 Art. 15(4)",
            limits,
            "stop_loss",
            [PRICE - 1, PRICE - Decimal("0.1"), None],
            "a stop below the price",
        ),
        drive(
            "exit_quantity",
            "RTS 6 Art. 15(2)",
            "quantity",
            [
                (replace(closing, quantity=each), replace(base_view(limits), open_qty=QUANTITY))
                for each in (QUANTITY - TINY, QUANTITY, QUANTITY + TINY)
            ],
            [str(QUANTITY - TINY), str(QUANTITY), str(QUANTITY + TINY)],
            f"{QUANTITY}",
        ),
    ]


def _orders(limits: RiskLimits) -> list[Drive]:
    """Controls of one order's size and price."""
    largest = limits.order_quantity_max[min(limits.order_quantity_max)]
    value = limits.order_notional_max_usdt / PRICE
    least = Decimal(5) / PRICE
    near, far = limits.price_collar_bps / 10_000, limits.price_move_collar_bps / 10_000
    return [
        _intents(
            "order_minimums",
            "SEC (c)(1)(ii)",
            limits,
            "quantity",
            [least + TINY, least, least - TINY],
            "5 USDT",
        ),
        _intents(
            "order_value",
            "RTS 6 Art. 15(1)(b)",
            limits,
            "quantity",
            [value - TINY, value, value + TINY],
            f"{limits.order_notional_max_usdt} USDT",
        ),
        _intents(
            "order_size",
            "RTS 6 Art. 15(1)(c)",
            limits,
            "quantity",
            [largest - TINY, largest, largest + TINY],
            f"{largest}",
        ),
        _prices("price_collar", "RTS 6 Art. 15(1)(a)", limits, near, limits.price_collar_bps),
        _prices(
            "price_move_collar",
            "RTS 6 Art. 15(1)(a)",
            limits,
            far,
            limits.price_move_collar_bps,
            "mean_px",
        ),
        views(
            "spread",
            "RTS 6 Art. 15(4)",
            limits,
            "spread_bps",
            around(limits.spread_max_bps),
            limits.spread_max_bps,
        ),
        views(
            "depth",
            "RTS 6 Art. 15(4)",
            limits,
            "depth_qty",
            [QUANTITY * limits.depth_min_ratio + step for step in (TINY, ZERO, -TINY)],
            limits.depth_min_ratio,
        ),
        views(
            "flash_crash",
            "RTS 6 Art. 15(1)(a)",
            limits,
            "move_percent",
            around(limits.flash_crash_percent),
            limits.flash_crash_percent,
        ),
    ]


def _ages(limits: RiskLimits) -> list[Drive]:
    """Controls of what grows old."""
    age, opinion = limits.price_age_max_ms, limits.signal_age_max_s
    learnt = limits.model_age_max_s
    return [
        views(
            "stale_price", "RTS 6 Art. 15(4)", limits, "quote_age_ms", [age - 1, age, age + 1], age
        ),
        views(
            "stale_signal",
            "RTS 6 Art. 15(4)",
            limits,
            "signal_age_s",
            [opinion - 1, opinion, opinion + 1],
            opinion,
        ),
        views(
            "stale_model",
            "RTS 6 Art. 15(4)",
            limits,
            "model_age_s",
            [learnt - 1, learnt, learnt + 1],
            learnt,
        ),
        views(
            "stale_equity",
            "RTS 6 Art. 15(4)",
            limits,
            "equity_age_s",
            [limits.equity_age_max_s - 1, limits.equity_age_max_s, limits.equity_age_max_s + 1],
            limits.equity_age_max_s,
        ),
    ]


def _counts(limits: RiskLimits) -> list[Drive]:
    """Controls of rates and counts, and of what is due soon."""
    return [
        views(
            "message_rate",
            "RTS 6 Art. 15(1)(d)",
            limits,
            "messages_last_second",
            _one_more(limits.messages_per_second_max),
            limits.messages_per_second_max,
        ),
        views(
            "identical_orders",
            "SEC (c)(1)(ii)",
            limits,
            "identical_orders",
            _one_more(limits.identical_orders_max),
            limits.identical_orders_max,
        ),
        views(
            "executions",
            "RTS 6 Art. 15(3)",
            limits,
            "executions",
            _one_more(limits.executions_max),
            limits.executions_max,
        ),
        views(
            "consecutive_losses",
            "RTS 6 Art. 15(4)",
            limits,
            "consecutive_losses",
            [
                limits.consecutive_losses_max - 1,
                limits.consecutive_losses_max,
                limits.consecutive_losses_max + 1,
            ],
            limits.consecutive_losses_max,
            BINDS_AT,
        ),
        views(
            "funding_due",
            "RTS 6 Art. 15(4)",
            limits,
            "funding_due_s",
            [limits.funding_pause_s + 1, limits.funding_pause_s, limits.funding_pause_s - 1],
            limits.funding_pause_s,
        ),
    ]


def _exposures(limits: RiskLimits) -> list[Drive]:
    """Controls of what is held, each by what is open and in flight."""
    return [
        views(
            control,
            "SEC (c)(1)(i)",
            limits,
            measures,
            [limit - NOTIONAL + step for step in (-1, 0, 1)],
            limit,
        )
        for control, measures, limit in (
            ("leg_exposure", "leg_notional", limits.leg_exposure_max_usdt),
            ("leg_exposure", "leg_reserved", limits.leg_exposure_max_usdt),
            ("position_exposure", "position_notional", limits.position_exposure_max_usdt),
            ("symbol_exposure", "symbol_notional", limits.symbol_exposure_max_usdt),
            ("exchange_exposure", "exchange_notional", limits.exchange_exposure_max_usdt),
            ("group_exposure", "group_notional", limits.group_exposure_max_usdt),
            (
                "estimated_group",
                "estimated_group_notional",
                limits.estimated_group_exposure_max_usdt,
            ),
            ("total_exposure", "total_notional", limits.total_exposure_max_usdt),
            ("total_exposure", "total_reserved", limits.total_exposure_max_usdt),
        )
    ]


def _book(limits: RiskLimits) -> list[Drive]:
    """Controls of what the whole book may lose: what it loses already, and what the order adds."""
    found = []
    for control, measures, adds, limit in (
        ("value_at_risk", "value_at_risk", "order_risk_ratio", limits.value_at_risk_max_usdt),
        (
            "expected_shortfall",
            "expected_shortfall",
            "order_shortfall_ratio",
            limits.expected_shortfall_max_usdt,
        ),
    ):
        lost, part = around(limit), [limit / NOTIONAL + step for step in (-TINY, ZERO, TINY)]
        found.append(views(control, "RTS 6 Art. 15(4)", limits, measures, lost, limit))
        found.append(views(control, "RTS 6 Art. 15(4)", limits, adds, part, limit))
    return found


def _money(limits: RiskLimits) -> list[Drive]:
    """Controls of losses and margin."""
    lever = NOTIONAL / limits.leverage_max
    margin = limits.free_margin_min_ratio * WIDE + NOTIONAL
    side = NOTIONAL * (limits.liquidation_distance_min_ratio + MAINTENANCE_RATIO)
    return [
        views(
            "daily_loss",
            "RTS 6 Art. 15(4)",
            limits,
            "daily_loss",
            around(limits.daily_loss_max_usdt),
            limits.daily_loss_max_usdt,
            BINDS_AT,
        ),
        views(
            "weekly_loss",
            "RTS 6 Art. 15(4)",
            limits,
            "weekly_loss",
            around(limits.weekly_loss_max_usdt),
            limits.weekly_loss_max_usdt,
            BINDS_AT,
        ),
        views(
            "drawdown",
            "RTS 6 Art. 15(4)",
            limits,
            "drawdown_ratio",
            around(limits.drawdown_max_ratio),
            limits.drawdown_max_ratio,
            BINDS_AT,
        ),
        views(
            "leverage",
            "RTS 6 Art. 15(4)",
            limits,
            "equity",
            [lever + 1, lever, lever - TINY],
            limits.leverage_max,
        ),
        views(
            "free_margin",
            "SEC (c)(1)(i)",
            limits,
            "free_margin",
            [margin + 1, margin, margin - 1],
            limits.free_margin_min_ratio,
        ),
        views(
            "liquidation",
            "SEC (c)(1)(i)",
            limits,
            "exchange_equity",
            [side + 1, side, side - TINY],
            limits.liquidation_distance_min_ratio,
        ),
    ]


def _one_more(limit: int) -> list[int]:
    """What is there already, so that this order reaches the limit in the second step."""
    return [limit - 2, limit - 1, limit]


def _prices(
    control: str,
    article: str,
    limits: RiskLimits,
    part: Decimal,
    limit: Decimal,
    measures: str = "mark_px",
) -> Drive:
    """References from which the order's price lies just less than the limit away, and more."""
    edge = PRICE / (1 - part)
    return views(
        control, article, limits, measures, [PRICE, edge - HAIR, edge + HAIR], f"{limit} bps"
    )


def _intents(
    control: str,
    article: str,
    limits: RiskLimits,
    measures: str,
    values: list[Any],
    limit: object,
) -> Drive:
    fine, world = base_intent(limits), base_view(limits)
    steps = [(replace(fine, **{measures: each}), world) for each in values]
    return drive(control, article, measures, steps, [told(each) for each in values], str(limit))
