"""v3's own core on the tape: strategy, sizing, risk, exits and books, on a market of numbers.

`step` is what trades live; here its commands are carried out at once, at the price of the tape, and
what rests for a leg is filled when the price reaches it, as the exchange would fill it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot_trading.domain.account import Account, Balance, PositionMode
from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId
from bot_trading.domain.market import Candle, Quote
from bot_trading.domain.messages import (
    Command,
    Event,
    LoadCandles,
    Record,
    SetLegProtection,
    StreamUp,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    CandleClosed,
    CandleHistory,
    ExchangeSnapshot,
    FillReport,
    OrderAccepted,
    OrderReport,
    ProtectionSet,
    QuoteSeen,
    StopKind,
)
from bot_trading.domain.signal import Signal
from bot_trading.engine.state import CoreConfig, EngineState
from bot_trading.engine.step import step
from readiness.compatibility.histories import Decision, History, Life, Sent
from readiness.compatibility.rules import EQUITY_USDT
from readiness.compatibility.tape import CANDLE_MS, END, START, START_MS, TAPES, SymbolTape

__all__ = ["run_v3"]

EXCHANGE = "bybit"
NOTES = {"horizon is over": "timeout"}  # v3's words for why it leaves, in v2's.
REASONS = {StopKind.STOP_LOSS: "stop_loss", StopKind.TAKE_PROFIT: "take_profit"}


@dataclass(slots=True)
class _Market:
    """The core, and an exchange that carries out its commands at candle `index`."""

    state: EngineState
    index: int = START - 1
    signals: dict[str, Signal] = field(default_factory=dict)
    entered: dict[str, Decimal] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    resting: dict[LegId, LegProtection] = field(default_factory=dict)
    open_lives: dict[LegId, Life] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def now_us(self) -> int:
        """The close of the present candle."""
        return (START_MS + (self.index + 1) * CANDLE_MS) * 1_000

    def tell(self, event: Event) -> None:
        """Step the core, and carry out what it orders, and what that leads to."""
        for command in step(self.state, event):
            for answer in self._answers(command):
                self.tell(answer)

    def move(self, tape: SymbolTape, index: int) -> None:
        """A candle closes at a price: what rests there is filled, then the core decides."""
        self.index = index
        price = tape.close(index)
        self.tell(QuoteSeen(quote=_quote(tape, price, self.now_us)))
        for leg_id in [leg for leg in self.open_lives if leg.symbol == tape.symbol]:
            kind = _reached(self.resting.get(leg_id), price)
            if kind is not None:
                self._trigger(leg_id, kind, price)
        self.tell(TimePassed(ts_init_us=self.now_us))
        candle = _candle(tape, index)
        self.tell(CandleClosed(candle=candle, ts_init_us=self.now_us))

    def _answers(self, command: Command) -> Iterator[Event]:
        match command:
            case LoadCandles():
                tape = _tape_of(command.instrument_id.symbol)
                indices = range(self.index + 1 - command.limit, self.index + 1)
                yield CandleHistory(
                    instrument_id=command.instrument_id,
                    candles=tuple(_candle(tape, index) for index in indices),
                    ts_init_us=self.now_us,
                )
            case SubmitOrder():
                yield from self._fill(command.approved.intent)
            case SetLegProtection():
                self.resting[command.protection.leg_id] = command.protection
                yield ProtectionSet(protection=command.protection, ts_init_us=self.now_us)
            case Record(row=Signal() as signal):
                self.signals[signal.signal_id] = signal
            case Record(row=Order() as order, note=note) if note:
                self.notes.setdefault(order.client_order_id, note)

    def _fill(self, intent: OrderIntent) -> Iterator[Event]:
        """Take an order, and fill it at once; the stop of an entry rests with its fill."""
        leg_id, order_id = intent.leg_id, f"x-{len(self.sent)}"
        has_stop = intent.stop_loss is not None
        self._note(leg_id, intent.side, intent.reduce_only, has_stop=has_stop)
        yield OrderAccepted(
            client_order_id=intent.client_order_id,
            exchange_order_id=order_id,
            ts_init_us=self.now_us,
        )
        if has_stop and leg_id not in self.open_lives:
            self.resting[leg_id] = LegProtection(
                leg_id=leg_id, stop_loss=intent.stop_loss, take_profit=intent.take_profit
            )
        if intent.purpose is OrderPurpose.ENTRY:
            self._enter(leg_id, intent.quantity)
            self.entered[intent.signal_id or ""] = intent.quantity
        else:
            note = self.notes.get(intent.client_order_id, "")
            self._leave(leg_id, NOTES.get(note, note), intent.quantity)
        price = _tape_of(leg_id.symbol).close(self.index)
        yield self._fill_report(
            leg_id, intent.client_order_id, order_id, intent.side, intent.quantity, price
        )

    def _trigger(self, leg_id: LegId, kind: StopKind, price: Decimal) -> None:
        """The exchange fills the stop or the target of a leg by an order of its own."""
        quantity = self.state.leg(leg_id).quantity
        side = OrderSide.SELL if leg_id.is_long else OrderSide.BUY
        order_id = f"x-{len(self.sent)}"
        self._note(leg_id, side, is_reducing=True, has_stop=False, rested=True)
        self._leave(leg_id, REASONS[kind], quantity)
        self.tell(
            OrderReport(
                exchange=EXCHANGE,
                symbol=leg_id.symbol,
                client_order_id="",
                exchange_order_id=order_id,
                position_idx=leg_id.position_idx,
                side=side,
                order_type=OrderType.MARKET,
                status=OrderStatus.FILLED,
                quantity=quantity,
                filled_qty=quantity,
                avg_px=price,
                price=None,
                trigger_price=price,
                reduce_only=True,
                stop_kind=kind,
                reason="",
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
        )
        self.tell(self._fill_report(leg_id, "", order_id, side, quantity, price))

    def _fill_report(
        self,
        leg_id: LegId,
        client_order_id: str,
        order_id: str,
        side: OrderSide,
        quantity: Decimal,
        price: Decimal,
    ) -> FillReport:
        """The one execution of an order."""
        return FillReport(
            exchange=EXCHANGE,
            symbol=leg_id.symbol,
            trade_id=f"t-{order_id}",
            client_order_id=client_order_id,
            exchange_order_id=order_id,
            side=side,
            position_idx=leg_id.position_idx,
            closed_qty=None,
            last_qty=quantity,
            last_px=price,
            commission=Decimal(0),
            liquidity_side=LiquiditySide.TAKER,
            ts_event_us=self.now_us,
            ts_init_us=self.now_us,
        )

    def _note(
        self,
        leg_id: LegId,
        side: OrderSide,
        is_reducing: bool,
        *,
        has_stop: bool,
        rested: bool = False,
    ) -> None:
        """The order as an exchange would list it."""
        self.sent.append(
            Sent(
                symbol=leg_id.symbol,
                side=side.capitalize(),
                position_idx=leg_id.position_idx,
                reduce_only=is_reducing,
                has_id=not rested,
                carries_stop=has_stop,
                rested_there=rested,
            )
        )

    def _enter(self, leg_id: LegId, quantity: Decimal) -> None:
        life = self.open_lives.get(leg_id) or Life(
            symbol=leg_id.symbol,
            direction="long" if leg_id.is_long else "short",
            entered=Decimal(0),
            opened_ms=self.now_us // 1_000,
            closed_ms=None,
            exits=(),
        )
        self.open_lives[leg_id] = replace(life, entered=(life.entered + quantity).normalize())

    def _leave(self, leg_id: LegId, why: str, quantity: Decimal) -> None:
        """Note an exit, and the end of the leg's life when nothing is left of it."""
        before = self.open_lives.pop(leg_id)
        life = replace(before, exits=(*before.exits, (why, quantity.normalize())))
        if sum(part for _, part in life.exits) < life.entered:
            self.open_lives[leg_id] = life
            return
        self.lives.append(replace(life, closed_ms=self.now_us // 1_000))
        self.resting.pop(leg_id, None)


def run_v3(config: CoreConfig) -> History:
    """What v3 does on the tape by this configuration."""
    market = _Market(state=EngineState(config=config))
    _connect(market)
    for index in range(START, END):
        for tape in TAPES:
            market.move(tape, index)
    return History(
        decisions=tuple(
            Decision(
                symbol=signal.instrument_id.symbol,
                candle_ms=signal.ts_event_us // 1_000,
                direction=signal.direction.lower(),
                quantity=_normal(market.entered.get(signal.signal_id)),
            )
            for signal in market.signals.values()
        ),
        lives=(*market.lives, *market.open_lives.values()),
        orders=tuple(market.sent),
    )


def _connect(market: _Market) -> None:
    """Streams up, everything read, a price for each instrument: the core may decide."""
    now_us = market.now_us
    market.tell(StreamUp(exchange=EXCHANGE, ts_init_us=now_us))
    account = Account(
        exchange=EXCHANGE, account_uid="1", position_mode=PositionMode.HEDGE, can_withdraw=False
    )
    balance = Balance(
        exchange=EXCHANGE,
        coin="USDT",
        equity=EQUITY_USDT,
        wallet_balance=EQUITY_USDT,
        available=EQUITY_USDT,
        ts_event_us=now_us,
    )
    market.tell(
        ExchangeSnapshot(
            account=account,
            instruments=tuple(_instrument(tape) for tape in TAPES),
            balance=balance,
            legs=(),
            open_orders=(),
            fills=(),
            funding=(),
            ts_init_us=now_us,
        )
    )
    for tape in TAPES:
        market.tell(QuoteSeen(quote=_quote(tape, tape.close(market.index), now_us)))


def _reached(protection: LegProtection | None, price: Decimal) -> StopKind | None:
    """What of a leg's protection the price has touched."""
    if protection is None:
        return None
    sign = 1 if protection.leg_id.is_long else -1
    stop, target = protection.stop_loss, protection.take_profit
    if stop is not None and sign * (price - stop) <= 0:
        return StopKind.STOP_LOSS
    if target is not None and sign * (price - target) >= 0:
        return StopKind.TAKE_PROFIT
    return None


def _quote(tape: SymbolTape, price: Decimal, now_us: int) -> Quote:
    return Quote(
        instrument_id=InstrumentId(EXCHANGE, tape.symbol),
        last=price,
        mark=price,
        bid=price,
        ask=price,
        bid_qty=Decimal(1_000_000),
        ask_qty=Decimal(1_000_000),
        ts_event_us=now_us,
        ts_init_us=now_us,
    )


def _candle(tape: SymbolTape, index: int) -> Candle:
    before, close = tape.close(index - 1), tape.close(index)
    return Candle(
        instrument_id=InstrumentId(EXCHANGE, tape.symbol),
        interval_s=CANDLE_MS // 1_000,
        open_us=(START_MS + index * CANDLE_MS) * 1_000,
        open=before,
        high=max(before, close),
        low=min(before, close),
        close=close,
        volume=Decimal(500),
    )


def _instrument(tape: SymbolTape) -> Instrument:
    """Steps as v2 is told them, and bounds that lie far away."""
    return Instrument(
        instrument_id=InstrumentId(EXCHANGE, tape.symbol),
        base_coin=tape.symbol.removesuffix("USDT"),
        quote_coin="USDT",
        tick_size=tape.tick,
        qty_step=tape.quantity_step,
        min_qty=tape.quantity_step,
        max_qty=Decimal(1_000),
        max_market_qty=Decimal(1_000),
        min_notional=Decimal(5),
        leverage_max=Decimal(100),
        funding_interval_min=480,
        is_trading=True,
    )


def _tape_of(symbol: str) -> SymbolTape:
    return next(tape for tape in TAPES if tape.symbol == symbol)


def _normal(quantity: Decimal | None) -> Decimal | None:
    return None if quantity is None else quantity.normalize()
