"""v2's engine: one thread that polls, decides, sends and waits, symbol after symbol."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

import pandas as pd
import requests

from legacy_v2.exchange import BybitExchange, ExchangeError, local_time
from legacy_v2.orders import Fill, Instrument, Order, opposite
from legacy_v2.risk import RiskError, RiskManager
from legacy_v2.signals import Signal, SignalGenerator
from legacy_v2.sltp import StopRules, stop_for, why_close
from legacy_v2.storage import Holding, Storage

__all__ = ["EngineSettings", "TradingEngine"]

log = logging.getLogger("legacy_v2")
CANDLES = 200
FILL_TRIES, FILL_WAIT_S = 10, 0.1
ENDED = {"Filled", "Cancelled", "PartiallyFilledCanceled", "Rejected", "Deactivated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What is traded and how; `is_draining` closes what is open and enters nothing."""

    symbols: tuple[str, ...]
    interval_s: int = 60
    poll_s: float = 1.0
    order_notional_usdt: float = 1_000.0
    leverage: int = 3
    is_draining: bool = False
    stops: StopRules = field(default_factory=StopRules)


class TradingEngine:
    """Trades until it is told to stop; open positions then stay open, and unguarded."""

    def __init__(
        self,
        exchange: BybitExchange,
        risk_manager: RiskManager,
        signals: SignalGenerator,
        storage: Storage,
        settings: EngineSettings,
    ) -> None:
        self.exchange = exchange
        self.risk_manager = risk_manager
        self._signals = signals
        self._storage = storage
        self._settings = settings
        self._instruments: dict[str, Instrument] = {}
        self._seen_ms: dict[str, float] = {}
        self._holdings: dict[str, Holding] = {}

    def start(self) -> None:
        """Read the instruments, set the leverage, and remember what was open."""
        for symbol in self._settings.symbols:
            self._instruments[symbol] = self.exchange.get_instrument(symbol)
            self.exchange.set_leverage(symbol, self._settings.leverage)
        self._holdings = self._storage.load_holdings()

    def run(self, duration_s: float | None, stop: Event) -> None:
        """Poll every symbol in turn until the time is over, `stop` is set, or all is drained."""
        end_s = None if duration_s is None else time.monotonic() + duration_s
        while not stop.is_set() and (end_s is None or time.monotonic() < end_s):
            for symbol in self._settings.symbols:
                try:
                    self.poll(symbol)
                except (ExchangeError, requests.RequestException) as error:
                    log.warning("%s: %s", symbol, error)
            if self._settings.is_draining and not self._holdings:
                return
            stop.wait(self._settings.poll_s)

    def poll(self, symbol: str) -> None:
        """Look at the candles, guard what is open, and follow a signal where there is one."""
        candles = self.exchange.get_candles(symbol, self._settings.interval_s, CANDLES)
        received_at = datetime.now()  # noqa: DTZ005 (v2's times are naive)
        if candles.empty:
            return
        newest_ms = float(candles["close_ms"].iloc[-1])
        self._guard(symbol, local_time(newest_ms))
        if symbol not in self._seen_ms:
            self._signals.warm_up(symbol, candles)
        elif newest_ms > self._seen_ms[symbol]:
            self._tell_missed(symbol, newest_ms)
            self._on_candle(symbol, candles, received_at)
        self._seen_ms[symbol] = newest_ms

    def _tell_missed(self, symbol: str, newest_ms: float) -> None:
        """Candles that closed between two polls are never looked at; only the newest one is."""
        passed = round((newest_ms - self._seen_ms[symbol]) / self._settings.interval_s / 1_000)
        if passed > 1:
            log.warning("%s: missed %d candles", symbol, passed - 1)

    def process_signal(self, signal: Signal) -> Order:
        """Order, risk check, exchange: each waits for the one before it.

        Raises RiskError for an entry that is not allowed.
        """
        order = self.create_order(signal)
        self.risk_manager.check(order)
        return self.exchange.place_order(order)

    def create_order(self, signal: Signal) -> Order:
        """A market order of the usual worth at the signal's price."""
        quantity = self._settings.order_notional_usdt / signal.price
        return Order(
            symbol=signal.symbol,
            side=_side(signal),
            quantity=self._instruments[signal.symbol].round_quantity(quantity),
            price=signal.price,
            reason="entry",
        )

    def close_position(self, symbol: str, reason: str) -> None:
        """Close what the exchange holds for the symbol by a plain market order."""
        holding = self._holdings[symbol]
        position = self.exchange.get_positions().get(symbol)
        if position is None:
            now = datetime.now()  # noqa: DTZ005 (v2's times are naive)
            self._storage.close_position(symbol, holding, None, None, "gone", now)
            del self._holdings[symbol]
            return
        order = self.exchange.place_order(
            Order(
                symbol=symbol,
                side=opposite(position.side),
                quantity=position.size,
                price=position.mark_price,
                reason=reason,
            )
        )
        fills = self._fills(order)
        sign = 1 if position.side == "Buy" else -1
        results = [sign * (fill.price - holding.entry_price) * fill.quantity for fill in fills]
        holding.realized_pnl += sum(results)
        order_id = self._storage.save_order(order, fills, results)
        self._after_close(symbol, holding, order_id, fills, reason)
        self._save_balance()

    def _on_candle(self, symbol: str, candles: pd.DataFrame, received_at: datetime) -> None:
        signal = self._signals.generate(symbol, candles, received_at)
        if signal is None or self._settings.is_draining:
            return
        self.risk_manager.begin_day(signal.candle_at.date())
        holding = self._holdings.get(symbol)
        if holding is not None and holding.stop.side != _side(signal):
            self.close_position(symbol, "reverse")
        try:
            order = self.process_signal(signal)
        except RiskError as error:
            log.info("%s %s not followed: %s", symbol, signal.direction, error)
            self._storage.save_signal(signal, None, None)
            return
        log.info(
            "%s %s received_at=%s ordered_at=%s %s",
            symbol,
            signal.direction,
            received_at.isoformat(),
            order.sent_at.isoformat() if order.sent_at else None,
            order.error or "accepted",
        )
        self._after_entry(signal, order)

    def _after_entry(self, signal: Signal, order: Order) -> None:
        fills = self._fills(order)
        order_id = self._storage.save_order(order, fills, [0.0] * len(fills))
        self._storage.save_signal(signal, order_id, order.sent_at)
        if fills:
            self._hold(order, order_id, fills)
        self._save_balance()

    def _hold(self, order: Order, order_id: int, fills: list[Fill]) -> None:
        """Remember the position with this entry in it, and the stop that guards it."""
        symbol, held = order.symbol, self._holdings.get(order.symbol)
        quantity = sum(fill.quantity for fill in fills)
        price = sum(fill.price * fill.quantity for fill in fills) / quantity
        stop = stop_for(
            self._settings.stops,
            self._instruments[symbol],
            order.side,
            price,
            fills[0].executed_at,
            held.stop if held else None,
        )
        if held is None:
            position_id = self._storage.open_position(symbol, quantity, price, stop)
            self._holdings[symbol] = Holding(
                position_id=position_id, size=quantity, entry_price=price, stop=stop
            )
        else:
            size = held.size + quantity
            held.entry_price = (held.entry_price * held.size + price * quantity) / size
            held.size, held.stop = size, stop
            self._storage.change_position(held)
        self._storage.save_stop(symbol, order_id, quantity, stop)

    def _after_close(
        self, symbol: str, holding: Holding, order_id: int, fills: list[Fill], reason: str
    ) -> None:
        """Forget a position that is flat; what is left of another one stays guarded."""
        if not fills:
            return
        closed = sum(fill.quantity for fill in fills)
        if round(holding.size - closed, 8) > 0:
            holding.size -= closed
            self._storage.change_position(holding)
            return
        price = sum(fill.price * fill.quantity for fill in fills) / closed
        closed_at = fills[-1].executed_at
        self._storage.close_position(symbol, holding, price, order_id, reason, closed_at)
        del self._holdings[symbol]
        log.info("%s closed: %s", symbol, reason)

    def _guard(self, symbol: str, now: datetime) -> None:
        """Close the position where its stop, its target or its horizon is reached."""
        holding = self._holdings.get(symbol)
        if holding is None:
            return
        price = self.exchange.get_price(symbol)
        reason = why_close(self._settings.stops, holding.stop, price, now)
        if reason is not None:
            self.close_position(symbol, reason)

    def _fills(self, order: Order) -> list[Fill]:
        """Wait until the order has ended and its executions are listed; they may come late."""
        if order.exchange_order_id is None:
            return []
        fills: list[Fill] = []
        for _ in range(FILL_TRIES):
            try:
                order.status = self.exchange.get_order_status(order)
                fills = self.exchange.get_fills(order)
            except (ExchangeError, requests.RequestException) as error:
                log.warning("%s: fills not read: %s", order.symbol, error)
            filled = round(sum(fill.quantity for fill in fills), 8)
            if order.status in ENDED and (filled >= order.quantity or order.status != "Filled"):
                break
            time.sleep(FILL_WAIT_S)
        return fills

    def _save_balance(self) -> None:
        wallet_balance, equity = self.exchange.get_balance()
        now = datetime.now()  # noqa: DTZ005 (v2's times are naive)
        self._storage.save_balance(wallet_balance, equity, now)


def _side(signal: Signal) -> str:
    return "Buy" if signal.direction == "long" else "Sell"
