"""A start looks at what one tick is before it trades."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest

from bot_trading.domain.group import GroupPhase
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.reports import ExchangeSnapshot
from bot_trading.engine.fitting import exits_misfit, groups_misfit, steps_misfit
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ExchangeUnavailable, LaunchError
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy, TrailingStop, TrailingType
from bot_trading.storage.memory import Memory, MemoryStore
from tests.builders.core import BTC, NOW_US, a_core_config, an_instrument
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.paper_pair import PaperPair, a_pair_config

ETH = InstrumentId("bybit", "ETHUSDT")
SAID = (
    "enhanced_sltp.trailing_stop.distance_usdt is below one tick of BTCUSDT, 0.1: write a distance "
    "of at least one tick"
)


def fixed(distance: str) -> ExitPolicy:
    """A trailing stop at this distance in quote coin."""
    return ExitPolicy(
        stop_loss_percent=Decimal(1),
        trailing_stop=TrailingStop(
            kind=TrailingType.FIXED,
            activation_percent=Decimal(1),
            distance_usdt=Decimal(distance),
            max_distance_percent=Decimal(2),
        ),
    )


class CountingClient(ModelClient):
    """The model's client, which counts snapshots and may give none."""

    snapshots = 0
    is_silent = False

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything as it is now, or no answer."""
        self.snapshots += 1
        if self.is_silent:
            raise ExchangeUnavailable("no answer")
        return await super().take_snapshot(symbols, since_us)


@pytest.mark.parametrize(
    ("long", "short", "said"),
    [
        (fixed("0.09"), None, SAID),
        (fixed("0.1"), None, None),
        (DEFAULT_POLICY, fixed("0.01"), SAID),
        (fixed("200"), fixed("0.1"), None),
    ],
)
async def test_a_distance_below_one_tick_is_found(
    long: ExitPolicy, short: ExitPolicy | None, said: str | None
) -> None:
    """Of either leg; one tick is enough."""
    config = a_core_config(exits=long, short_exits=short)
    client = CountingClient(ModelExchange())
    assert await exits_misfit(config, "bybit", client, NOW_US) == said


@pytest.mark.parametrize("policy", [None, DEFAULT_POLICY])
async def test_percents_cost_a_start_no_request(policy: ExitPolicy | None) -> None:
    """They are judged at each entry, by its price."""
    client = CountingClient(ModelExchange())
    assert await exits_misfit(a_core_config(exits=policy), "bybit", client, NOW_US) is None
    assert client.snapshots == 0


async def test_an_exchange_that_does_not_answer_is_judged_at_the_entry() -> None:
    """Nothing is concluded from silence, and the start goes on."""
    client = CountingClient(ModelExchange())
    client.is_silent = True
    assert await exits_misfit(a_core_config(exits=fixed("0.01")), "bybit", client, NOW_US) is None
    assert client.snapshots == 1


async def test_the_engine_refuses_to_start_and_leaves_nothing_open() -> None:
    """The account is free again, the client closed, and no stream was opened."""
    client, memory = CountingClient(ModelExchange()), Memory()
    engine = TradingEngine(
        a_core_config(exits=fixed("0.05")),
        MemoryStore(memory),
        {"bybit": client},
        leverage=Decimal(3),
        clock=lambda: NOW_US,
    )
    with pytest.raises(LaunchError, match=r"below one tick of BTCUSDT, 0\.1"):
        await engine.start()
    assert client.is_closed
    assert not client.is_listening
    assert not memory.locked


class FineClient(CountingClient):
    """A client whose instrument moves in other steps."""

    changes: Mapping[str, Decimal] = MappingProxyType({})

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything as it is now."""
        snapshot = await super().take_snapshot(symbols, since_us)
        return replace(snapshot, instruments=(an_instrument(**self.changes),))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"tick_size": Decimal("1E-9")}, "price by 0.000000001"),
        ({"tick_size": Decimal("0.000000015")}, "price by 0.000000015"),
        ({"qty_step": Decimal("1E-10")}, "quantity by 0.0000000001"),
    ],
)
async def test_steps_that_no_row_holds_are_refused_at_the_start(
    changes: dict[str, Decimal], what: str
) -> None:
    """With the instrument and what to do; nothing is left open."""
    client, memory = FineClient(ModelExchange()), Memory()
    client.changes = changes
    engine = TradingEngine(
        *(a_core_config(), MemoryStore(memory), {"bybit": client}),
        leverage=Decimal(3),
        clock=lambda: NOW_US,
    )
    said = f"BTCUSDT.bybit moves its {what}, and orders are kept with at most 8 digits"
    with pytest.raises(LaunchError, match=re.escape(said)):
        await engine.start()
    assert client.is_closed
    assert not memory.locked


async def test_the_finest_step_that_a_row_holds_may_trade() -> None:
    """Eight digits after the point."""
    client = FineClient(ModelExchange())
    client.changes = {"tick_size": Decimal("1E-8"), "qty_step": Decimal("1E-8")}
    assert await steps_misfit(a_core_config(), "bybit", client, NOW_US) is None
    assert await steps_misfit(a_core_config(), "okx", client, NOW_US) is None
    assert client.snapshots == 1


async def test_a_symbol_that_no_row_holds_is_refused() -> None:
    """Before the exchange is asked."""
    client = CountingClient(ModelExchange())
    config = a_core_config(instrument_ids=(BTC, InstrumentId("bybit", "A" * 21)))
    said = await steps_misfit(config, "bybit", client, NOW_US)
    assert said == f"{'A' * 21} is longer than 20 characters: take it out of symbols"
    assert client.snapshots == 0


async def test_steps_are_asked_for_later_where_the_exchange_is_silent() -> None:
    """It is opened late then, and judged as it opens."""
    client = CountingClient(ModelExchange())
    client.is_silent = True
    with pytest.raises(ExchangeUnavailable):
        await steps_misfit(a_core_config(), "bybit", client, NOW_US)


def test_an_open_group_needs_the_configuration_that_follows_it() -> None:
    """Without its pair, its exchanges or its symbol a leg would be left to itself; an ended group
    asks for nothing."""
    paper = PaperPair.ready()
    paper.enter()
    (group,) = paper.groups
    assert groups_misfit(a_pair_config(), [group]) is None
    assert groups_misfit(a_core_config(), [replace(group, phase=GroupPhase.OVER)]) is None
    for config in (a_core_config(), a_pair_config(instrument_ids=(ETH,))):
        said = groups_misfit(config, [group])
        assert said is not None
        assert "strategy.source arbitrage" in said
        assert group.group_id in said
