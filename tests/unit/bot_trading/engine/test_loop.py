"""The shell around the step: its order, its supervisor, and what it does when tasks break."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.market import Candle
from bot_trading.domain.messages import (
    Announce,
    CancelOrder,
    HaltTrading,
    QueryOrder,
    ReadFailed,
    Record,
    SetLegProtection,
    SignalDecided,
    SignalReceived,
    StreamDown,
    StreamUp,
    TakeSnapshot,
)
from bot_trading.domain.order import ApprovedOrder, OrderStatus
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    CandleClosed,
    ExchangeSnapshot,
    OrderAccepted,
    ProtectionSet,
)
from bot_trading.domain.signal import Signal
from bot_trading.engine import loop
from bot_trading.engine.loop import EngineLoop
from bot_trading.engine.state import EngineState
from bot_trading.errors import AccountLocked, ExchangeUnavailable
from bot_trading.ports import ExchangeClient, SignalSource
from bot_trading.storage.memory import MemoryStore
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    a_candle,
    a_core_config,
    a_fill_report,
    a_signal,
    a_snapshot,
    d,
)
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.waiting import wait_until


class Bench:
    """A running loop over the model exchange and the store in memory."""

    def __init__(self, client: ModelClient, source: SignalSource | None = None) -> None:
        self.client = client
        self.heard: list[Announce | SignalDecided] = []
        self.store = MemoryStore()
        self.loop = EngineLoop(
            EngineState(config=a_core_config()),
            self.store,
            {"bybit": client},
            self.heard.append,
            lambda: client.model.now_us,
            source,
        )

    @property
    def state(self) -> EngineState:
        """The core's state."""
        return self.loop.state

    def is_ready(self) -> bool:
        """Reconciled, and a price was seen."""
        health = self.state.exchange_health("bybit")
        return not health.not_ready and bool(self.state.quotes)

    def signal(self, name: str) -> None:
        """Give it a signal."""
        self.loop.publish(SignalReceived(signal=a_signal(name), ts_init_us=NOW_US))


@contextlib.asynccontextmanager
async def _bench(
    client: ModelClient | None = None, source: SignalSource | None = None
) -> AsyncIterator[Bench]:
    bench = Bench(client or ModelClient(ModelExchange()), source)
    await bench.store.open("test")
    bench.loop.start()
    try:
        yield bench
    finally:
        await bench.loop.stop(1.0)


async def test_it_connects_reconciles_and_follows_a_signal() -> None:
    """From nothing to a protected leg, with every row in the store."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        bench.signal("s-1")
        await wait_until(lambda: not bench.state.leg(LONG).is_flat)
        await wait_until(lambda: not bench.state.orders and not bench.loop.queued)
        await wait_until(lambda: LONG in bench.state.resting)
        assert bench.client.model.legs[LONG].stop == d("49700")
    stored = await bench.store.load()
    assert [leg.quantity for leg in stored.legs] == [d("0.020")]


class Parrot:
    """A source of signals that has an opinion on every candle, once it was loaded."""

    exchange = "bybit"

    def __init__(self, refusals: int = 0) -> None:
        self.problems: dict[str, str] = {"BTCUSDT": "no history was loaded"}
        self.loads = 0
        self._refusals = refusals

    async def load(self, client: ExchangeClient) -> None:
        """Read a history, perhaps in vain."""
        self.loads += 1
        if self.loads <= self._refusals:
            raise ExchangeUnavailable("later")
        await client.get_candles(BTC, 60, 10)
        self.problems.clear()

    def on_candle(self, candle: Candle) -> Signal | None:
        """The same opinion again."""
        return None if self.problems else a_signal(f"parrot-{candle.open_us}")


async def test_an_opinion_from_outside_is_followed_after_its_candle() -> None:
    """The source is loaded once, asked at each close, and its signal takes the usual way."""
    source = Parrot()
    async with _bench(source=source) as bench:
        await wait_until(bench.is_ready)
        await wait_until(lambda: not source.problems)
        bench.loop.publish(CandleClosed(candle=a_candle(NOW_US), ts_init_us=NOW_US))
        await wait_until(lambda: not bench.state.leg(LONG).is_flat)
    assert source.loads == 1
    stored = await bench.store.load()
    assert stored.signal_ids == (f"parrot-{NOW_US}",)


async def test_a_source_whose_history_cannot_be_read_halts_nothing() -> None:
    """It is asked for again later; meanwhile there is no opinion, and trading goes on."""
    source = Parrot(refusals=1)
    async with _bench(source=source) as bench:
        await wait_until(lambda: source.loads == 1)
        await wait_until(bench.is_ready)
        bench.signal("s-1")
        await wait_until(lambda: not bench.state.leg(LONG).is_flat)
        assert bench.state.trading_state is TradingState.ACTIVE
        assert source.problems


async def test_an_up_is_never_believed_after_a_later_down() -> None:
    """What arrives in one go is handled in its order, though downs are urgent."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        bench.loop.publish(StreamUp(exchange="bybit", ts_init_us=NOW_US))
        bench.loop.publish(StreamDown(exchange="bybit", reason="gone", ts_init_us=NOW_US))
        await wait_until(lambda: not bench.loop.queued)
        assert not bench.state.exchange_health("bybit").is_stream_up
        assert "gone" in bench.state.exchange_health("bybit").not_ready


