"""Values of the core for tests: intents, fills, reports, configurations, states ready to trade."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.domain.account import Account, Balance, ForeignPolicy, PositionMode
from bot_trading.domain.fill import Fill, LiquiditySide
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Candle, Quote
from bot_trading.domain.messages import Command, Event, Record, StreamUp
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    FillReport,
    LegReport,
    OrderReport,
    QuoteSeen,
)
from bot_trading.domain.signal import BarrierSpec, Direction, Signal
from bot_trading.engine.state import CoreConfig, EngineState
from bot_trading.engine.step import step
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.view import RiskView
from bot_trading.strategy.momentum import MomentumSpec
from tests.builders.risk_parts import CALM_VIEW, FAR_LIMITS

__all__ = [
    "BTC",
    "LONG",
    "NOW_US",
    "SHORT",
    "a_balance",
    "a_candle",
    "a_core_config",
    "a_fill",
    "a_fill_report",
    "a_leg_report",
    "a_momentum_spec",
    "a_quote",
    "a_ready_state",
    "a_signal",
    "a_snapshot",
    "a_view",
    "an_instrument",
    "an_intent",
    "an_order",
    "an_order_report",
    "commands_of",
    "d",
    "risk_limits",
    "rows_of",
    "steps",
]

d = Decimal
BTC = InstrumentId("bybit", "BTCUSDT")
LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("bybit", "BTCUSDT", PositionIdx.SHORT)
NOW_US = 1_760_000_000_000_000


def an_instrument(**changes: Any) -> Instrument:
    """BTCUSDT with Bybit's steps: tick 0.1, quantities by 0.001, at least 5 USDT."""
    parts: dict[str, Any] = {
        "instrument_id": BTC,
        "base_coin": "BTC",
        "quote_coin": "USDT",
        "tick_size": d("0.1"),
        "qty_step": d("0.001"),
        "min_qty": d("0.001"),
        "max_qty": d("1000"),
        "max_market_qty": d("100"),
        "min_notional": d("5"),
        "leverage_max": d("100"),
        "funding_interval_min": 480,
        "is_trading": True,
    }
    return Instrument(**(parts | changes))


def an_intent(**changes: Any) -> OrderIntent:
    """A protected market entry into the long leg: 0.010 BTC at 50000."""
    parts: dict[str, Any] = {
        "client_order_id": "ent-1",
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.MARKET,
        "quantity": d("0.010"),
        "reference_px": d("50000"),
        "time_in_force": TimeInForce.IOC,
        "stop_loss": d("49700"),
        "take_profit": d("50450"),
        "signal_id": "s-1",
        "ts_created_us": NOW_US,
    }
    return OrderIntent(**(parts | changes))


def an_order(**changes: Any) -> Order:
    """The same entry as an order that was sent and not answered."""
    parts: dict[str, Any] = {
        "client_order_id": "ent-1",
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.MARKET,
        "quantity": d("0.010"),
        "status": OrderStatus.SUBMITTED,
        "origin": OrderOrigin.BOT,
        "purpose": OrderPurpose.ENTRY,
        "time_in_force": TimeInForce.IOC,
        "stop_loss": d("49700"),
        "take_profit": d("50450"),
        "ts_created_us": NOW_US,
        "ts_updated_us": NOW_US,
    }
    return Order(**(parts | changes))


def a_fill(**changes: Any) -> Fill:
    """An execution that opens 0.010 BTC of the long leg at 50000."""
    parts: dict[str, Any] = {
        "trade_id": "t-1",
        "client_order_id": "ent-1",
        "exchange_order_id": "x-1",
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "last_qty": d("0.010"),
        "last_px": d("50000"),
        "commission": d("0.275"),
        "liquidity_side": LiquiditySide.TAKER,
        "ts_event_us": NOW_US,
    }
    return Fill(**(parts | changes))


def a_fill_report(**changes: Any) -> FillReport:
    """The same execution as the exchange tells it, leg named."""
    parts: dict[str, Any] = {
        "exchange": "bybit",
        "symbol": "BTCUSDT",
        "trade_id": "t-1",
        "client_order_id": "ent-1",
        "exchange_order_id": "x-1",
        "side": OrderSide.BUY,
        "position_idx": PositionIdx.LONG,
        "closed_qty": None,
        "last_qty": d("0.010"),
        "last_px": d("50000"),
        "commission": d("0.275"),
        "liquidity_side": LiquiditySide.TAKER,
        "ts_event_us": NOW_US,
        "ts_init_us": NOW_US,
    }
    return FillReport(**(parts | changes))


def an_order_report(**changes: Any) -> OrderReport:
    """The exchange's view of the entry: accepted, nothing filled."""
    parts: dict[str, Any] = {
        "exchange": "bybit",
        "symbol": "BTCUSDT",
        "client_order_id": "ent-1",
        "exchange_order_id": "x-1",
        "position_idx": PositionIdx.LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.MARKET,
        "status": OrderStatus.ACCEPTED,
        "quantity": d("0.010"),
        "filled_qty": d("0"),
        "avg_px": None,
        "price": None,
        "trigger_price": None,
        "reduce_only": False,
        "stop_kind": None,
        "reason": "",
        "ts_event_us": NOW_US,
        "ts_init_us": NOW_US,
    }
    return OrderReport(**(parts | changes))


