"""PostgreSQL and memory keep the same of any sequence of commits, and refuse the same ones."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot_trading.domain.account import TradingState
from bot_trading.domain.exits import StepStatus
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Record
from bot_trading.domain.order import Order, OrderOrigin, OrderSide, OrderStatus
from bot_trading.errors import StoreError, StoreUnavailable
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from readiness.scratch_database import create_scratch_database, drop_database
from tests.integration.storage import samples
from tests.integration.storage.samples import LONG, SHORT, T0

Batch = list[Record]
HOUR_US = 3_600_000_000
ORDER_IDS = ("a", "b", "c")
LEGS = {"a": LONG, "b": SHORT, "c": LegId("okx", "ETHUSDT", PositionIdx.LONG)}
_accounts = (f"account-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    """Address of a migrated database of this module; each example has an account of its own."""
    address = asyncio.run(create_scratch_database(postgres_url))
    asyncio.run(schema.upgrade(address))
    yield address
    asyncio.run(drop_database(postgres_url, address))


def side_of(leg_id: LegId) -> OrderSide:
    return OrderSide.BUY if leg_id.is_long else OrderSide.SELL


moments = st.integers(0, 4).map(lambda number: T0 + number * HOUR_US)
quantities = st.sampled_from([Decimal(n) / 1000 for n in range(4)])


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """A version of one of three orders; rarely one that claims another leg."""
    name = draw(st.sampled_from(ORDER_IDS))
    leg_id = draw(st.sampled_from([LEGS[name]] * 12 + [SHORT]))
    return samples.order(
        client_order_id=name,
        leg_id=leg_id,
        side=side_of(leg_id),
        status=draw(st.sampled_from(OrderStatus)),
        origin=draw(st.sampled_from([OrderOrigin.BOT] * 3 + [OrderOrigin.FOREIGN])),
        filled_qty=draw(quantities),
        avg_px=draw(st.none() | st.just(Decimal(1) / 3)),
        signal_id=draw(st.sampled_from([None] * 8 + ["s1", "s2"])),
        ts_updated_us=draw(moments),
    )


@st.composite
def rows(draw: st.DrawFn) -> object:
    """Any row that a commit may hold."""
    leg_id = draw(st.sampled_from(list(LEGS.values())))
    name = draw(st.sampled_from(ORDER_IDS))
    moment = draw(moments)
    return draw(
        st.one_of(
            orders(),
            orders(),
            st.sampled_from(["s1", "s2"]).map(lambda s: samples.signal(signal_id=s)),
            st.sampled_from(["t1", "t2", "t3"]).map(
                lambda trade: samples.fill(
                    trade_id=f"{trade}{name}",
                    client_order_id=name,
                    leg_id=LEGS[name],
                    side=side_of(LEGS[name]),
                    ts_event_us=moment,
                )
            ),
            st.just(samples.funding(trade_id=f"f{moment}", leg_id=leg_id, ts_event_us=moment)),
            st.tuples(quantities, moments).map(
                lambda drawn: samples.leg(
                    leg_id=leg_id,
                    quantity=drawn[0],
                    ts_opened_us=drawn[1],
                    ts_updated_us=moment,
                )
            ),
            st.sampled_from(TradingState).map(
                lambda state: samples.halted(state=state, ts_init_us=moment, why=state.value)
            ),
            st.just(samples.risk_event(event_id=f"e{moment}")),
            st.just(samples.balance(ts_event_us=moment)),
            st.just(samples.began(exchange=leg_id.exchange, ours_from_us=moment)),
            st.just(samples.protection()),
            st.builds(
                lambda level, filled, attempts, order: samples.rung(
                    leg_id=leg_id,
                    level=level,
                    filled_qty=filled,
                    attempts=attempts,
                    client_order_id=order,
                ),
                st.integers(1, 2),
                st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.002")]),
                st.integers(0, 2),
                st.sampled_from([None, None, *ORDER_IDS]),
            ),
            st.builds(
                lambda status, updates: samples.step(status=status, updates=updates),
                st.sampled_from(StepStatus),
                st.integers(0, 2),
            ),
        )
    )


batches = st.lists(
    st.builds(lambda row, at: Record(row=row, ts_init_us=at), rows(), moments), max_size=6
)
seeded = st.just([Record(row=samples.signal(), ts_init_us=T0)])
histories = st.lists(batches | seeded, min_size=1, max_size=6).flatmap(
    lambda history: st.tuples(
        st.just(history), st.lists(st.sampled_from(history), max_size=3), st.randoms()
    )
)


async def outcome(store: Database | MemoryStore, batch: Batch) -> str:
    """Whether the store took the batch."""
    try:
        await store.commit(batch)
    except StoreUnavailable:
        raise
    except StoreError:
        return "refused"
    return "kept"


async def everything(store: Database | MemoryStore) -> list[object]:
    """All that the store tells of its account, without the account's own row ids."""
    return [
        await store.load(),
        [saved.order for saved in await store.fetch_orders()],
        await store.fetch_fills(),
        *[await store.fetch_order_events(name) for name in ORDER_IDS],
    ]


async def play(url: str, history: list[Batch]) -> None:
    """Commit the same history to both stores and compare each outcome and the end."""
    account = next(_accounts)
    database, memory = Database(url, deadline_ms=20_000), MemoryStore()
    await database.open(account)
    await memory.open(account)
    try:
        for batch in history:
            assert await outcome(memory, batch) == await outcome(database, batch)
        assert await everything(memory) == await everything(database)
    finally:
        await database.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(played=histories)
def test_both_stores_keep_and_refuse_the_same(
    url: str, played: tuple[list[Batch], list[Batch], object]
) -> None:
    """Whatever is committed, repeated and reordered, both stores answer and remember the same."""
    history, repeated, random = played
    again = [list(batch) for batch in repeated]
    for batch in again:
        random.shuffle(batch)  # type: ignore[attr-defined]
    asyncio.run(play(url, history + again))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=st.lists(batches, min_size=1, max_size=4))
def test_a_history_committed_twice_is_a_history_committed_once(history: list[Batch]) -> None:
    """A whole commit repeated right after itself, as after a lost answer, changes nothing."""

    async def committed(times: int) -> list[object]:
        store = MemoryStore()
        await store.open("main")
        for batch in history:
            for _ in range(times):
                await outcome(store, batch)
        return await everything(store)

    assert asyncio.run(committed(1)) == asyncio.run(committed(3))
