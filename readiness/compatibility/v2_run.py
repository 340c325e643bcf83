"""v2's own engine on the tape: its signals, its risk check and its stops, on a market of numbers.

Everything that decides is the frozen v2. The exchange alone is another one: it answers the same
questions as Bybit's, and fills each order at once at the price of the tape.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import psycopg

from legacy_v2.orders import Fill, Instrument, Order, Position
from legacy_v2.risk import RiskLimits, RiskManager
from legacy_v2.signals import SignalGenerator
from legacy_v2.sltp import StopRules
from legacy_v2.storage import Storage
from legacy_v2.trading_engine import EngineSettings, TradingEngine
from readiness.compatibility.histories import Decision, History, Life, Sent
from readiness.compatibility.rules import EQUITY_USDT, Rules
from readiness.compatibility.tape import CANDLE_MS, END, START, START_MS, TAPES, SymbolTape

__all__ = ["run_v2"]

CONNECT_TIMEOUT_S = 10
DIRECTIONS = {"Buy": "long", "Sell": "short"}
SIGNALS = """
    SELECT s.symbol, s.candle_at, s.direction, o.quantity FROM signals AS s
    LEFT JOIN orders AS o ON o.id = s.order_id ORDER BY s.id
"""


@dataclass(slots=True)
class _Market:
    """The questions that v2 asks of its exchange, answered from the tape at candle `index`."""

    warm_up: int
    index: int = START - 1
    open_lives: dict[str, Life] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    fills: dict[str, Fill] = field(default_factory=dict)

    @property
    def now_ms(self) -> int:
        """The close of the present candle."""
        return START_MS + (self.index + 1) * CANDLE_MS

    def get_candles(self, symbol: str, interval_s: int, limit: int) -> pd.DataFrame:
        """Closed candles up to the present one."""
        tape = _tape_of(symbol)
        first = max(START - self.warm_up, self.index - limit + 1)
        closes = [_as_v2(tape.close(index)) for index in range(first, self.index + 1)]
        ends = [START_MS + (index + 1) * CANDLE_MS for index in range(first, self.index + 1)]
        frame = pd.DataFrame({"close_ms": ends, "close": closes}, dtype=float)
        frame["open_ms"] = frame["close_ms"] - interval_s * 1_000
        frame["open"] = frame["close"].shift().fillna(frame["close"])
        frame["high"] = frame[["open", "close"]].max(axis=1)
        frame["low"] = frame[["open", "close"]].min(axis=1)
        frame["volume"] = 500.0
        return frame

    def get_price(self, symbol: str) -> float:
        """The close of the present candle."""
        return _as_v2(_tape_of(symbol).close(self.index))

    def get_instrument(self, symbol: str) -> Instrument:
        """Steps as the tape's exchange has them."""
        decimals = -int(_tape_of(symbol).tick.as_tuple().exponent)
        return Instrument(
            symbol=symbol,
            price_decimals=decimals,
            quantity_decimals=_tape_of(symbol).quantity_decimals,
            min_quantity=_as_v2(_tape_of(symbol).quantity_step),
        )

    def set_leverage(self, _symbol: str, _leverage: int) -> None:
        """Nothing follows from it here."""

    def get_balance(self) -> tuple[float, float]:
        """An account that the day's losses do not change enough to matter."""
        return _as_v2(EQUITY_USDT), _as_v2(EQUITY_USDT)

    def get_positions(self) -> dict[str, Position]:
        """What is open, by symbol."""
        return {
            symbol: Position(
                symbol=symbol,
                side="Buy" if life.direction == "long" else "Sell",
                size=_as_v2(life.entered),
                mark_price=self.get_price(symbol),
            )
            for symbol, life in self.open_lives.items()
        }

    def place_order(self, order: Order) -> Order:
        """Fill it at once, as an entry or as the end of what is open."""
        order.exchange_order_id, order.sent_at = f"v2-{len(self.sent)}", _naive(self.now_ms)
        order.status = "Filled"
        quantity = Decimal(str(round(order.quantity, 8))).normalize()
        self.sent.append(
            Sent(
                symbol=order.symbol,
                side=order.side,
                position_idx=0,  # codelint: ok T01 because the account of v2 is in one-way mode
                reduce_only=False,
                has_id=False,
                carries_stop=False,
                rested_there=False,
            )
        )
        self.fills[order.exchange_order_id] = Fill(
            trade_id=order.exchange_order_id,
            quantity=order.quantity,
            price=self.get_price(order.symbol),
            fee=0.0,
            is_maker=False,
            executed_at=_naive(self.now_ms),
        )
        if order.reason == "entry":
            self._enter(order, quantity)
        else:
            life = self.open_lives.pop(order.symbol)
            ended = ((order.reason, quantity),)
            self.lives.append(replace(life, exits=ended, closed_ms=self.now_ms))
        return order

    def _enter(self, order: Order, quantity: Decimal) -> None:
        life = self.open_lives.get(order.symbol) or Life(
            symbol=order.symbol,
            direction=DIRECTIONS[order.side],
            entered=Decimal(0),
            opened_ms=self.now_ms,
            closed_ms=None,
            exits=(),
        )
        self.open_lives[order.symbol] = replace(life, entered=life.entered + quantity)

    def get_order_status(self, _order: Order) -> str:
        """Each order is filled when it is asked for."""
        return "Filled"

    def get_fills(self, order: Order) -> list[Fill]:
        """The one execution of an order."""
        return [self.fills[order.exchange_order_id or ""]]


