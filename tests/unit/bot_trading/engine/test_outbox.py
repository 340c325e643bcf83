"""Written before sent: the order of commits and sends, and what happens while the store is down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from bot_trading.domain.account import AccountBegan
from bot_trading.domain.fill import Fill
from bot_trading.domain.messages import (
    Announce,
    Command,
    Event,
    HaltTrading,
    Record,
    RowRefused,
    StoreDown,
    StoreUp,
    SubmitOrder,
)
from bot_trading.domain.order import ApprovedOrder, Order, OrderPurpose, OrderSide
from bot_trading.domain.reports import OrderRejected
from bot_trading.engine.outbox import Outbox
from bot_trading.engine.recovery import restore
from bot_trading.errors import AccountLocked, StoreError, StoreUnavailable
from bot_trading.execution.orders import order_from
from bot_trading.storage.memory import MemoryStore
from tests.builders.core import (
    LONG,
    NOW_US,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_ready_state,
    a_snapshot,
    an_intent,
    an_order,
    an_order_report,
    d,
    steps,
)
from tests.builders.waiting import wait_until


class FailingStore:
    """The store in memory behind a door that can be shut, slow or suspicious of one order."""

    def __init__(self, log: list[str]) -> None:
        self.inner = MemoryStore()
        self.is_down = False
        self.is_anothers = False
        self.poison = ""
        self.poisoned_kind: type | None = None
        self.commits_left = 1_000_000
        self.door = asyncio.Event()
        self.door.set()
        self._log = log

    async def commit(self, records: Sequence[Record]) -> None:
        """Commit, or fail as PostgreSQL would."""
        await self.door.wait()
        if self.is_down:
            raise StoreUnavailable("connection refused")
        if self.is_anothers:
            raise AccountLocked("account 'test' is traded by another core")
        ids = [row.row.client_order_id for row in records if isinstance(row.row, Order)]
        if self.poison in ids or any(type(each.row) is self.poisoned_kind for each in records):
            raise StoreError("a row was refused")
        self.commits_left -= 1
        if self.commits_left < 0:
            self.is_down = True
            raise StoreUnavailable("connection lost")
        await self.inner.commit(records)
        self._log += [f"commit {each}" for each in ids]


class Bench:
    """An outbox with its store, and one log of everything that left."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.events: list[Event] = []
        self.store = FailingStore(self.log)
        self.outbox = Outbox(
            self.store,  # type: ignore[arg-type]
            self.events.append,
            self._carry_out,
            lambda: NOW_US,
        )

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, SubmitOrder):
            self.log.append(f"send {command.approved.intent.client_order_id}")
        elif isinstance(command, Announce):
            self.log.append(f"say {command.text}")

    def heard(self, kind: type) -> int:
        """How many events of a kind were published."""
        return sum(isinstance(event, kind) for event in self.events)

    async def until(self, line: str) -> None:
        """Until the log holds the line."""
        await wait_until(lambda: line in self.log)

    async def until_event(self, kind: type) -> None:
        """Until an event of the kind was published."""
        await wait_until(lambda: self.heard(kind))


@contextlib.asynccontextmanager
async def _bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.store.inner.open("test")
    running = asyncio.create_task(bench.outbox.run())
    try:
        yield bench
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _turn(order_id: str, *, is_exit: bool = False) -> list[Command]:
    parts: dict[str, object] = {"signal_id": None}
    if is_exit:
        parts |= {"side": OrderSide.SELL, "reduce_only": True, "purpose": OrderPurpose.EXIT}
    approved = ApprovedOrder(
        intent=an_intent(client_order_id=order_id, **parts), ts_approved_us=NOW_US
    )
    row = Record(row=order_from(approved), ts_init_us=NOW_US)
    return [row, SubmitOrder(approved=approved)]


async def test_each_send_follows_its_commit() -> None:
    """In the order of the decisions."""
    async with _bench() as bench:
        bench.outbox.put(_turn("a"))
        await bench.until("send a")
        bench.outbox.put(_turn("b"))
        await bench.until("send b")
        assert bench.log == ["commit a", "send a", "commit b", "send b"]
        assert bench.outbox.waiting == 0


async def test_turns_that_wait_share_one_transaction() -> None:
    """Nothing of them leaves before all of it is in."""
    async with _bench() as bench:
        bench.outbox.put(_turn("a"))
        bench.outbox.put(_turn("b"))
        await bench.until("send b")
        assert bench.log == ["commit a", "commit b", "send a", "send b"]