async def test_a_turn_that_raises_halts_and_the_loop_goes_on() -> None:
    """A core that raised may be wrong about anything, so it takes no new risk."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        bench.loop.publish("no event at all")  # type: ignore[arg-type]
        await wait_until(lambda: bench.state.trading_state is TradingState.HALTED)
        assert "KeyError while handling str" in bench.state.trading_state_why
        bench.signal("s-1")
        await wait_until(lambda: any(isinstance(each, SignalDecided) for each in bench.heard))
        assert bench.client.log == []


class BrokenClient(ModelClient):
    """A client with a mistake of ours in it."""

    is_broken = True

    async def place_order(self, approved: ApprovedOrder) -> OrderAccepted:
        """Raise what no client may raise."""
        raise ZeroDivisionError("ours")

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """The same while broken."""
        if self.is_broken:
            raise ZeroDivisionError("ours")
        return await super().take_snapshot(symbols, since_us)


async def test_a_send_that_breaks_in_our_code_is_unknown_and_halts() -> None:
    """It may have left, so only the exchange can say."""
    client = BrokenClient(ModelExchange())
    client.is_broken = False
    async with _bench(client) as bench:
        await wait_until(bench.is_ready)
        bench.signal("s-1")
        await wait_until(lambda: bench.state.trading_state is TradingState.HALTED)
        [order] = bench.state.orders.values()
        assert order.status is OrderStatus.UNKNOWN


async def test_a_read_that_breaks_in_our_code_is_asked_again() -> None:
    """It halts, and the core does not wait for that answer for ever."""
    client = BrokenClient(ModelExchange())
    async with _bench(client) as bench:
        await wait_until(lambda: bench.state.trading_state is TradingState.HALTED)
        client.is_broken = False
        client.model.now_us += 2_000_000
        await wait_until(bench.is_ready)


async def test_protection_that_was_replaced_while_it_waited_is_not_sent() -> None:
    """An exchange that answers slower than we ask gets the first and the last of ten."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        bench.signal("s-1")
        await wait_until(lambda: not bench.state.leg(LONG).is_flat)
        bench.client.log.clear()
        bench.client.gate.clear()
        for stop in range(49_701, 49_711):
            protection = LegProtection(leg_id=LONG, stop_loss=d(stop), take_profit=None)
            bench.loop._carry_out(SetLegProtection(protection=protection, cause="test"))
        await asyncio.sleep(0)
        bench.client.gate.set()
        await wait_until(lambda: bench.client.model.legs[LONG].stop == 49_710)
        assert bench.client.log == [("protected", str(LONG))] * 2


