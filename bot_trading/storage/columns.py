"""The kinds of columns that tables are made of, and the checks that go with them.

Quantities and order prices are DECIMAL(20, 8); derived money is NUMERIC without a scale, which
keeps every digit. NaN is refused everywhere: PostgreSQL sorts it above every number, so it would
pass a plain `> 0`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot_trading.domain.account import TradingState
from bot_trading.domain.exits import RungStatus, StepStatus
from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.group import GroupPhase
from bot_trading.domain.order import OrderOrigin, OrderPurpose, OrderSide, OrderStatus, OrderType
from bot_trading.domain.risk import FigureName
from bot_trading.domain.signal import Direction

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

LEG = ("exchange", "symbol", "position_idx")
QUANTITY = sa.Numeric(20, 8)
EXACT = sa.Numeric()
INSTANT = sa.DateTime(timezone=True)


def _enum(name: str, words: type[StrEnum]) -> sa.Enum:
    return sa.Enum(*(word.value for word in words), name=name, metadata=metadata)


ORDER_SIDE = _enum("order_side_enum", OrderSide)
ORDER_STATUS = _enum("order_status_enum", OrderStatus)
ORDER_TYPE = _enum("order_type_enum", OrderType)
ORDER_PURPOSE = _enum("order_purpose_enum", OrderPurpose)
ORDER_ORIGIN = _enum("order_origin_enum", OrderOrigin)
LIQUIDITY_SIDE = _enum("liquidity_side_enum", LiquiditySide)
SIGNAL_DIRECTION = _enum("signal_direction_enum", Direction)
TRADING_STATE = _enum("trading_state_enum", TradingState)
RUNG_STATUS = _enum("rung_status_enum", RungStatus)
STEP_STATUS = _enum("step_status_enum", StepStatus)
RISK_FIGURE = _enum("risk_figure_enum", FigureName)
GROUP_PHASE = _enum("group_phase_enum", GroupPhase)


def column(name: str, kind: Any, *, null: bool = False, default: str | None = None) -> Any:
    server_default = None if default is None else sa.text(default)
    return sa.Column(name, kind, nullable=null, server_default=server_default)


def check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)


def positive(*columns: str) -> list[sa.CheckConstraint]:
    """Above zero and finite; NULL passes."""
    return [check(name, f"{name} > 0 AND {name} NOT IN ('NaN', 'Infinity')") for name in columns]


def not_negative(*columns: str) -> list[sa.CheckConstraint]:
    return [check(name, f"{name} >= 0 AND {name} NOT IN ('NaN', 'Infinity')") for name in columns]


def number(*columns: str) -> list[sa.CheckConstraint]:
    return [check(name, f"{name} NOT IN ('NaN', 'Infinity', '-Infinity')") for name in columns]


def account() -> Any:
    return column("account", sa.Text)


def instrument() -> list[Any]:
    return [column("exchange", sa.Text), column("symbol", sa.String(20))]


def leg() -> list[Any]:
    return [
        *instrument(),
        column("position_idx", sa.Integer),
        check("position_idx", "position_idx IN (1, 2)"),
    ]


def recorded_at() -> Any:
    return column("recorded_at", INSTANT, default="now()")


CANDLE_PARTS = ("open", "high", "low", "close", "volume")


def candle() -> list[Any]:
    """Columns and checks of one candle; `timestamp` is the instant at which it opened."""
    prices = CANDLE_PARTS[:4]
    return [
        account(),
        *instrument(),
        column("interval_s", sa.Integer),
        column("timestamp", INSTANT),
        *(column(name, EXACT) for name in CANDLE_PARTS),
        sa.PrimaryKeyConstraint("account", "exchange", "symbol", "interval_s", "timestamp"),
        check("interval_s", "interval_s > 0"),
        *positive(*prices),
        *not_negative("volume"),
        check("range", "low <= LEAST(open, close) AND high >= GREATEST(open, close)"),
    ]
