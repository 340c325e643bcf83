"""A world of exchanges: the same moment of the same market, each in its own words."""

from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.errors import BadInput
from exchange_simulator.rules import Rules
from exchange_simulator.world import PROTOCOLS, WorldOptions, build_world
from tests.unit.exchange_simulator.builders import START_US

PAGE = Path(__file__).parents[3] / "docs" / "exchange_simulator.md"


def test_all_exchanges_stand_at_the_same_moment_of_one_market() -> None:
    """Their prices are one until a basis parts them."""
    options = WorldOptions(markets=PROTOCOLS, seed=3)
    world = build_world(options, START_US)
    lasts = {one.exchange.market("BTCUSDT").last for one in world.values()}
    times = {one.exchange.now_ms for one in world.values()}
    assert (len(lasts), len(times)) == (1, 1)
    apart = WorldOptions(markets=PROTOCOLS, seed=3, basis_bps={"okx": Decimal(5)})
    shifted = build_world(apart, START_US)
    assert shifted["okx"].exchange.market("BTCUSDT").last > lasts.pop()


def test_each_exchange_has_accounts_and_numbers_of_its_own() -> None:
    """Keys are the same, money is not shared, and fees are the exchange's."""
    world = build_world(WorldOptions(markets=PROTOCOLS, more_accounts=2), START_US)
    for one in world.values():
        assert len(one.exchange.accounts) == 3
    rates = {name: one.exchange.rules.taker_rate for name, one in world.items()}
    assert rates == {
        "bybit": Decimal("0.00055"),
        "binance": Decimal("0.0005"),
        "okx": Decimal("0.0005"),
    }
    kept = build_world(
        WorldOptions(markets=("okx",), rules=Rules(taker_rate=Decimal("0.001"))), START_US
    )
    assert kept["okx"].exchange.rules.taker_rate == Decimal("0.001")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"markets": ("kraken",)}, "Unknown market 'kraken'"),
        ({"points": 3}, "--points 3 is out of range"),
        ({"points": 601}, "--points 601 is out of range"),
        ({"speed": Fraction(0)}, "--speed 0 is out of range"),
        ({"interval_min": 7}, "--interval 7 must be minutes that divide a day"),
        ({"symbols": ("btc",)}, "Unknown symbol 'btc'"),
        ({"replay": (Path("/nowhere"),)}, "does not exist"),
    ],
)
def test_what_cannot_be_built_is_named(options: dict[str, Any], text: str) -> None:
    """In one sentence."""
    with pytest.raises(BadInput, match=text):
        build_world(WorldOptions(**options), START_US)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    """And another seed others."""
    ticker = {
        "bybit": "/v5/market/tickers?category=linear",
        "binance": "/fapi/v1/ticker/24hr",
        "okx": "/api/v5/market/tickers?instType=SWAP",
    }[name]
    answers = []
    for seed in (5, 5, 6):
        world = build_world(WorldOptions(markets=(name,), seed=seed), START_US)[name]
        world.advance(START_US + 3_600_000_000)
        answers.append(world.request(method="GET", target=ticker, headers={}).body)
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("name", [one.name for one in fields(Rules)])
def test_every_switch_is_on_its_page(name: str) -> None:
    """A user finds it by its name; numbers that each exchange has of its own are told as such."""
    assert name in PAGE.read_text(encoding="utf-8")