async def test_announcements_do_not_wait_for_the_store() -> None:
    """They are not money, and are said in the loop's next round."""
    async with _bench() as bench:
        bench.store.door.clear()
        bench.outbox.put([Announce(level="INFO", text="hello")])
        await asyncio.sleep(0)
        assert bench.log == ["say hello"]
        assert bench.outbox.waiting == 0


async def test_while_the_store_is_down_exits_leave_and_entries_come_back() -> None:
    """An entry is answered as never sent, which is true; an exit may not wait."""
    async with _bench() as bench:
        bench.store.is_down = True
        bench.outbox.put(_turn("entry"))
        bench.outbox.put(_turn("exit", is_exit=True))
        await bench.until("send exit")
        assert "send entry" not in bench.log
        assert bench.heard(StoreDown) == 1
        [refusal] = [each for each in bench.events if isinstance(each, OrderRejected)]
        assert (refusal.client_order_id, refusal.code) == ("entry", "not sent")


async def test_later_turns_of_an_outage_are_treated_the_same() -> None:
    """The outbox knows that the store is down before the core does."""
    async with _bench() as bench:
        bench.store.is_down = True
        bench.outbox.put(_turn("first"))
        await bench.until_event(StoreDown)
        bench.outbox.put(_turn("exit", is_exit=True))
        bench.outbox.put(_turn("entry"))
        assert bench.log == ["send exit"]
        assert bench.heard(OrderRejected) == 2


async def test_what_was_decided_while_the_commit_hung_is_not_forgotten() -> None:
    """A turn that came while a commit was failing is part of the outage: its exit leaves now."""
    async with _bench() as bench:
        bench.store.door.clear()
        bench.outbox.put(_turn("first"))
        await asyncio.sleep(0.01)
        bench.outbox.put(_turn("exit", is_exit=True))
        bench.outbox.put(_turn("entry"))
        bench.store.is_down = True
        bench.store.door.set()
        await bench.until("send exit")
        bench.store.is_down = False
        await bench.until("commit entry")
        await bench.until_event(StoreUp)
        assert "send entry" not in bench.log
        assert bench.log.count("send exit") == 1


async def test_rows_wait_for_the_store_and_are_written_in_order() -> None:
    """Nothing is lost, nothing is sent again, and the core is told without a further row."""
    async with _bench() as bench:
        bench.store.is_down = True
        bench.outbox.put(_turn("a"))
        await bench.until_event(StoreDown)
        bench.outbox.put(_turn("b", is_exit=True))
        bench.store.is_down = False
        await bench.until("commit b")
        await bench.until_event(StoreUp)
        assert bench.log == ["send b", "commit a", "commit b"]
        stored = await bench.store.inner.fetch_orders()
        assert {saved.order.client_order_id for saved in stored} == {"a", "b"}


async def test_after_the_outage_entries_are_sent_again() -> None:
    """Once the core was told that the store is back."""
    async with _bench() as bench:
        bench.store.is_down = True
        bench.outbox.put(_turn("a"))
        await bench.until_event(StoreDown)
        bench.store.is_down = False
        await bench.until_event(StoreUp)
        bench.outbox.put(_turn("b"))
        await bench.until("send b")
        assert bench.log[-2:] == ["commit b", "send b"]


async def test_a_row_that_is_refused_halts_and_takes_nobody_with_it() -> None:
    """Its own entry is not sent, its neighbours are written and sent."""
    async with _bench() as bench:
        bench.store.poison = "bad"
        for name in ("a", "bad", "c"):
            bench.outbox.put(_turn(name))
        await bench.until("send c")
        assert "send a" in bench.log
        assert "send bad" not in bench.log
        assert bench.heard(HaltTrading) >= 1
        assert [e.client_order_id for e in bench.events if isinstance(e, OrderRejected)] == ["bad"]
        assert bench.outbox.waiting == 0


HAND = an_order_report(client_order_id="", exchange_order_id="hand-1")
MISSED = a_fill_report(client_order_id="", exchange_order_id="hand-1", trade_id="t-7")
SNAPSHOT = a_snapshot(fills=(MISSED,), open_orders=(HAND,), legs=(a_leg_report(),))


async def test_the_rows_beside_a_refused_one_are_kept() -> None:
    """A fill that came in one reading with a row that is refused is not booked twice after it."""
    async with _bench() as bench:
        bench.store.poison = "poisoned"
        refused = Record(row=an_order(client_order_id="poisoned"), ts_init_us=NOW_US)
        bench.outbox.put([refused, *steps(a_ready_state(), SNAPSHOT)])
        await wait_until(lambda: not bench.outbox.waiting)
        [said] = [each for each in bench.events if isinstance(each, RowRefused)]
        assert (said.what, said.why) == ("Order", "a row was refused")
        again = restore(a_core_config(), await bench.store.inner.load(), NOW_US)
        assert again.leg(LONG).quantity == d("0.010")
        steps(again, SNAPSHOT)
        assert again.leg(LONG).quantity == d("0.010")


