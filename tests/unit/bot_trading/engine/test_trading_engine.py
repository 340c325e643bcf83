"""The engine as its users see it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import OrderDenied, Record
from bot_trading.domain.order import Order, OrderStatus
from bot_trading.domain.signal import Direction
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import (
    AccountLocked,
    ExchangeUnavailable,
    LaunchError,
    StoreUnavailable,
)
from bot_trading.storage.memory import Memory, MemoryStore
from tests.builders.core import BTC, LONG, SHORT, a_core_config, a_signal, an_intent, d
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.two_exchanges import BTC_THERE
from tests.builders.waiting import wait_until


class FallibleStore(MemoryStore):
    """The store in memory that can be switched off."""

    is_down = False

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit, unless it is off."""
        await asyncio.sleep(0)
        if self.is_down:
            raise StoreUnavailable("switched off")
        await super().commit(records)


class Bench:
    """An engine, its store and its exchange."""

    def __init__(self, memory: Memory | None = None, model: ModelExchange | None = None) -> None:
        self.client = ModelClient(model or ModelExchange())
        self.store = FallibleStore(memory)
        self.engine = TradingEngine(
            a_core_config(),
            self.store,
            {"bybit": self.client},
            leverage=Decimal(3),
            clock=lambda: self.client.model.now_us,
        )

    def is_ready(self) -> bool:
        """It may trade."""
        state = self.engine.loop.state
        return bool(state.quotes) and not state.exchange_health("bybit").not_ready

    def is_quiet(self) -> bool:
        """No order lives and no event waits."""
        return not self.engine.loop.state.orders and not self.engine.loop.queued


@contextlib.asynccontextmanager
async def _bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.engine.start()
    try:
        await wait_until(bench.is_ready)
        yield bench
    finally:
        await bench.engine.stop()


async def test_a_signal_becomes_an_order_that_was_answered() -> None:
    """Committed, sent, accepted: the caller never sees an order in between."""
    async with _bench() as bench:
        order = await bench.engine.process_signal(a_signal())
        assert isinstance(order, Order)
        assert order.status not in (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN)
        assert bench.client.log == [("sent", order.client_order_id)]
        await wait_until(bench.is_quiet)
        assert await bench.engine.audit() == ()


async def test_the_same_signal_given_twice_at_once_is_one_order() -> None:
    """Both callers get it, and neither before it was answered."""
    async with _bench() as bench:
        bench.client.gate.clear()
        calls = [asyncio.create_task(bench.engine.process_signal(a_signal())) for _ in range(5)]
        await asyncio.sleep(0.02)
        assert not any(call.done() for call in calls)
        bench.client.gate.set()
        results = await asyncio.gather(*calls)
        again = await bench.engine.process_signal(a_signal())
        assert len({each.client_order_id for each in [*results, again]}) == 1  # type: ignore[union-attr]
        assert len(bench.client.log) == 1
        statuses = {each.status for each in results}  # type: ignore[union-attr]
        assert OrderStatus.SUBMITTED not in statuses


async def test_cancelling_the_caller_cancels_nothing() -> None:
    """The order goes its way, and asking again gives it."""
    async with _bench() as bench:
        bench.client.gate.clear()
        call = asyncio.create_task(bench.engine.process_signal(a_signal()))
        await wait_until(lambda: bench.engine.loop.state.orders)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert call.cancelled()
        bench.client.gate.set()
        await wait_until(bench.is_quiet)
        order = await bench.engine.process_signal(a_signal())
        assert isinstance(order, Order)
        assert order.status is OrderStatus.FILLED
        assert len(bench.client.log) == 1


async def test_a_caller_that_waits_too_long_is_told() -> None:
    """TimeoutError for the caller, nothing changes for the order."""
    async with _bench() as bench:
        bench.client.gate.clear()
        with pytest.raises(TimeoutError):
            await bench.engine.process_signal(a_signal(), timeout_s=0.05)
        assert bench.engine._waiters == {}
        bench.client.gate.set()
        await wait_until(lambda: not bench.engine.loop.state.leg(LONG).is_flat)


