"""Two exchanges of paper around the real core: commands go in, what became of them comes out.

`step` is the real one; only the exchanges are played. `held` is what they truly hold and `ledger`
what they paid out, so that the core's view can be compared with theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

from bot_trading.arbitrage.edge import Thresholds
from bot_trading.arbitrage.group import Bounds
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import BookLevel, Quote
from bot_trading.domain.messages import (
    Command,
    Event,
    Record,
    StreamUp,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderIntent, OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import (
    FundingReport,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderRejected,
    QuoteSeen,
    StopKind,
)
from bot_trading.domain.signal import BarrierSpec
from bot_trading.engine.state import CoreConfig, EngineState
from bot_trading.engine.step import step
from tests.builders.core import (
    NOW_US,
    a_balance,
    a_core_config,
    a_fill_report,
    a_snapshot,
    an_instrument,
    an_order_report,
)

__all__ = ["BINANCE", "BYBIT", "PaperPair", "a_pair_config", "a_spec"]

BYBIT, BINANCE = (InstrumentId(name, "BTCUSDT") for name in ("bybit", "binance"))
FEE_RATIO = Decimal("0.0005")
_ZERO = Decimal(0)


def a_spec(**changed: Any) -> ArbitrageSpec:
    """5 bps after costs to enter, 2 bps to leave; bounds of half a second and 20 USDT."""
    values: dict[str, Any] = {
        "exchanges": ("bybit", "binance"),
        "taker_fee_ratio": {"bybit": FEE_RATIO, "binance": FEE_RATIO},
        "thresholds": Thresholds(
            entry_net_min_bps=Decimal(5),
            exit_bps=Decimal(2),
            horizon_us=3_600_000_000,
            book_age_max_us=1_000_000,
            move_bps_per_root_s=Decimal(1),
        ),
        "bounds": Bounds(
            settle_us=100_000,
            one_sided_max_us=500_000,
            close_again_us=60_000,
            loss_max=Decimal(20),
        ),
        "round_trip_us": 100_000,
        "pause_us": 1_000_000,
        "drift_max_ratio": Decimal("0.1"),
    } | changed
    return ArbitrageSpec(**values)


def a_pair_config(**changed: Any) -> CoreConfig:
    """BTC on both exchanges, groups of 1000 USDT a side, stops at 2 %."""
    values: dict[str, Any] = {
        "instrument_ids": (BYBIT, BINANCE),
        "barrier": BarrierSpec(
            stop_ratio=Decimal("0.02"), target_ratio=Decimal("0.5"), horizon_s=3_600
        ),
        "arbitrage": a_spec(),
    } | changed
    return a_core_config(**values)


@dataclass(slots=True)
class PaperPair:
    """The core with both exchanges connected, at 50000 on either."""

    state: EngineState = field(default_factory=lambda: EngineState(config=a_pair_config()))
    now_us: int = NOW_US
    prices: dict[InstrumentId, Decimal] = field(default_factory=dict)
    under_way: dict[str, tuple[OrderIntent, Decimal]] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    held: dict[LegId, Decimal] = field(default_factory=dict)
    ledger: dict[LegId, Decimal] = field(default_factory=dict)
    groups: list[LegGroup] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)
    out: list[Command] = field(default_factory=list)

    @classmethod
    def ready(cls, config: CoreConfig | None = None, **instruments: dict[str, Any]) -> PaperPair:
        """Both exchanges reconciled; parts of their instruments may be changed by exchange."""
        paper = cls(state=EngineState(config=config or a_pair_config()))
        for each in (BYBIT, BINANCE):
            paper.connect(each, **instruments.get(each.exchange, {}))
        for each in (BYBIT, BINANCE):
            paper.quote(each, 50_000)
        return paper

    def connect(self, instrument_id: InstrumentId, **changed: Any) -> None:
        """Streams up and everything read, with what is truly held."""
        exchange = instrument_id.exchange
        instrument = an_instrument(instrument_id=instrument_id, **changed)
        snapshot = a_snapshot(
            instruments=(instrument,), balance=a_balance(exchange=exchange), ts_init_us=self.now_us
        )
        account = replace(snapshot.account, exchange=exchange)
        self.tell(StreamUp(exchange=exchange, ts_init_us=self.now_us))
        self.tell(replace(snapshot, account=account))

    @property
    def group(self) -> LegGroup | None:
        """The newest group as the core knows it."""
        return self.state.groups.get("BTCUSDT")

    def tell(self, event: Event) -> list[Command]:
        """One step of the core; what it sends is under way from now on."""
        self.out = step(self.state, event)
        for command in self.out:
            if isinstance(command, SubmitOrder):
                intent = command.approved.intent
                self.under_way[intent.client_order_id] = (intent, intent.quantity)
            elif isinstance(command, Record) and isinstance(command.row, LegGroup):
                self.groups.append(command.row)
        return self.out

    def sent(self) -> list[OrderIntent]:
        """What the last step sent."""
        return [each.approved.intent for each in self.out if isinstance(each, SubmitOrder)]

    def quote(self, instrument_id: InstrumentId, price: float | Decimal, **changed: Any) -> None:
        """A book of one tick around a price, deep enough, with funding that settles in an hour."""
        mid = Decimal(str(price))
        self.prices[instrument_id] = mid
        values: dict[str, Any] = {
            "instrument_id": instrument_id,
            "last": mid,
            "mark": mid,
            "bid": mid,
            "ask": mid + Decimal("0.1"),
            "bid_qty": Decimal(100),
            "ask_qty": Decimal(100),
            "funding_rate": _ZERO,
            "ts_funding_us": NOW_US + 3_600_000_000,
            "ts_event_us": self.now_us,
            "ts_init_us": self.now_us,
            "ts_book_us": self.now_us,
        } | changed
        depth = {
            "bids": _levels(values["bid"], values["bid_qty"]),
            "asks": _levels(values["ask"], values["ask_qty"]),
            "ts_depth_us": values["ts_book_us"],
        }
        self.tell(QuoteSeen(quote=Quote(**depth | values)))

    def enter(self, basis: int = 250) -> tuple[OrderIntent, OrderIntent]:
        """Let the second exchange stand above the first one: the two entries that follow."""
        self.quote(BYBIT, 50_000)
        self.quote(BINANCE, 50_000 + basis)
        long, short = self.sent()
        return long, short

    def tick(self, passed_us: int) -> None:
        """Time passes, and nothing is heard."""
        self.now_us += passed_us
        self.tell(TimePassed(ts_init_us=self.now_us))

    def accept(self, order_id: str) -> None:
        """The exchange takes an order."""
        self.tell(
            OrderAccepted(
                client_order_id=order_id,
                exchange_order_id=f"x-{order_id}",
                ts_init_us=self.now_us,
            )
        )

    def refuse(self, order_id: str) -> None:
        """The exchange refuses an order, of which nothing exists then."""
        self.under_way.pop(order_id)
        self.tell(
            OrderRejected(
                client_order_id=order_id, code="1", reason="refused", ts_init_us=self.now_us
            )
        )

    def lose(self, order_id: str) -> None:
        """The answer to an order is lost; what became of it may be told later."""
        self.tell(
            OrderOutcomeUnknown(client_order_id=order_id, reason="timeout", ts_init_us=self.now_us)
        )

    def fill(self, order_id: str, quantity: Decimal | None = None, price: object = None) -> None:
        """A part of an order trades, all that is left by default, and reduce-only no more than is
        held."""
        intent, leaves = self.under_way[order_id]
        part = leaves if quantity is None else quantity
        if intent.reduce_only:
            part = min(part, self.held.get(intent.leg_id, _ZERO))
        if not part:
            return
        self.under_way[order_id] = (intent, leaves - part)
        at = self.prices[intent.leg_id.instrument_id] if price is None else Decimal(str(price))
        self._trade(intent.leg_id, intent.side, part, at, order_id)

    def end(self, order_id: str) -> None:
        """The exchange says that an order ended, with what it filled."""
        intent, leaves = self.under_way.pop(order_id)
        filled = intent.quantity - leaves
        self.tell(
            an_order_report(
                **self._names(intent.leg_id, order_id),
                side=intent.side,
                status=OrderStatus.CANCELED if leaves else OrderStatus.FILLED,
                quantity=intent.quantity,
                filled_qty=filled,
                reduce_only=intent.reduce_only,
            )
        )

    def stop_out(self, leg_id: LegId) -> None:
        """The exchange runs the stop of a leg, by an order of its own."""
        quantity = self.held.get(leg_id, _ZERO)
        if not quantity:
            return
        side = OrderSide.SELL if leg_id.is_long else OrderSide.BUY
        names = self._names(leg_id, "") | {"exchange_order_id": f"stop-{next(self.numbers)}"}
        self.tell(
            an_order_report(
                **names,
                side=side,
                order_type=OrderType.MARKET,
                status=OrderStatus.ACCEPTED,
                quantity=quantity,
                reduce_only=True,
                stop_kind=StopKind.STOP_LOSS,
            )
        )
        price = self.prices[leg_id.instrument_id]
        self._trade(leg_id, side, quantity, price, "", names["exchange_order_id"])

    def fund(self, leg_id: LegId, amount: Decimal) -> None:
        """Funding settles on a leg."""
        self.ledger[leg_id] = self.ledger.get(leg_id, _ZERO) + amount
        self.tell(
            FundingReport(
                exchange=leg_id.exchange,
                symbol=leg_id.symbol,
                trade_id=f"f-{next(self.numbers)}",
                side=OrderSide.BUY,
                position_idx=leg_id.position_idx,
                amount=amount,
                rate=None,
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
        )

    def _names(self, leg_id: LegId, order_id: str) -> dict[str, Any]:
        return {
            "exchange": leg_id.exchange,
            "symbol": leg_id.symbol,
            "client_order_id": order_id,
            "exchange_order_id": f"x-{order_id}",
            "position_idx": PositionIdx(leg_id.position_idx),
            "ts_event_us": self.now_us,
            "ts_init_us": self.now_us,
        }

    def _trade(
        self,
        leg_id: LegId,
        side: OrderSide,
        quantity: Decimal,
        price: Decimal,
        order_id: str,
        exchange_order_id: str = "",
    ) -> None:
        opens = (side is OrderSide.BUY) == leg_id.is_long
        fee = quantity * price * FEE_RATIO
        cash = quantity * price if side is OrderSide.SELL else -quantity * price
        self.held[leg_id] = self.held.get(leg_id, _ZERO) + (quantity if opens else -quantity)
        self.ledger[leg_id] = self.ledger.get(leg_id, _ZERO) + cash - fee
        names = self._names(leg_id, order_id)
        if exchange_order_id:
            names["exchange_order_id"] = exchange_order_id
        self.tell(
            a_fill_report(
                **names,
                trade_id=f"t-{next(self.numbers)}",
                side=side,
                closed_qty=None,
                last_qty=quantity,
                last_px=price,
                commission=fee,
                liquidity_side=LiquiditySide.TAKER,
            )
        )


def _levels(price: Decimal | None, quantity: Decimal | None) -> tuple[BookLevel, ...]:
    """A side of one level, or an empty one where a part of it is not told."""
    return () if price is None or quantity is None else ((price, quantity),)
