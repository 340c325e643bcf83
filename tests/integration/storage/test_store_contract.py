"""The contract of `ports.Store`, held by PostgreSQL and by memory alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderOrigin, OrderSide, OrderStatus
from bot_trading.errors import AccountLocked, StoreError, StoreUnavailable
from bot_trading.ports import StoredState
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from bot_trading.storage.reading import REREAD_OVERLAP_US
from bot_trading.storage.rows import order_id
from tests.integration.storage import samples
from tests.integration.storage.conftest import MakeStore
from tests.integration.storage.samples import LONG, SECOND, SHORT, T0, records

Store = Database | MemoryStore


async def test_fresh_account_is_empty_and_active(store: Store) -> None:
    """A new account has nothing, and nothing forbids trading."""
    assert await store.load() == StoredState(
        orders=(),
        ended=(),
        entries=(),
        booked_qty={},
        legs=(),
        signal_ids=(),
        trade_keys=frozenset(),
        since_us=0,
        ours_from_us={},
        day_starts={},
        trading_state=TradingState.ACTIVE,
        trading_state_why="",
    )


async def test_every_kind_of_row_comes_back_as_it_went(make_store: MakeStore) -> None:
    """After a restart every digit and every microsecond is what was committed."""
    first = make_store()
    await first.open("main")
    order = samples.order(signal_id="s1", exchange_order_id="x1", avg_px=Decimal(1) / Decimal(3))
    await first.commit(
        records(
            samples.signal(),
            order,
            samples.fill(),
            samples.funding(),
            samples.leg(),
            samples.risk_event(),
            samples.risk_event(event_id="e2", leg_id=None, signal_id=None),
            samples.balance(),
            samples.began(),
            samples.halted(),
            samples.protection(),
        )
    )
    await first.close()
    second = make_store()
    await second.open("main")
    state = await second.load()
    assert state.orders == (order,)
    assert state.legs == (samples.leg(),)
    assert state.entries == (order,)
    assert state.booked_qty == {"o1": Decimal("0.001")}
    assert state.signal_ids == ("s1",)
    assert state.ours_from_us == {"bybit": T0 - 7}
    assert state.day_starts == {"bybit": samples.balance()}
    assert state.trade_keys == {samples.fill().key, samples.funding().key}
    assert state.since_us == T0 + 2 * SECOND - REREAD_OVERLAP_US
    assert state.trading_state is TradingState.HALTED
    assert state.trading_state_why == "operator: going home"
    assert await second.fetch_fills() == (samples.fill(),)
    assert str(state.orders[0].quantity) == "0.003"


async def test_committing_twice_is_committing_once(store: Store) -> None:
    """The same rows again change nothing: a lost answer may be repeated."""
    order = samples.order(status=OrderStatus.PARTIALLY_FILLED, filled_qty=Decimal("0.001"))
    batch = records(
        samples.signal(),
        order,
        samples.fill(),
        samples.leg(),
        samples.funding(),
        samples.risk_event(),
        samples.balance(),
        samples.halted(),
        samples.protection(),
    )
    await store.commit(batch)
    before = await store.load(), await store.fetch_order_events("o1"), await store.fetch_fills()
    await store.commit(batch)
    await store.commit(batch + batch)
    after = await store.load(), await store.fetch_order_events("o1"), await store.fetch_fills()
    assert after == before
    assert len(after[1]) == 1
    assert len(after[2]) == 1


async def test_saving_an_order_gives_its_own_id_each_time(store: Store) -> None:
    """The id is UUIDv5 of account and client_order_id, so it is known before the row is."""
    saved = await store.save_order(samples.order())
    again = await store.save_order(samples.order())
    assert saved.id == again.id == order_id("main", "o1")
    assert saved.id is not None
    assert saved.order == samples.order()
    assert UUID(str(saved.id)).version == 5


async def test_an_older_version_changes_nothing(store: Store) -> None:
    """A version with an older time stamp stays out, and `save_order` shows what is stored."""
    newer = samples.order(status=OrderStatus.ACCEPTED, ts_updated_us=T0 + 5)
    await store.save_order(newer)
    saved = await store.save_order(samples.order(ts_updated_us=T0 + 4))
    assert saved.order == newer
    assert [event.status for event in await store.fetch_order_events("o1")] == [
        OrderStatus.ACCEPTED
    ]


async def test_filled_quantity_never_decreases(store: Store) -> None:
    """A newer message that knows of less filled quantity does not take fills back."""
    filled = samples.order(status=OrderStatus.PARTIALLY_FILLED, filled_qty=Decimal("0.002"))
    await store.save_order(filled)
    lesser = replace(filled, filled_qty=Decimal("0.001"), ts_updated_us=T0 + 9)
    assert (await store.save_order(lesser)).order == filled


@pytest.mark.parametrize("end", [status for status in OrderStatus if status.is_terminal])
async def test_no_way_leads_out_of_a_terminal_status(store: Store, end: OrderStatus) -> None:
    """A live status, however new, does not revive an order; another terminal one may correct it."""
    ended = samples.order(status=end)
    await store.save_order(ended)
    alive = samples.order(status=OrderStatus.ACCEPTED, ts_updated_us=T0 + 9)
    assert (await store.save_order(alive)).order == ended
    assert (await store.load()).orders == ()
    corrected = samples.order(status=OrderStatus.CANCELED, ts_updated_us=T0 + 10)
    assert (await store.save_order(corrected)).order == corrected


async def test_versions_of_one_commit_each_leave_an_event(store: Store) -> None:
    """Several steps of an order in one turn are kept as steps, and the last one as the order."""
    steps = [
        samples.order(),
        samples.order(status=OrderStatus.ACCEPTED, ts_updated_us=T0 + 1),
        samples.order(status=OrderStatus.ACCEPTED, ts_updated_us=T0 + 2, price=Decimal(5)),
        samples.order(
            status=OrderStatus.PARTIALLY_FILLED, ts_updated_us=T0 + 3, filled_qty=Decimal("0.001")
        ),
        samples.order(status=OrderStatus.ACCEPTED, ts_updated_us=T0 + 1),
        samples.order(status=OrderStatus.FILLED, ts_updated_us=T0 + 4, filled_qty=Decimal("0.003")),
    ]
    await store.commit(records(*steps, note="by stream"))
    events = await store.fetch_order_events("o1")
    assert [(e.status, e.filled_qty, e.ts_event_us - T0) for e in events] == [
        (OrderStatus.SUBMITTED, Decimal(0), 0),
        (OrderStatus.ACCEPTED, Decimal(0), 1),
        (OrderStatus.PARTIALLY_FILLED, Decimal("0.001"), 3),
        (OrderStatus.FILLED, Decimal("0.003"), 4),
    ]
    assert {event.note for event in events} == {"by stream"}
    assert [saved.order for saved in await store.fetch_orders()] == [steps[-1]]


async def test_a_client_order_id_names_one_leg_for_ever(store: Store) -> None:
    """The same id for the other leg or side is refused, and nothing of the commit is kept."""
    await store.save_order(samples.order())
    other_leg = samples.order(leg_id=SHORT, ts_updated_us=T0 + 1)
    other_side = samples.order(side=OrderSide.SELL, reduce_only=True, ts_updated_us=T0 + 1)
    for wrong in (other_leg, other_side):
        with pytest.raises(StoreError):
            await store.commit(records(samples.halted(), wrong))
        with pytest.raises(StoreError):
            await store.commit(records(samples.order(client_order_id="o2"), wrong, wrong))
    with pytest.raises(StoreError):
        await store.commit(records(samples.order(leg_id=SHORT, ts_updated_us=T0 - 1)))
    with pytest.raises(StoreError, match="another leg or side"):
        await store.commit(records(samples.order(ts_updated_us=T0 + 1), other_leg))
    assert (await store.load()).trading_state is TradingState.ACTIVE
    assert [saved.order for saved in await store.fetch_orders()] == [samples.order()]


async def test_a_fill_needs_its_order(store: Store) -> None:
    """A fill without its order, or with another leg or side than its order, is refused."""
    with pytest.raises(StoreError):
        await store.save_fill(samples.fill())
    await store.save_order(samples.order())
    for wrong in (samples.fill(leg_id=SHORT), samples.fill(side=OrderSide.SELL)):
        with pytest.raises(StoreError):
            await store.save_fill(wrong)
    await store.save_fill(samples.fill())
    assert await store.fetch_fills() == (samples.fill(),)


async def test_an_order_made_by_the_exchange_comes_with_its_fill(store: Store) -> None:
    """A stop that the exchange executed arrives as an order of origin EXCHANGE with its fill."""
    stop = samples.order(
        client_order_id="bybit:stop-1",
        origin=OrderOrigin.EXCHANGE,
        side=OrderSide.SELL,
        reduce_only=True,
        status=OrderStatus.FILLED,
        filled_qty=Decimal("0.003"),
    )
    fact = samples.fill(client_order_id="bybit:stop-1", side=OrderSide.SELL)
    await store.commit(records(stop, fact))
    assert await store.fetch_fills() == (fact,)


async def test_an_order_needs_its_signal(store: Store) -> None:
    """An order that names a signal is refused until the signal is stored or comes with it."""
    order = samples.order(signal_id="s1")
    with pytest.raises(StoreError):
        await store.save_order(order)
    await store.commit(records(samples.signal(), order))
    assert (await store.load()).orders == (order,)


@pytest.mark.parametrize(
    "row",
    [
        samples.order(quantity=Decimal("0.000000001")),
        samples.order(quantity=Decimal(10) ** 12),
        samples.order(quantity=Decimal("NaN")),
        samples.order(quantity=Decimal("Infinity")),
        samples.order(quantity=Decimal(0)),
        samples.order(quantity=0.003),
        samples.order(price=Decimal("1.123456789")),
        samples.order(price=Decimal(-1)),
        samples.order(stop_loss=Decimal("sNaN")),
        samples.order(commission=Decimal("NaN")),
        samples.order(client_order_id=""),
        samples.order(leg_id=LegId("bybit", "BTCUSDT", PositionIdx.ONE_WAY)),
        samples.order(leg_id=LegId("bybit", "A" * 21, PositionIdx.LONG)),
        samples.leg(quantity=Decimal("-1")),
        samples.leg(entry_value=Decimal("Infinity")),
        samples.funding(amount=Decimal("NaN")),
        samples.balance(equity=Decimal("-Infinity")),
    ],
    ids=lambda row: type(row).__name__,
)
async def test_a_value_that_a_column_cannot_hold_is_refused(store: Store, row: object) -> None:
    """Nothing is rounded, cut or turned into another number: the commit fails whole."""
    with pytest.raises(StoreError) as refusal:
        await store.commit(records(samples.halted(), row))
    assert not isinstance(refusal.value, StoreUnavailable)
    assert (await store.load()).trading_state is TradingState.ACTIVE


async def test_the_largest_and_smallest_exact_values_are_kept(store: Store) -> None:
    """The ends of DECIMAL(20, 8), and derived money far beyond it, come back as they went."""
    order = samples.order(
        quantity=Decimal("999999999999.99999999"), price=Decimal("0.00000001"), stop_loss=None
    )
    leg = samples.leg(
        entry_value=Decimal("123456789012345678.0123456789"),
        realized_pnl=Decimal("1E-27"),
        commission=Decimal("1E+3"),
    )
    await store.commit(records(order, leg))
    state = await store.load()
    assert state.orders == (order,)
    assert state.legs == (leg,)


async def test_an_older_leg_changes_nothing(store: Store) -> None:
    """Of a leg the newest counts, within a commit and across commits."""
    newest = samples.leg(ts_updated_us=T0 + 5, quantity=Decimal(2))
    await store.commit(records(samples.leg(ts_updated_us=T0 + 1), newest, samples.leg()))
    await store.commit(records(samples.leg(ts_updated_us=T0 + 4)))
    assert await store.fetch_legs() == (newest,)


async def test_both_legs_of_a_symbol_live_side_by_side(store: Store) -> None:
    """Long and short of one symbol are two rows."""
    await store.commit(records(samples.leg(), samples.leg(leg_id=SHORT, quantity=Decimal(9))))
    legs = {leg.leg_id: leg.quantity for leg in await store.fetch_legs()}
    assert legs == {LONG: Decimal("0.003"), SHORT: Decimal(9)}


async def test_the_newest_trading_state_counts_and_of_equals_the_strictest(store: Store) -> None:
    """A resume after a halt resumes; a halt in the same microsecond as a resume halts."""
    resumed = samples.halted(state=TradingState.ACTIVE, why="back", ts_init_us=T0 + 1)
    await store.commit(records(samples.halted(), resumed))
    assert (await store.load()).trading_state_why == "operator: back"
    await store.commit(records(samples.halted(why="again", ts_init_us=T0 + 1)))
    await store.commit(records(replace(resumed, state=TradingState.REDUCING)))
    state = await store.load()
    assert state.trading_state is TradingState.HALTED
    assert state.trading_state_why == "operator: again"


async def test_reading_goes_on_from_the_exchange_furthest_behind(store: Store) -> None:
    """`since_us` follows the exchange with something open whose newest fact is oldest."""
    overlap = REREAD_OVERLAP_US
    okx, idle = LegId("okx", "ETHUSDT", PositionIdx.LONG), LegId("old", "X", PositionIdx.LONG)
    await store.commit(
        records(
            samples.order(leg_id=LONG),
            samples.order(client_order_id="o2", leg_id=okx, ts_created_us=T0 + 3 * overlap),
            samples.order(client_order_id="o3", leg_id=idle, status=OrderStatus.FILLED),
            samples.fill(ts_event_us=T0 + 9 * overlap),
            samples.fill(trade_id="t2", ts_event_us=T0 + 2 * overlap - 1),
            samples.fill(trade_id="t3", client_order_id="o3", leg_id=idle, ts_event_us=T0),
        )
    )
    state = await store.load()
    assert state.since_us == T0 + 2 * overlap
    # t2 is older, but its order still lives; t3 is too, and its order ended lately.
    assert {key.trade_id for key in state.trade_keys} == {"t1", "t2", "t3"}
    assert state.booked_qty == {"o1": Decimal("0.002"), "o3": Decimal("0.001")}


async def test_one_account_has_one_core(make_store: MakeStore) -> None:
    """The lock is the account's: another core of it is refused until the first one closes."""
    first, second, other = make_store(), make_store(), make_store()
    await first.open("main")
    with pytest.raises(AccountLocked, match="'main'"):
        await second.open("main")
    await other.open("another")
    await first.close()
    await second.open("main")