def a_leg_report(**changes: Any) -> LegReport:
    """The exchange's view of the long leg: 0.010 BTC with its stop and target."""
    parts: dict[str, Any] = {
        "leg_id": LONG,
        "quantity": d("0.010"),
        "avg_px": d("50000"),
        "stop_loss": d("49700"),
        "take_profit": d("50450"),
        "liquidation_px": None,
        "ts_event_us": NOW_US,
        "ts_init_us": NOW_US,
    }
    return LegReport(**(parts | changes))


def a_candle(open_us: int = NOW_US, close: str = "50000", **changes: Any) -> Candle:
    """A one-minute candle that opens, trades and closes around `close`."""
    price = d(close)
    parts: dict[str, Any] = {
        "instrument_id": BTC,
        "interval_s": 60,
        "open_us": open_us,
        "open": price,
        "high": price + 10,
        "low": price - 10,
        "close": price,
        "volume": d("3"),
    }
    return Candle(**(parts | changes))


def a_quote(price: str = "50000", **changes: Any) -> Quote:
    """Last, mark, bid and ask all at one price, each with a deep book, learnt at NOW_US."""
    parts: dict[str, Any] = {
        "instrument_id": BTC,
        "last": d(price),
        "mark": d(price),
        "bid": d(price),
        "ask": d(price),
        "bid_qty": d(1000),
        "ask_qty": d(1000),
        "ts_event_us": NOW_US,
        "ts_init_us": NOW_US,
    }
    return Quote(**(parts | changes))


def a_signal(signal_id: str = "s-1", direction: Direction = Direction.LONG) -> Signal:
    """An opinion on BTCUSDT for fifteen minutes."""
    return Signal(
        signal_id=signal_id,
        instrument_id=BTC,
        direction=direction,
        confidence_ratio=d("0.6"),
        horizon_s=900,
        source="test",
        ts_event_us=NOW_US,
    )


def risk_limits(**changes: Any) -> RiskLimits:
    """Orders of 2000, legs of 4000, all together 6000, 500 lost a day, prices of 15 s; the other
    limits lie further away than these."""
    return RiskLimits(**(FAR_LIMITS | changes))


def a_momentum_spec(**changes: Any) -> MomentumSpec:
    """Three candles back, 10 basis points, a pause of two candles."""
    parts: dict[str, Any] = {
        "lookback": 3,
        "threshold_bps": d("10"),
        "cool_down": 2,
        "confidence_ratio": d("0.5"),
        "horizon_s": 900,
    }
    return MomentumSpec(**(parts | changes))


def a_core_config(**changes: Any) -> CoreConfig:
    """One instrument, entries of 1000 USDT, stop 0.6 %, target 0.9 %, fifteen minutes."""
    parts: dict[str, Any] = {
        "account": "test",
        "instrument_ids": (BTC,),
        "candle_interval_s": 60,
        "warmup_candles": 10,
        "momentum": None,
        "order_notional_usdt": d("1000"),
        "barrier": BarrierSpec(stop_ratio=d("0.006"), target_ratio=d("0.009"), horizon_s=900),
        "limits": risk_limits(),
        "foreign": ForeignPolicy.ADOPT,
    }
    return CoreConfig(**(parts | changes))


def a_view(**changes: Any) -> RiskView:
    """A world in which every control lets the usual entry pass."""
    return RiskView(**(CALM_VIEW | {"instrument": an_instrument()} | changes))


def a_snapshot(**changes: Any) -> ExchangeSnapshot:
    """A hedge-mode account with 10000 USDT, nothing open, one instrument."""
    parts: dict[str, Any] = {
        "account": Account(
            exchange="bybit",
            account_uid="1",
            position_mode=PositionMode.HEDGE,
            can_withdraw=False,
        ),
        "instruments": (an_instrument(),),
        "balance": a_balance(),
        "legs": (),
        "open_orders": (),
        "fills": (),
        "funding": (),
        "ts_init_us": NOW_US,
    }
    return ExchangeSnapshot(**(parts | changes))


def a_balance(equity: str = "10000", **changes: Any) -> Balance:
    """Equity, wallet and available all the same, confirmed at NOW_US."""
    parts: dict[str, Any] = {
        "exchange": "bybit",
        "coin": "USDT",
        "equity": d(equity),
        "wallet_balance": d(equity),
        "available": d(equity),
        "ts_event_us": NOW_US,
    }
    return Balance(**(parts | changes))


def a_ready_state(config: CoreConfig | None = None, price: str = "50000") -> EngineState:
    """A core that is connected, reconciled and has a price: the next signal can become an order."""
    state = EngineState(config=config or a_core_config())
    steps(
        state,
        StreamUp(exchange="bybit", ts_init_us=NOW_US),
        a_snapshot(),
        QuoteSeen(quote=a_quote(price)),
    )
    return state


def steps(state: EngineState, *events: Event) -> list[Command]:
    """Every command that the events led to, in order."""
    return [command for event in events for command in step(state, event)]


def commands_of(commands: list[Command], kind: type) -> list[Any]:
    """The commands of one kind."""
    return [command for command in commands if isinstance(command, kind)]


def rows_of(commands: list[Command], kind: type) -> list[Any]:
    """The recorded rows of one kind."""
    return [
        each.row for each in commands if isinstance(each, Record) and isinstance(each.row, kind)
    ]