async def test_ten_thousand_signals_at_once_keep_every_limit() -> None:
    """Exactly as many orders as the limits hold, each sent once, and everybody is answered."""
    async with _bench() as bench:
        signals = [
            a_signal(f"s-{n % 9_000}", Direction.LONG if n % 3 else Direction.SHORT)
            for n in range(10_000)
        ]
        calls = [bench.engine.process_signal(each, timeout_s=60) for each in signals]
        results = await asyncio.gather(*calls)
        await wait_until(bench.is_quiet)
        model = bench.client.model
        value = {leg_id: leg.quantity * model.price for leg_id, leg in model.legs.items()}
        assert value[LONG] <= 4_000
        assert value[SHORT] <= 4_000
        assert sum(value.values()) == 6_000
        sent = Counter(name for kind, name in bench.client.log if kind == "sent")
        assert set(sent.values()) == {1}
        orders = {each.client_order_id for each in results if isinstance(each, Order)}
        assert orders == set(sent)
        assert bench.engine.loop.state.reservations.total == 0
        assert {each.control for each in results if isinstance(each, OrderDenied)} <= {
            "duplicate_signal",
            "leg_exposure_max_usdt",
            "total_exposure_max_usdt",
        }


async def test_while_the_store_is_down_entries_stop_and_exits_work() -> None:
    """And once it is back everything that happened is in it."""
    async with _bench() as bench:
        await bench.engine.process_signal(a_signal())
        await wait_until(bench.is_quiet)
        bench.store.is_down = True
        refused = await bench.engine.process_signal(a_signal("s-2"))
        words = str(refused) if isinstance(refused, OrderDenied) else refused.reason
        assert "the database takes no writes" in words
        assert len(bench.client.log) == 1
        denied = await bench.engine.process_signal(a_signal("s-3"))
        assert isinstance(denied, OrderDenied)
        assert denied.control == "store_up"
        bench.engine.close_position_partial(LONG, d(1), "r-1")
        await wait_until(lambda: bench.client.model.legs[LONG].quantity == 0)
        bench.store.is_down = False
        await wait_until(lambda: bench.engine.loop.state.is_store_up)
        assert len(await bench.store.fetch_fills()) == 2
        assert isinstance(await bench.engine.process_signal(a_signal("s-4")), Order)


async def test_a_restart_goes_on_where_it_was() -> None:
    """The leg, its protection and its money are as before, and no fill is booked twice."""
    memory, model = Memory(), ModelExchange()
    first = Bench(memory, model)
    await first.engine.start()
    await wait_until(first.is_ready)
    await first.engine.process_signal(a_signal())
    await wait_until(first.is_quiet)
    legs = dict(first.engine.loop.state.legs)
    assert await first.engine.stop()
    second = Bench(memory, model)
    await second.engine.start()
    await wait_until(second.is_ready)
    assert second.engine.loop.state.legs == legs
    assert second.engine.status().legs[0].stop_loss == d("49700")
    assert await second.engine.audit() == ()
    await second.engine.stop()


async def test_a_second_engine_on_the_account_is_refused() -> None:
    """And leaves nothing open behind it."""
    memory = Memory()
    first, second = Bench(memory), Bench(memory)
    await first.engine.start()
    with pytest.raises(AccountLocked):
        await second.engine.start()
    assert second.client.is_closed
    assert await first.engine.stop()


async def test_an_exchange_that_cannot_be_opened_refuses_the_start() -> None:
    """The lock on the account is given back."""

    class Closed(ModelClient):
        async def open(self) -> None:
            raise ExchangeUnavailable("maintenance")

    bench = Bench()
    client = Closed(ModelExchange())
    engine = TradingEngine(a_core_config(), bench.store, {"bybit": client}, leverage=Decimal(1))
    with pytest.raises(ExchangeUnavailable):
        await engine.start()
    assert client.is_closed
    await bench.store.open("test")


class Late(ModelClient):
    """Another exchange, which gives no answer at first."""

    exchange = "binance"
    failures = 1

    async def open(self) -> None:
        """Refused while `failures` are left."""
        if self.failures:
            self.failures -= 1
            raise ExchangeUnavailable("maintenance")