async def test_accounts_do_not_see_each_other(make_store: MakeStore) -> None:
    """One database serves several accounts: the same ids there are other rows."""
    first, second = make_store(), make_store()
    await first.open("main")
    await second.open("dry")
    await first.commit(records(samples.order(), samples.fill(), samples.leg(), samples.halted()))
    assert (await second.load()).legs == ()
    assert (await second.load()).trading_state is TradingState.ACTIVE
    saved = await second.save_order(samples.order(status=OrderStatus.ACCEPTED))
    assert saved.id != order_id("main", "o1")
    assert (await first.load()).orders == (samples.order(),)


async def test_a_store_that_is_not_open_says_so(make_store: MakeStore) -> None:
    """Every call that needs an account names what is missing; opening twice is refused too."""
    store = make_store()
    with pytest.raises(StoreError, match="not open"):
        await store.commit(records(samples.order()))
    with pytest.raises(StoreError, match="not open"):
        await store.load()
    with pytest.raises(StoreError, match="name"):
        await store.open("")
    await store.open("main")
    with pytest.raises(StoreError, match="close it first"):
        await store.open("other")


async def test_text_that_no_database_takes_is_still_kept(store: Store) -> None:
    """A reason with a NUL or a broken character costs that character, never the row."""
    await store.save_order(samples.order(reason="a\0b\ud800c 'quoted' \\ ✓"))
    (saved,) = await store.fetch_orders()
    assert saved.order.reason.startswith("a")
    assert saved.order.reason.endswith("c 'quoted' \\ ✓")


