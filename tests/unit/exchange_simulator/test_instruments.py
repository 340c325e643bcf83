"""Steps, limits and risk tiers: rounding never gains, and the ladder has no step in margin."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.errors import BadInput
from exchange_simulator.instruments import floor_to, instrument_of

D = Decimal
STEPS = st.sampled_from(["0.10", "0.001", "0.01", "0.5", "1", "0.00001"]).map(D)
VALUES = st.decimals(min_value=0, max_value=10**9, places=8, allow_nan=False)
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "DOGEUSDT", "UNHEARDUSDT")


@given(value=VALUES, step=STEPS)
def test_flooring_loses_less_than_a_step_and_has_its_decimals(value: D, step: D) -> None:
    """The result is a multiple, not above the value, and written like the step."""
    floored = floor_to(value, step)
    assert 0 <= value - floored < step
    assert floored % step == 0
    assert floored.as_tuple().exponent == step.as_tuple().exponent


@given(value=VALUES, step=STEPS)
def test_flooring_twice_changes_nothing(value: D, step: D) -> None:
    """What is on a step stays there."""
    once = floor_to(value, step)
    assert floor_to(once, step) == once


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_tiers_ask_for_more_margin_step_by_step(symbol: str) -> None:
    """Limits and rates rise, leverage falls, and the margin is continuous at each limit."""
    tiers = instrument_of(symbol).tiers
    assert [tier.number for tier in tiers] == list(range(1, len(tiers) + 1))
    for low, high in pairwise(tiers):
        assert low.limit_value < high.limit_value
        assert low.maintenance_rate < high.maintenance_rate
        assert low.max_leverage > high.max_leverage
        edge = low.limit_value
        assert edge * low.maintenance_rate - low.deduction == (
            edge * high.maintenance_rate - high.deduction
        )


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_value_finds_the_lowest_tier_that_holds_it(symbol: str) -> None:
    """At a limit the tier itself, a cent above it the next; the last holds everything."""
    instrument = instrument_of(symbol)
    for low, high in pairwise(instrument.tiers):
        assert instrument.tier_for(low.limit_value) is low
        assert instrument.tier_for(low.limit_value + D("0.01")) is high
    assert instrument.tier_for(D(10) ** 12) is instrument.tiers[-1]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_limits_are_whole_steps(symbol: str) -> None:
    """Of quantity and of price."""
    instrument = instrument_of(symbol)
    for quantity in (instrument.min_qty, instrument.max_qty, instrument.max_market_qty):
        assert quantity % instrument.qty_step == 0
    assert instrument.min_price % instrument.tick_size == 0
    assert instrument.max_price % instrument.tick_size == 0
    assert instrument.price_of(7) == instrument.tick_size * 7


@pytest.mark.parametrize("name", ["BTC", "btcusdt", "USDT", "BTC-USDT", "", "BTCUSD"])
def test_other_names_are_refused(name: str) -> None:
    """With the name and what was expected."""
    with pytest.raises(BadInput, match=r"expected an upper-case linear perpetual such as BTCUSDT"):
        instrument_of(name)


def test_only_a_finer_tick_is_taken() -> None:
    """A recording may need more decimals than usual, never fewer."""
    assert instrument_of("BTCUSDT", tick_size=D("0.01")).tick_size == D("0.01")
    assert instrument_of("BTCUSDT", tick_size=D(1)).tick_size == D("0.10")
