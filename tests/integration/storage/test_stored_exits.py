"""Levels and stops as a restart finds them, in PostgreSQL and in memory alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.exits import RungStatus, StepStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import SetLegProtection
from bot_trading.domain.order import OrderPurpose
from bot_trading.domain.position import LegProtection
from bot_trading.errors import StoreError
from bot_trading.execution.ids import derive_client_order_id
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from tests.integration.storage import samples
from tests.integration.storage.conftest import MakeStore
from tests.integration.storage.samples import LONG, SECOND, SHORT, T0, records

Store = Database | MemoryStore


async def test_levels_and_stops_of_open_lives_come_back(make_store: MakeStore) -> None:
    """Each level as it was filled last, and the last step of the stop; lives that are over not."""
    first = make_store()
    await first.open("main")
    sent = samples.rung(attempts=1, client_order_id="o1", status=RungStatus.SENT)
    filled = replace(sent, filled_qty=Decimal("0.002"), status=RungStatus.FILLED)
    second_level = samples.rung(level=2, percent=Decimal("2.4"))
    confirmed = samples.step(status=StepStatus.SET)
    await first.commit(records(samples.order(), samples.leg(), samples.rung(), second_level))
    await first.commit(records(sent, samples.step()))
    await first.commit(records(filled, samples.rung(), ts_init_us=T0 + SECOND))
    await first.commit(records(confirmed, ts_init_us=T0 + SECOND))
    await first.commit(records(samples.rung(episode=2), samples.step(episode=2), ts_init_us=T0 + 9))
    await first.close()
    second = make_store()
    await second.open("main")
    state = await second.load()
    assert state.rungs == (filled, second_level)
    assert state.steps == (confirmed,)


@pytest.mark.parametrize(
    ("side", "first", "second"), [(LONG, "89500", "90200"), (SHORT, "90200", "89500")]
)
async def test_a_late_confirmation_forgets_no_decided_stop(
    make_store: MakeStore, side: LegId, first: str, second: str
) -> None:
    """The tightest stop of the life comes back with its cause, and every update is counted."""
    before, after = (
        LegProtection(leg_id=side, stop_loss=Decimal(stop), take_profit=None)
        for stop in (first, second)
    )
    asked = samples.step(protection=before)
    decided = samples.step(protection=after, cause="trailing by percentage", updates=1)
    confirmed = samples.step(protection=before, status=StepStatus.SET, updates=2)
    store = make_store()
    await store.open("main")
    await store.commit(records(samples.leg(leg_id=side)))
    for later, row in enumerate((asked, decided, confirmed)):
        await store.commit(records(row, ts_init_us=T0 + later))
    assert (await store.load()).steps == (replace(decided, updates=2),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_order_id": "nobody"}, "nobody|partial_tp_history_order_fkey"),
        ({"filled_qty": Decimal("0.003")}, "a level is executed once"),
        ({"quantity": Decimal(0)}, "close_qty is 0"),
    ],
)
async def test_a_level_that_cannot_be_is_refused(
    store: Store, change: dict[str, object], words: str
) -> None:
    """Of an order that nobody knows, filled beyond its plan, or closing nothing."""
    with pytest.raises(StoreError, match=words):
        await store.commit(records(samples.rung(**change)))


async def test_every_level_that_an_earlier_release_asked_for_comes_back(
    make_store: MakeStore,
) -> None:
    """Until the first order of this release, and while a life goes on from before it: what rests
    may be any of them. Once a life has begun since, a stop without a name is somebody else's."""
    levels = [
        LegProtection(leg_id=LONG, stop_loss=Decimal(stop), take_profit=None)
        for stop in (89000, 89500, 90000, 90500)
    ]
    store = make_store()
    await store.open("main")
    await store.commit(records(samples.order(), samples.leg(episode=3)))
    for later, level in enumerate(levels[:3]):
        asked = SetLegProtection(protection=level, cause="trailing")
        step = samples.step(protection=level, episode=later)
        await store.commit(records(asked, step, ts_init_us=T0 + later * SECOND))
    assert (await store.load()).former_levels == tuple(levels[:3])
    tagged = derive_client_order_id("main", OrderPurpose.ENTRY, "s-1")
    first = samples.order(client_order_id=tagged, ts_created_us=T0 + 2 * SECOND)
    moved = samples.step(protection=levels[3])
    await store.commit(records(first, moved, ts_init_us=T0 + 9 * SECOND))
    # The life goes on: what was moved where it rested still has the name of the earlier release.
    assert (await store.load()).former_levels == tuple(levels)
    fresh = samples.leg(episode=4, ts_opened_us=T0 + 8 * SECOND, ts_updated_us=T0 + 8 * SECOND)
    await store.commit(records(fresh))
    assert (await store.load()).former_levels == ()
