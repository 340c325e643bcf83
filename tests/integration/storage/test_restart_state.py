"""What a start finds of orders that ended, signals, days and first starts, in both stores."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.order import OrderOrigin, OrderPurpose, OrderSide, OrderStatus
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from bot_trading.storage.reading import ENDED_ORDERS_MAX, SIGNAL_IDS_MAX
from tests.integration.storage import samples
from tests.integration.storage.samples import LONG, SECOND, SHORT, T0, records

Store = Database | MemoryStore
DAY = 86_400 * SECOND


async def test_orders_that_ended_last_are_remembered(store: Store) -> None:
    """Oldest first, with what was booked for each; the oldest are left out when there are many."""
    many = [
        samples.order(client_order_id=f"o{n:05}", status=OrderStatus.CANCELED, ts_updated_us=T0 + n)
        for n in range(ENDED_ORDERS_MAX + 3)
    ]
    fact = samples.fill(client_order_id="o00007", ts_event_us=T0 - 2 * DAY)
    forgotten = samples.fill(client_order_id="o00001", trade_id="t2", ts_event_us=T0 - 2 * DAY)
    await store.commit(records(*many))
    await store.commit(records(fact, forgotten, samples.funding()))
    state = await store.load()
    assert state.ended == tuple(many[3:])
    assert state.orders == ()
    assert state.booked_qty == {"o00007": Decimal("0.001")}
    assert state.trade_keys == {fact.key, samples.funding().key}


async def test_signals_seen_last_are_remembered(store: Store) -> None:
    """Oldest first, whether anything came of them or not."""
    many = [
        samples.signal(signal_id=f"s{n:05}", ts_event_us=T0 + n) for n in range(SIGNAL_IDS_MAX + 2)
    ]
    await store.commit(records(*many))
    state = await store.load()
    assert state.signal_ids == tuple(signal.signal_id for signal in many[2:])


async def test_an_account_begins_once_on_each_exchange(store: Store) -> None:
    """A second beginning of the same exchange changes nothing."""
    await store.commit(records(samples.began(), samples.began(exchange="okx", ours_from_us=0)))
    await store.commit(records(samples.began(ours_from_us=T0 + 5)))
    assert (await store.load()).ours_from_us == {"bybit": T0 - 7, "okx": 0}


async def test_the_day_starts_with_its_first_balance(store: Store) -> None:
    """Of each exchange the last day that has any, by UTC."""
    midnight = T0 - T0 % DAY
    today = [samples.balance(ts_event_us=midnight + n, equity=Decimal(n + 1)) for n in (5, 0, 9)]
    yesterday = samples.balance(ts_event_us=midnight - 1)
    elsewhere = samples.balance(exchange="okx", ts_event_us=midnight - 3 * DAY)
    await store.commit(records(*today, yesterday, elsewhere))
    assert (await store.load()).day_starts == {"bybit": today[1], "okx": elsewhere}


async def test_entries_of_open_legs_come_by_their_first_fills(store: Store) -> None:
    """Of the present life alone, and nothing of flat legs or of what closed."""
    ids = ("old", "b", "a", "close", "short")
    sells = {"close": OrderSide.SELL, "short": OrderSide.SELL}
    orders = {
        name: samples.order(
            client_order_id=name,
            leg_id=SHORT if name == "short" else LONG,
            side=sells.get(name, OrderSide.BUY),
            reduce_only=name == "close",
            status=OrderStatus.FILLED,
        )
        for name in ids
    }
    moments = {"old": -1, "b": 0, "a": 1, "close": 2, "short": 0}
    facts = [
        samples.fill(
            trade_id=name,
            client_order_id=name,
            leg_id=order.leg_id,
            side=order.side,
            ts_event_us=T0 + moments[name],
        )
        for name, order in orders.items()
    ]
    again = samples.fill(trade_id="b2", client_order_id="b", ts_event_us=T0 + 9)
    flat = samples.leg(leg_id=SHORT, quantity=Decimal(0))
    await store.commit(records(*orders.values(), *facts, again, samples.leg(), flat))
    assert (await store.load()).entries == (orders["b"], orders["a"])


async def test_an_order_of_the_bot_is_never_taken_from_it(store: Store) -> None:
    """A late report of an order that was forgotten changes neither its origin nor its purpose."""
    ours = samples.order(status=OrderStatus.FILLED, filled_qty=Decimal("0.003"))
    await store.save_order(ours)
    stranger = samples.order(
        status=OrderStatus.FILLED,
        filled_qty=Decimal("0.003"),
        origin=OrderOrigin.FOREIGN,
        purpose=OrderPurpose.UNKNOWN,
        ts_updated_us=T0 + 9,
    )
    assert (await store.save_order(stranger)).order == ours
    assert len(await store.fetch_order_events("o1")) == 1


async def test_a_trade_id_is_unique_within_its_symbol(store: Store) -> None:
    """Two symbols of one exchange may use the same number, for trades and for funding."""
    eth = LONG._replace(symbol="ETHUSDT")
    other = samples.order(client_order_id="o2", leg_id=eth)
    facts = (samples.fill(), samples.fill(client_order_id="o2", leg_id=eth))
    paid = (samples.funding(trade_id="t1"), samples.funding(trade_id="t1", leg_id=eth))
    await store.commit(records(samples.order(), other, *facts, *paid))
    assert len(await store.fetch_fills()) == 2
    assert (await store.load()).trade_keys == {fact.key for fact in (*facts, *paid)}


async def test_both_sides_of_one_trade_are_kept(store: Store) -> None:
    """They share the exchange's number of it; each told again changes nothing."""
    sells = {"leg_id": SHORT, "side": OrderSide.SELL, "client_order_id": "o2"}
    bought, sold = samples.fill(), samples.fill(**sells)
    orders = (samples.order(), samples.order(**sells))
    for rows in ((*orders, bought, sold), (sold,), (bought,)):
        await store.commit(records(*rows))
    kept = await store.fetch_fills()
    assert (len(kept), {fill.key for fill in kept}) == (2, {bought.key, sold.key})
    state = await store.load()
    assert state.trade_keys == {bought.key, sold.key}
    assert state.booked_qty == {"o1": Decimal("0.001"), "o2": Decimal("0.001")}
