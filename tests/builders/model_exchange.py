"""A model of a hedge-mode exchange: pure, in-process, just enough to be wrong against.

It fills market orders in pieces at one price, lets limit orders that close rest, keeps two legs
with the protection that rests for them, and queues in `stream` what its private streams would say.
It shares no code with the bot beyond the words of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.account import Account, Balance, PositionMode
from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.market import Quote
from bot_trading.domain.messages import Event
from bot_trading.domain.order import (
    ApprovedOrder,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    BalanceReport,
    ExchangeSnapshot,
    FillReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
    QuoteSeen,
    StopKind,
)
from tests.builders.core import BTC, LONG, NOW_US, SHORT, an_instrument
from tests.builders.model_trailing import ModelTrail, is_hit, started

__all__ = ["ModelExchange", "ModelLeg"]

_ZERO = Decimal(0)
_FEE = Decimal("0.00055")
_LIVE = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED)


@dataclass(slots=True)
class ModelLeg:
    """What is held, what it cost, and what rests for it."""

    quantity: Decimal = _ZERO
    entry_value: Decimal = _ZERO
    stop: Decimal | None = None
    target: Decimal | None = None
    trail: ModelTrail | None = None


@dataclass(slots=True)
class _ModelOrder:
    client_order_id: str
    exchange_order_id: str
    leg_id: LegId
    side: OrderSide
    quantity: Decimal
    reduce_only: bool
    price: Decimal | None = None
    stop_kind: StopKind | None = None
    filled: Decimal = _ZERO
    value: Decimal = _ZERO
    status: OrderStatus = OrderStatus.ACCEPTED
    fills: list[FillReport] = field(default_factory=list)

    @property
    def left(self) -> Decimal:
        """What may still fill."""
        return self.quantity - self.filled


class ModelExchange:
    """One account, one symbol, one price. `parts` says how the next orders fill: shares of their
    quantity, one fill each; what they leave over is canceled, as IOC orders are."""

    def __init__(self, price: Decimal = Decimal(50000)) -> None:
        self.now_us = NOW_US
        self.price = price
        self.wallet = Decimal(100_000)
        self.legs = {LONG: ModelLeg(), SHORT: ModelLeg()}
        self.orders: dict[str, _ModelOrder] = {}
        self.fills: list[FillReport] = []
        self.stream: list[Event] = []
        self.parts: tuple[Decimal, ...] = (Decimal(1),)
        self._count = 0

    def submit(
        self, approved: ApprovedOrder
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Take an order, or refuse it; the same id twice is never two orders.

        Closing orders are cut to what the leg holds beyond others that rest, but for whole exits.
        """
        intent = approved.intent
        key = intent.client_order_id
        if any(order.client_order_id == key for order in self.orders.values()):
            return OrderOutcomeUnknown(
                client_order_id=key, reason="the id was used before", ts_init_us=self._stamp()
            )
        leg = self.legs[intent.leg_id]
        if intent.reduce_only and leg.quantity == 0:
            return self._refused(key, "the position is zero, cannot be reduced")
        wrong = self._wrong_side(intent.leg_id, intent.stop_loss, intent.take_profit)
        if not intent.reduce_only and wrong:
            return self._refused(key, wrong)
        quantity = intent.quantity
        if intent.reduce_only:
            is_exit = intent.purpose is OrderPurpose.EXIT
            held_by_others = (
                _ZERO if is_exit else sum((o.left for o in self.resting(intent.leg_id)), _ZERO)
            )
            quantity = min(quantity, leg.quantity - held_by_others)
        if quantity <= 0:
            return self._refused(key, "Reduce-only rule not satisfied")
        order = self._make(key, intent.leg_id, intent.side, quantity, intent.reduce_only)
        order.price = intent.price
        if not intent.reduce_only:
            leg.stop = intent.stop_loss or leg.stop
            leg.target = intent.take_profit or leg.target
        if order.price is None or self._is_reached(order):
            self._execute(order, self.parts)
        else:
            self.stream.append(self.report(order))
        return OrderAccepted(
            client_order_id=key,
            exchange_order_id=order.exchange_order_id,
            ts_init_us=self._stamp(),
        )

    def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make it rest, unless the leg is flat or a level lies beyond the price."""
        leg = self.legs[protection.leg_id]
        problem = self._wrong_side(protection.leg_id, protection.stop_loss, protection.take_profit)
        if leg.quantity == 0:
            problem = "can not set tp/sl/ts for zero position"
        if problem:
            return ProtectionRefused(
                protection=protection, code="10001", reason=problem, ts_init_us=self._stamp()
            )
        leg.stop, leg.target = protection.stop_loss, protection.take_profit
        if protection.trailing is not None and leg.trail is None:
            leg.trail = started(protection.trailing, self.price)
        self.stream.append(self.leg_report(protection.leg_id))
        return ProtectionSet(protection=protection, ts_init_us=self._stamp())

    def resting(self, leg_id: LegId) -> list[_ModelOrder]:
        """The limit orders of a leg that wait for their price, oldest first."""
        return [
            order
            for order in self.orders.values()
            if order.leg_id == leg_id and order.status in _LIVE and order.price is not None
        ]

    def cancel(self, client_order_id: str) -> None:
        """Take back what rests; an order that ended is left as it is."""
        for order in self.orders.values():
            if order.client_order_id == client_order_id and order.status in _LIVE:
                order.status = OrderStatus.CANCELED
                self.stream.append(self.report(order))

    def move(self, price: Decimal) -> None:
        """The market moves: a quote, and orders, stops and targets that it touches execute."""
        self.price = price
        for leg_id in self.legs:
            for order in self.resting(leg_id):
                if self._is_reached(order) and order.status in _LIVE:
                    self._execute(order, self.parts, order.price)
        for leg_id, leg in self.legs.items():
            sign = 1 if leg_id.is_long else -1
            if leg.quantity == 0:
                continue
            if leg.stop is not None and sign * (price - leg.stop) <= 0:
                self._close_by_itself(leg_id, StopKind.STOP_LOSS)
            elif leg.target is not None and sign * (price - leg.target) >= 0:
                self._close_by_itself(leg_id, StopKind.TAKE_PROFIT)
            elif leg.trail is not None and is_hit(leg.trail, sign, price):
                self._close_by_itself(leg_id, StopKind.TRAILING_STOP)

    def stranger_closes(self, leg_id: LegId) -> None:
        """A person closes a leg by hand on the exchange's page."""
        if self.legs[leg_id].quantity:
            self._close_by_itself(leg_id, None)

    def quote(self) -> QuoteSeen:
        """The price as the public stream tells it."""
        stamp_us = self._stamp()
        price = self.price
        quote = Quote(
            instrument_id=BTC,
            last=price,
            mark=price,
            bid=price,
            ask=price,
            bid_qty=Decimal(1000),
            ask_qty=Decimal(1000),
            ts_event_us=stamp_us,
            ts_init_us=stamp_us,
        )
        return QuoteSeen(quote=quote)

    def snapshot(self, since_us: int) -> ExchangeSnapshot:
        """Everything, as REST would tell it at this instant."""
        return ExchangeSnapshot(
            account=Account(
                exchange="bybit",
                account_uid="1",
                position_mode=PositionMode.HEDGE,
                can_withdraw=False,
            ),
            instruments=(an_instrument(),),
            balance=self._balance(),
            legs=tuple(self.leg_report(leg_id) for leg_id in self.legs),
            open_orders=tuple(
                self.report(order) for leg_id in self.legs for order in self.resting(leg_id)
            ),
            fills=tuple(fill for fill in self.fills if fill.ts_event_us >= since_us),
            funding=(),
            ts_init_us=self._stamp(),
        )

    def query(
        self, client_order_id: str
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """History and executions of one order."""
        for order in self.orders.values():
            if order.client_order_id == client_order_id:
                return self.report(order), tuple(order.fills)
        return OrderNotFound(client_order_id=client_order_id, ts_init_us=self._stamp())

    def _execute(
        self, order: _ModelOrder, parts: Iterable[Decimal], at: Decimal | None = None
    ) -> None:
        """Fill in parts: at the market's price, or `at` the price of an order that rested."""
        instrument = an_instrument()
        for part in parts:
            wanted = instrument.quantity_down(order.quantity * part)
            piece = min(wanted, order.quantity - order.filled)
            if piece > 0:
                self._fill(order, piece, at or self.price)
        order.status = self._status_after(order)
        self.stream.append(self.report(order))
        self._fit_resting(order.leg_id)
        self.stream.append(self.leg_report(order.leg_id))
        self.stream.append(BalanceReport(balance=self._balance(), ts_init_us=self._stamp()))

    @staticmethod
    def _status_after(order: _ModelOrder) -> OrderStatus:
        """What is left of a limit order goes on resting, of a market order it is canceled."""
        if order.filled == order.quantity:
            return OrderStatus.FILLED
        if order.price is None:
            return OrderStatus.CANCELED
        return OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.ACCEPTED

    def _is_reached(self, order: _ModelOrder) -> bool:
        sign = 1 if order.side is OrderSide.SELL else -1
        return order.price is not None and sign * (self.price - order.price) >= 0

    def _fit_resting(self, leg_id: LegId) -> None:
        """Cut or cancel what no longer fits the leg; the oldest keep their quantity."""
        free = self.legs[leg_id].quantity
        for order in self.resting(leg_id):
            kept = min(order.left, free)
            free -= kept
            if kept < order.left:
                order.quantity = order.filled + kept
                order.status = order.status if kept else OrderStatus.CANCELED
                order.quantity = order.quantity or order.left
                self.stream.append(self.report(order))

    def _fill(self, order: _ModelOrder, quantity: Decimal, price: Decimal) -> None:
        leg, value = self.legs[order.leg_id], quantity * price
        opens = (order.side is OrderSide.BUY) == order.leg_id.is_long
        commission = value * _FEE
        if opens:
            leg.quantity, leg.entry_value = leg.quantity + quantity, leg.entry_value + value
        else:
            share = leg.entry_value * quantity / leg.quantity
            self.wallet += value - share if order.leg_id.is_long else share - value
            leg.quantity, leg.entry_value = leg.quantity - quantity, leg.entry_value - share
            if leg.quantity == 0:
                self.legs[order.leg_id] = ModelLeg()
        self.wallet -= commission
        order.filled += quantity
        order.value += value
        stamp_us = self._stamp()
        report = FillReport(
            exchange="bybit",
            symbol="BTCUSDT",
            trade_id=f"t-{self._count}",
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
            side=order.side,
            position_idx=None,
            closed_qty=_ZERO if opens else quantity,
            last_qty=quantity,
            last_px=price,
            commission=commission,
            liquidity_side=LiquiditySide.TAKER,
            ts_event_us=stamp_us,
            ts_init_us=stamp_us,
        )
        order.fills.append(report)
        self.fills.append(report)
        self.stream.append(report)

    def _close_by_itself(self, leg_id: LegId, kind: StopKind | None) -> None:
        side = OrderSide.SELL if leg_id.is_long else OrderSide.BUY
        order = self._make("", leg_id, side, self.legs[leg_id].quantity, True)
        order.stop_kind = kind
        self._execute(order, (Decimal("0.5"), Decimal(1)))

    def _make(
        self, key: str, leg_id: LegId, side: OrderSide, quantity: Decimal, reduce_only: bool
    ) -> _ModelOrder:
        self._stamp()
        exchange_order_id = f"x-{self._count}"
        order = _ModelOrder(key, exchange_order_id, leg_id, side, quantity, reduce_only)
        self.orders[exchange_order_id] = order
        return order

    def _wrong_side(self, leg_id: LegId, stop: Decimal | None, target: Decimal | None) -> str:
        sign = 1 if leg_id.is_long else -1
        if stop is not None and sign * (self.price - stop) <= 0:
            return f"the stop {stop} is beyond the price {self.price}"
        if target is not None and sign * (target - self.price) <= 0:
            return f"the target {target} is beyond the price {self.price}"
        return ""

    def _refused(self, key: str, reason: str) -> OrderRejected:
        return OrderRejected(
            client_order_id=key, code="110017", reason=reason, ts_init_us=self._stamp()
        )

    def report(self, order: _ModelOrder) -> OrderReport:
        """The order as the exchange sees it now."""
        stamp_us = self._stamp()
        return OrderReport(
            exchange="bybit",
            symbol="BTCUSDT",
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
            position_idx=PositionIdx(order.leg_id.position_idx),
            side=order.side,
            order_type=OrderType.MARKET if order.price is None else OrderType.LIMIT,
            status=order.status,
            quantity=order.quantity,
            filled_qty=order.filled,
            avg_px=order.value / order.filled if order.filled else None,
            price=order.price,
            trigger_price=None,
            reduce_only=order.reduce_only,
            stop_kind=order.stop_kind,
            reason="",
            ts_event_us=stamp_us,
            ts_init_us=stamp_us,
        )

    def leg_report(self, leg_id: LegId) -> LegReport:
        leg = self.legs[leg_id]
        stamp_us = self._stamp()
        return LegReport(
            leg_id=leg_id,
            quantity=leg.quantity,
            avg_px=leg.entry_value / leg.quantity if leg.quantity else None,
            stop_loss=leg.stop,
            take_profit=leg.target,
            liquidation_px=None,
            ts_event_us=stamp_us,
            ts_init_us=stamp_us,
            trailing_distance=leg.trail.asked.distance if leg.trail else None,
        )

    def _balance(self) -> Balance:
        return Balance(
            exchange="bybit",
            coin="USDT",
            equity=self.wallet,
            wallet_balance=self.wallet,
            available=self.wallet,
            ts_event_us=self._stamp(),
        )

    def _stamp(self) -> int:
        """Every message has an instant of its own, so that newer is newer."""
        self._count += 1
        self.now_us += 1
        return self.now_us