class SlowTaskClient(ModelClient):
    """Counts how many protections are under way at once."""

    at_once = most_at_once = 0

    async def set_protection(self, protection: LegProtection) -> ProtectionSet:
        """Take two turns of the event loop."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.005)
        self.at_once -= 1
        return ProtectionSet(protection=protection, ts_init_us=self.model.now_us)


async def test_protections_of_a_leg_are_sent_one_after_another() -> None:
    """So that the one decided last is the one that rests."""
    client = SlowTaskClient(ModelExchange())
    async with _bench(client) as bench:
        for stop in (1, 2, 3):
            protection = LegProtection(leg_id=LONG, stop_loss=d(stop), take_profit=None)
            bench.loop._carry_out(SetLegProtection(protection=protection, cause="test"))
        await wait_until(lambda: not client.at_once)
        assert client.most_at_once <= 1


async def test_questions_are_carried_out_at_once() -> None:
    """An order that nobody knows is answered as not found, and a snapshot with everything."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        turns = bench.loop.turns
        bench.loop._carry_out(QueryOrder(leg_id=LONG, client_order_id="nobody"))
        bench.loop._carry_out(TakeSnapshot(exchange="bybit", since_us=0))
        await wait_until(lambda: bench.loop.turns >= turns + 2)
        assert not any(isinstance(each, ReadFailed) for each in bench.heard)


async def test_a_cancel_never_overtakes_its_send() -> None:
    """It would find nothing, and the order would rest after all."""

    class Cancelling(ModelClient):
        async def cancel_order(self, cancel: CancelOrder) -> Any:
            self.log.append(("canceled", cancel.client_order_id))
            return await super().cancel_order(cancel)

    client = Cancelling(ModelExchange())
    async with _bench(client) as bench:
        await wait_until(bench.is_ready)
        client.gate.clear()
        bench.signal("s-1")
        await wait_until(lambda: bool(bench.loop._sends))
        bench.loop.publish(HaltTrading(who="me", why="odd", ts_init_us=NOW_US))
        await wait_until(lambda: bench.state.trading_state is TradingState.HALTED)
        await asyncio.sleep(0.02)
        client.gate.set()
        await wait_until(lambda: len(client.log) >= 2)
        assert [what for what, _ in client.log][:2] == ["sent", "canceled"]
        await wait_until(lambda: not bench.loop._sends)


async def test_rows_of_a_turn_that_raised_are_kept_and_its_sends_are_not() -> None:
    """The state moved as far as they say: a leg that is stored without its fill is booked twice."""
    async with _bench() as bench:
        await wait_until(bench.is_ready)
        snapshot = a_snapshot(fills=(a_fill_report(),), legs=(None,))  # A leg that is none.
        bench.loop.publish(snapshot)
        await wait_until(lambda: bench.state.trading_state is TradingState.HALTED)
        await wait_until(lambda: not bench.loop._outbox.waiting)
    stored = await bench.store.load()
    assert [leg.quantity for leg in stored.legs] == [d("0.010")]
    assert stored.trade_keys == {a_fill_report().key}


async def test_the_loop_ends_with_what_ended_it() -> None:
    """`wait` raises the error of a runner that died."""

    class Dying(ModelClient):
        async def run_streams(self, *args: object) -> None:
            raise RuntimeError("streams died")

    bench = Bench(Dying(ModelExchange()))
    await bench.store.open("test")
    bench.loop.start()
    outcome = await asyncio.gather(bench.loop.wait(), return_exceptions=True)
    await bench.loop.stop(0.1)
    assert str(outcome[0]) == "streams died"


async def test_a_loop_that_ends_with_rows_unwritten_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever stops the bot while another core has the account is told how many rows are lost."""
    said: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(loop.log, "error", lambda text, **fields: said.append((text, fields)))
    async with _bench() as bench:
        await wait_until(bench.is_ready)

        async def refuse(records: Sequence[Record]) -> None:
            raise AccountLocked(f"another core has the account: {len(records)} rows wait")

        bench.store.commit = refuse  # type: ignore[method-assign]
        bench.loop.publish(HaltTrading(who="me", why="odd", ts_init_us=NOW_US))
        await wait_until(lambda: bench.loop.is_busy)
        assert not await bench.loop.stop(0.2)
    assert said[0] == (
        "the bot ends with rows that are not written",
        {"rows": "1 TradingStateChanged"},
    )