async def test_a_leg_whose_fill_is_refused_stays_as_it_was_stored() -> None:
    """What came after that fill is not stored either, so that a start reads all of it once more."""
    async with _bench() as bench:
        state = a_ready_state()
        bench.store.poisoned_kind = Fill
        began = Record(row=AccountBegan(exchange="bybit", ours_from_us=0), ts_init_us=NOW_US)
        bench.outbox.put([began, *steps(state, SNAPSHOT)])
        await wait_until(lambda: not bench.outbox.waiting)
        bench.store.poisoned_kind = None
        later = a_fill_report(client_order_id="", exchange_order_id="hand-1", trade_id="t-8")
        bench.outbox.put(steps(state, later))
        await wait_until(lambda: not bench.outbox.waiting)
        assert state.leg(LONG).quantity == d("0.020")
        stored = await bench.store.inner.load()
        assert (stored.legs, stored.trade_keys) == ((), frozenset())
        again = restore(a_core_config(), stored, NOW_US)
        steps(again, a_snapshot(fills=(MISSED, later)))
        assert again.leg(LONG).quantity == d("0.020")
        assert bench.heard(RowRefused) == 1


async def test_a_refusal_is_remembered_over_an_outage() -> None:
    """It is said once, and what its turn wanted to open is not sent when the store is back."""
    async with _bench() as bench:
        bench.store.poison = "bad"
        bench.store.commits_left = 0
        record, send = _turn("bad")
        other, _ = _turn("other")
        bench.outbox.put([record, other, send])
        await bench.until_event(StoreDown)
        bench.store.commits_left, bench.store.is_down = 9, False
        await bench.until_event(StoreUp)
        assert bench.heard(RowRefused) == 1
        assert bench.log == ["commit other"]
        assert [e.client_order_id for e in bench.events if isinstance(e, OrderRejected)] == ["bad"]


async def test_rows_wait_for_a_lock_that_another_core_holds() -> None:
    """Another core has the account: trading halts once, no entry leaves, and each row is kept until
    the lock is ours again."""
    async with _bench() as bench:
        bench.store.is_anothers = True
        bench.outbox.put(_turn("entry"))
        bench.outbox.put(_turn("exit", is_exit=True))
        await bench.until_event(StoreDown)
        await asyncio.sleep(0.4)
        assert bench.log == ["send exit"]
        assert bench.outbox.unwritten() == {"Order": 2}
        [halt] = [each for each in bench.events if isinstance(each, HaltTrading)]
        assert "another core" in halt.why
        bench.store.is_anothers = False
        await bench.until_event(StoreUp)
        assert bench.log == ["send exit", "commit entry", "commit exit"]
        assert not bench.outbox.unwritten()
        assert not bench.heard(RowRefused)


async def test_a_lock_that_is_lost_during_an_outage_loses_no_row() -> None:
    """The database comes back with another core's lock, which halts; then it is ours again."""
    async with _bench() as bench:
        bench.store.is_down = True
        bench.outbox.put(_turn("a"))
        await bench.until_event(StoreDown)
        bench.store.is_anothers, bench.store.is_down = True, False
        await bench.until_event(HaltTrading)
        bench.store.is_anothers = False
        await bench.until("commit a")
        await bench.until_event(StoreUp)


async def test_a_lock_that_is_lost_beside_a_refused_row_loses_no_other_row() -> None:
    """Rows that are tried one by one wait for the lock as those of a whole turn do."""
    async with _bench() as bench:
        bench.store.poison = "bad"
        record, send = _turn("bad")
        other, _ = _turn("other")
        commit, refusals = bench.store.commit, 0

        async def commit_or_lose_the_lock(records: Sequence[Record]) -> None:
            nonlocal refusals
            try:
                await commit(records)
            except AccountLocked:
                raise
            except StoreError:
                refusals += 1
                bench.store.is_anothers = refusals == 3
                raise

        bench.store.commit = commit_or_lose_the_lock  # type: ignore[method-assign]
        bench.outbox.put([record, other, send])
        await bench.until_event(StoreDown)
        assert bench.outbox.unwritten() == {"Order": 1}
        bench.store.is_anothers = False
        await bench.until("commit other")
        await bench.until_event(StoreUp)
        assert bench.heard(RowRefused) == 1
