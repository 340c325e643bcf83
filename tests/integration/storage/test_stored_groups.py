"""Groups of two legs in both stores: what was committed is what a start reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.group import GroupPhase
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.errors import StoreError
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from tests.integration.storage import samples
from tests.integration.storage.conftest import MakeStore
from tests.integration.storage.samples import T0, records

Store = Database | MemoryStore


async def test_groups_come_back_with_their_orders_and_fills(make_store: MakeStore) -> None:
    """The newest group of each symbol is read at a start, as it was last; an older version of it
    changes nothing, and orders and fills say which group they belong to."""
    first = make_store()
    await first.open("main")
    newer = samples.group(
        group_id="second",
        ts_opened_us=T0 + 1,
        marked_leg=None,
        marked_px=None,
        one_sided_since_us=None,
        phase=GroupPhase.ENTERING,
        ts_updated_us=T0 + 1,
    )
    other = samples.group(
        long_leg=LegId("okx", "ETHUSDT", PositionIdx.LONG),
        short_leg=LegId("bybit", "ETHUSDT", PositionIdx.SHORT),
        group_id="third",
        marked_leg=LegId("okx", "ETHUSDT", PositionIdx.LONG),
    )
    order, fill = samples.order(group_id="second"), samples.fill(group_id="second")
    await first.commit(records(samples.group(), newer, other, order, fill))
    hedged = replace(newer, phase=GroupPhase.HEDGED, ts_updated_us=T0 + 9)
    await first.commit(records(hedged))
    await first.commit(records(newer))
    await first.close()
    second = make_store()
    await second.open("main")
    state = await second.load()
    assert state.groups == (hedged, other)
    assert state.orders[0].group_id == "second"
    assert (await second.fetch_fills())[0].group_id == "second"


async def test_a_group_of_two_symbols_is_refused(store: Store) -> None:
    """Both legs of a group are of one symbol, which its row names once."""
    with pytest.raises(StoreError, match="one symbol"):
        await store.commit(
            records(samples.group(short_leg=LegId("binance", "ETHUSDT", PositionIdx.SHORT)))
        )
