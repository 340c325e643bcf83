"""Rows for the tests of the stores: small valid values, each part replaceable by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.domain.account import AccountBegan, Balance, TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep, StepStatus
from bot_trading.domain.fill import CoinAmount, Fill, FundingPayment, LiquiditySide
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Record, RiskEvent, SetLegProtection, TradingStateChanged
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.signal import Direction, Signal

LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("bybit", "BTCUSDT", PositionIdx.SHORT)
T0 = 1_795_000_000_123_457
SECOND = 1_000_000


def signal(**parts: Any) -> Signal:
    return Signal(
        **{
            "signal_id": "s1",
            "instrument_id": InstrumentId("bybit", "BTCUSDT"),
            "direction": Direction.LONG,
            "confidence_ratio": Decimal("0.7312"),
            "horizon_s": 900,
            "source": "momentum",
            "ts_event_us": T0,
            **parts,
        }
    )


def order(**parts: Any) -> Order:
    return Order(
        **{
            "client_order_id": "o1",
            "leg_id": LONG,
            "side": OrderSide.BUY,
            "order_type": OrderType.LIMIT,
            "quantity": Decimal("0.003"),
            "status": OrderStatus.SUBMITTED,
            "origin": OrderOrigin.BOT,
            "purpose": OrderPurpose.ENTRY,
            "price": Decimal("91234.5"),
            "stop_loss": Decimal("89000"),
            "take_profit": Decimal("95000.10"),
            "ts_created_us": T0,
            "ts_updated_us": T0,
            "reference_px": Decimal("91234.56789"),
            **parts,
        }
    )


def fill(**parts: Any) -> Fill:
    return Fill(
        **{
            "trade_id": "t1",
            "client_order_id": "o1",
            "exchange_order_id": "x1",
            "leg_id": LONG,
            "side": OrderSide.BUY,
            "last_qty": Decimal("0.001"),
            "last_px": Decimal("91234.5"),
            "commission": Decimal("0.0501789750"),
            "liquidity_side": LiquiditySide.TAKER,
            "ts_event_us": T0 + SECOND,
            "other_commission": CoinAmount(amount=Decimal("-0.00012345"), coin="BNB"),
            **parts,
        }
    )


def group(**parts: Any) -> LegGroup:
    return LegGroup(
        **{
            "group_id": "BTCUSDT:bybit>binance:1",
            "long_leg": LONG,
            "short_leg": LegId("binance", "BTCUSDT", PositionIdx.SHORT),
            "quantity": Decimal("0.003"),
            "target": Decimal("0.002"),
            "expected_net_bps": Decimal(20) / Decimal(7),
            "one_sided_max_us": 2_000_000,
            "loss_max": Decimal("5.5"),
            "ts_opened_us": T0,
            "ts_market_us": T0 + 3,
            "ts_updated_us": T0 + 5,
            "long_net_before": Decimal("-1.5"),
            "short_net_before": Decimal("2.25"),
            "phase": GroupPhase.LEAVING,
            "cause": "one-sided for too long",
            "fill_ups": 1,
            "was_hedged": True,
            "marked_leg": LONG,
            "marked_px": Decimal("91234.5"),
            "one_sided_since_us": T0 + 4,
            "one_sided_longest_us": 17,
            "unmatched_loss_worst": Decimal("0.75"),
            "long_pnl": Decimal(-1) / Decimal(3),
            "short_pnl": Decimal("0.5"),
            **parts,
        }
    )


def funding(**parts: Any) -> FundingPayment:
    return FundingPayment(
        **{
            "trade_id": "f1",
            "leg_id": LONG,
            "amount": Decimal("-0.0012345678901234"),
            "ts_event_us": T0 + 2 * SECOND,
            **parts,
        }
    )


def leg(**parts: Any) -> PositionLeg:
    return PositionLeg(
        **{
            "leg_id": LONG,
            "quantity": Decimal("0.003"),
            "entry_value": Decimal(1000) / Decimal(7),
            "realized_pnl": Decimal("-1.23456789012345678901234567"),
            "commission": Decimal("0.15"),
            "funding": Decimal("-0.5"),
            "episode": 3,
            "ts_opened_us": T0,
            "ts_updated_us": T0,
            **parts,
        }
    )


def risk_event(**parts: Any) -> RiskEvent:
    return RiskEvent(
        **{
            "event_id": "e1",
            "control": "order_notional_max_usdt",
            "measured": "1200",
            "limit": "1000",
            "action": "denied",
            "leg_id": LONG,
            "signal_id": "s1",
            "ts_init_us": T0,
            **parts,
        }
    )


def balance(**parts: Any) -> Balance:
    return Balance(
        **{
            "exchange": "bybit",
            "coin": "USDT",
            "equity": Decimal("10000.123456789012"),
            "wallet_balance": Decimal("10000"),
            "available": Decimal("-0.5"),
            "ts_event_us": T0,
            **parts,
        }
    )


def began(**parts: Any) -> AccountBegan:
    return AccountBegan(**{"exchange": "bybit", "ours_from_us": T0 - 7, **parts})


def halted(**parts: Any) -> TradingStateChanged:
    return TradingStateChanged(
        **{
            "state": TradingState.HALTED,
            "who": "operator",
            "why": "going home",
            "ts_init_us": T0,
            **parts,
        }
    )


def rung(**parts: Any) -> LadderRung:
    """The first level of the life that `leg` is in, planned and not sent."""
    return LadderRung(
        **{
            "leg_id": LONG,
            "episode": 3,
            "level": 1,
            "percent": Decimal("1.2"),
            "close_ratio": Decimal("0.2"),
            "quantity": Decimal("0.002"),
            "price": Decimal("91000.5"),
            "cause": "entry",
            **parts,
        }
    )


def step(**parts: Any) -> ProtectionStep:
    """A stop that was asked for in the life that `leg` is in."""
    stop = LegProtection(leg_id=LONG, stop_loss=Decimal("89500"), take_profit=None)
    return ProtectionStep(
        **{
            "protection": stop,
            "episode": 3,
            "cause": "break-even",
            "price_seen": Decimal("90500.5"),
            "status": StepStatus.ASKED,
            "updates": 1,
            **parts,
        }
    )


def protection(**parts: Any) -> SetLegProtection:
    stop = LegProtection(leg_id=LONG, stop_loss=Decimal("89000"), take_profit=None)
    return SetLegProtection(**{"protection": stop, "cause": "first fill", **parts})


def records(*rows: Any, ts_init_us: int = T0, note: str = "") -> list[Record]:
    return [Record(row=row, ts_init_us=ts_init_us, note=note) for row in rows]
