"""Open legs at valuation prices: valued anew where something changed, equal to the plain sum."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Quote
from bot_trading.domain.position import PositionLeg
from bot_trading.engine.state import EngineState
from tests.builders.core import BTC, LONG, SHORT, a_core_config, a_quote, d
from tests.builders.core_sums import check_sums

_INSTRUMENTS = [InstrumentId(name, symbol) for name in ("bybit", "okx") for symbol in ("A", "B")]
_SIDES = [PositionIdx.LONG, PositionIdx.SHORT]
_PRICES = st.one_of(st.none(), st.decimals("0.0001", 200_000, places=4))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(_INSTRUMENTS), _PRICES),
        st.tuples(
            st.sampled_from(_INSTRUMENTS),
            st.sampled_from(_SIDES),
            st.decimals(0, 1_000, places=3),
            st.decimals(0, 10**8, places=8),
            st.booleans(),
        ),
    ),
    max_size=40,
)


def _leg(leg_id: LegId, quantity: str, entry_value: str) -> PositionLeg:
    return PositionLeg(leg_id=leg_id, quantity=d(quantity), entry_value=d(entry_value))


def test_a_leg_without_a_price_is_worth_what_it_cost() -> None:
    """And has gained nothing, until a price is seen."""
    state = EngineState(config=a_core_config())
    state.put_leg(_leg(LONG, "0.010", "500"))
    assert state.valuation.exposure().total == 500
    assert state.valuation.gain("bybit") == 0
    state.put_quote(a_quote("51000"))
    assert state.valuation.exposure().of_position(BTC) == 510
    assert state.valuation.gain("bybit") == 10


def test_a_short_leg_gains_in_a_fall_and_a_flat_one_is_worth_nothing() -> None:
    """A leg that was closed leaves every sum."""
    state = EngineState(config=a_core_config())
    state.put_quote(a_quote("50000"))
    state.put_leg(_leg(SHORT, "0.010", "510"))
    assert state.valuation.gain("bybit") == 10
    state.put_leg(_leg(SHORT, "0", "0"))
    assert state.valuation.exposure().total == state.valuation.gain("bybit") == 0
    assert state.open_legs() == []


@settings(deadline=None, print_blob=True, max_examples=80)
@given(drawn=_STEPS, asks=st.sets(st.integers(0, 40)))
def test_kept_sums_are_the_sums(drawn: list[tuple[object, ...]], asks: set[int]) -> None:
    """Whatever order legs and prices change in, and however rarely anybody asks."""
    state = EngineState(config=a_core_config())
    for number, each in enumerate(drawn):
        _take_in(state, each)
        if number in asks:
            check_sums(state)
    check_sums(state)


def _take_in(state: EngineState, drawn: tuple[object, ...]) -> None:
    instrument_id = drawn[0]
    assert isinstance(instrument_id, InstrumentId)
    if len(drawn) == 2:
        price = drawn[1]
        assert price is None or isinstance(price, Decimal)
        quote = Quote(
            instrument_id=instrument_id,
            last=price,
            mark=None,
            bid=None,
            ask=None,
            ts_event_us=0,
            ts_init_us=0,
        )
        state.put_quote(quote)
        return
    _, side, quantity, value, is_flat = drawn
    assert isinstance(side, PositionIdx)
    held = Decimal(0) if is_flat else Decimal(str(quantity))
    cost = Decimal(str(value)) if held else Decimal(0)
    state.put_leg(PositionLeg(leg_id=LegId(*instrument_id, side), quantity=held, entry_value=cost))