async def test_orders_can_be_asked_by_symbol_and_life(store: Store) -> None:
    """`fetch_orders` gives the newest first, of one symbol or all, live only or all."""
    eth = LegId("bybit", "ETHUSDT", PositionIdx.LONG)
    rows = [
        samples.order(client_order_id="a", ts_created_us=T0),
        samples.order(client_order_id="b", ts_created_us=T0 + 1, status=OrderStatus.CANCELED),
        samples.order(client_order_id="c", ts_created_us=T0 + 2, leg_id=eth),
    ]
    await store.commit(records(*rows))
    ids = [saved.order.client_order_id for saved in await store.fetch_orders()]
    assert ids == ["c", "b", "a"]
    live = await store.fetch_orders(symbol="BTCUSDT", live_only=True)
    assert [saved.order.client_order_id for saved in live] == ["a"]


async def test_signs_of_life_are_read_by_others(make_store: MakeStore) -> None:
    """A component's heartbeat is one row, replaced by the next one; other processes read it."""
    core = make_store()
    await core.open("main")
    await core.heartbeat("core", {"queue": 3})
    await core.heartbeat("core", {"queue": 4, "legs": ["BTCUSDT"]})
    await core.heartbeat("ml", {}, account="other")
    (status,) = await core.read_status("main")
    assert (status.component, status.detail) == ("core", {"queue": 4, "legs": ["BTCUSDT"]})
    assert status.updated_at.tzinfo is not None
    assert [s.account for s in await core.read_status()] == ["main", "other"]