def run_v2(rules: Rules, database_url: str) -> History:
    """What v2 does on the tape by these rules; its rows go into an empty database of its own.

    Blocks: v2 is synchronous. Raises psycopg.Error.
    """
    market = _Market(warm_up=rules.warm_up)
    storage = Storage(database_url)
    try:
        engine = _engine(rules, market, storage)
        engine.start()
        for market.index in range(START - 1, END):
            for tape in TAPES:
                engine.poll(tape.symbol)
    finally:
        storage.close()
    return History(
        decisions=_decisions(database_url),
        lives=(*market.lives, *market.open_lives.values()),
        orders=tuple(market.sent),
    )


def _engine(rules: Rules, market: _Market, storage: Storage) -> TradingEngine:
    """v2 as its command line puts it together, but for the exchange."""
    exchange: Any = market
    return TradingEngine(
        exchange,
        RiskManager(exchange, RiskLimits()),
        SignalGenerator(
            rules.momentum.lookback,
            _as_v2(rules.momentum.threshold_bps),
            rules.momentum.cool_down,
            CANDLE_MS // 1_000,
        ),
        storage,
        EngineSettings(
            symbols=tuple(tape.symbol for tape in TAPES),
            order_notional_usdt=_as_v2(rules.order_notional_usdt),
            stops=StopRules(
                stop_loss_percent=_as_v2(rules.stop_percent),
                take_profit_percent=_as_v2(rules.target_percent),
                horizon=timedelta(seconds=rules.horizon_s),
            ),
        ),
    )


def _decisions(database_url: str) -> tuple[Decision, ...]:
    """The signals that v2 wrote down, and what was entered on each."""
    with psycopg.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
        rows = connection.execute(SIGNALS).fetchall()
    return tuple(
        Decision(
            symbol=symbol,
            candle_ms=int(at.astimezone(UTC).timestamp() * 1_000),
            direction=direction,
            quantity=None if quantity is None else quantity.normalize(),
        )
        for symbol, at, direction, quantity in rows
    )


def _tape_of(symbol: str) -> SymbolTape:
    return next(tape for tape in TAPES if tape.symbol == symbol)


def _naive(time_ms: int) -> datetime:
    """A time as v2 knows it: of this machine's clock, without a zone."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).astimezone().replace(tzinfo=None)


def _as_v2(value: Decimal) -> float:
    """A number as v2 counts."""
    return float(value)