async def test_an_exchange_that_gives_no_answer_does_not_keep_the_others_from_trading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is opened later, and until then it is not ready."""
    monkeypatch.setattr("bot_trading.engine.trading_engine._LATE_FIRST_S", 0.2)
    first, late = ModelClient(ModelExchange()), Late(ModelExchange())
    late.failures = 2
    config = a_core_config(instrument_ids=(BTC, BTC_THERE))
    clients = {"bybit": first, "binance": late}
    engine = TradingEngine(
        config, MemoryStore(), clients, Decimal(1), clock=lambda: first.model.now_us
    )
    await engine.start()
    state = engine.loop.state
    await wait_until(lambda: state.quotes and not state.exchange_health("bybit").not_ready)
    assert state.exchange_health("binance").not_ready == "not connected yet"
    assert isinstance(await engine.process_signal(a_signal()), Order)
    await wait_until(lambda: "maintenance" in state.exchange_health("binance").not_ready)
    assert engine.status().equity_missing == {"binance": "stream is down: maintenance"}
    await wait_until(lambda: late.failures == 0 and late.is_listening)
    await engine.stop()


async def test_a_clock_beyond_the_exchanges_window_refuses_the_start() -> None:
    """With what was measured, and what to do."""
    bench = Bench()
    bench.client.clock_offset_ms = -5_001
    engine = TradingEngine(
        a_core_config(),
        bench.store,
        {"bybit": bench.client},
        leverage=Decimal(1),
        clock_windows_ms={"bybit": 5_000},
    )
    with pytest.raises(LaunchError, match=r"5001 ms ahead of bybit's.*within 5000 ms"):
        await engine.start()
    assert bench.client.is_closed


async def test_a_clock_that_goes_wrong_halts_new_risk(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the window it is still right; a person resumes."""
    monkeypatch.setattr("bot_trading.engine.trading_engine._CLOCK_LOOK_S", 0.01)
    bench = Bench()
    engine = TradingEngine(
        a_core_config(),
        bench.store,
        {"bybit": bench.client},
        leverage=Decimal(1),
        clock=lambda: bench.client.model.now_us,
        clock_windows_ms={"bybit": 5_000},
    )
    await engine.start()
    bench.client.clock_offset_ms = 5_000
    await asyncio.sleep(0.05)
    assert engine.status().trading_state is TradingState.ACTIVE
    bench.client.clock_offset_ms = 7_200
    await wait_until(lambda: engine.status().trading_state is TradingState.HALTED)
    assert "7200 ms behind bybit's" in engine.status().trading_state_why
    engine.resume("me", "synchronised")
    await wait_until(lambda: engine.status().trading_state is TradingState.ACTIVE)
    await engine.stop()


async def test_stopping_keeps_stops_and_closes_connections() -> None:
    """The leg stays protected by what rests on the exchange."""
    bench = Bench()
    await bench.engine.start()
    await wait_until(bench.is_ready)
    await bench.engine.process_signal(a_signal())
    await wait_until(bench.is_quiet)
    assert await bench.engine.stop()
    assert bench.client.is_closed
    assert bench.client.model.legs[LONG].stop == d("49700")


async def test_halting_denies_and_resuming_allows() -> None:
    """A person's word counts at once, and the status shows it."""
    async with _bench() as bench:
        bench.engine.halt("me", "looks odd")
        denied = await bench.engine.process_signal(a_signal())
        assert isinstance(denied, OrderDenied)
        assert denied.control == "trading_state"
        assert bench.engine.status().trading_state is TradingState.HALTED
        bench.engine.resume("me", "fine")
        assert isinstance(await bench.engine.process_signal(a_signal("s-2")), Order)


@pytest.mark.parametrize("ratio", ["0", "-0.1", "1.0001"])
async def test_a_close_ratio_lies_above_zero_and_at_most_at_one(ratio: str) -> None:
    """Anything else is refused before it is queued."""
    async with _bench() as bench:
        with pytest.raises(ValueError, match="close_ratio"):
            bench.engine.close_position_partial(LONG, d(ratio), "r")


async def test_a_part_of_a_leg_is_closed_once_per_request() -> None:
    """A repeated request closes nothing more."""
    async with _bench() as bench:
        await bench.engine.process_signal(a_signal())
        await wait_until(bench.is_quiet)
        for _ in range(3):
            bench.engine.close_position_partial(LONG, d("0.5"), "r-1")
        await wait_until(lambda: bench.client.model.legs[LONG].quantity == d("0.010"))
        await wait_until(bench.is_quiet)
        assert bench.client.model.legs[LONG].quantity == d("0.010")


async def test_asking_risk_reserves_nothing() -> None:
    """The same intent may be asked about any number of times."""
    async with _bench() as bench:
        for _ in range(3):
            assert await bench.engine.risk_manager.check_async(an_intent()) is None
        assert bench.engine.loop.state.reservations.total == 0


def test_before_the_start_there_is_no_loop() -> None:
    """Using it too early is a programmer's mistake."""
    with pytest.raises(RuntimeError, match="has not been started"):
        Bench().engine.status()
