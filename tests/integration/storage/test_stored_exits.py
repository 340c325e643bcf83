"""Levels and stops as a restart finds them, in PostgreSQL and in memory alike."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.exits import RungStatus, StepStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.errors import StoreError
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
