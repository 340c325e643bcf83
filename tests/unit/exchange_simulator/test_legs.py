"""Arithmetic of a leg: what a fill opens, closes and realises."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.legs import fill_leg
from exchange_simulator.model import Leg, Side

D = Decimal


def leg(index: int = 1) -> Leg:
    """A flat leg."""
    return Leg(symbol="BTCUSDT", index=index, leverage=D(10))


def test_opening_sums_cost_and_average() -> None:
    """The average entry price is weighted by size."""
    long = leg()
    fill_leg(long, Side.BUY, D("1"), D("100"), D("0.1"))
    change = fill_leg(long, Side.BUY, D("3"), D("104"), D("0.3"))
    assert (long.qty, long.average, long.open_fees) == (D(4), D(103), D("0.4"))
    assert (change.opened_qty, change.closed_qty, change.realised) == (D(3), D(0), D(0))


def test_closing_a_long_realises_the_rise() -> None:
    """Realised = size x (exit - entry) for a long."""
    long = leg()
    fill_leg(long, Side.BUY, D("2"), D("100"), D(0))
    change = fill_leg(long, Side.SELL, D("1"), D("110"), D(0))
    assert change.realised == D(10)
    assert (long.qty, long.average) == (D(1), D(100))


def test_closing_a_short_realises_the_fall() -> None:
    """Realised = size x (entry - exit) for a short."""
    short = leg(2)
    fill_leg(short, Side.SELL, D("2"), D("100"), D(0))
    change = fill_leg(short, Side.BUY, D("2"), D("90"), D(0))
    assert change.realised == D(20)
    assert (short.qty, short.side, short.cost) == (D(0), None, D(0))


def test_a_one_way_leg_flips_through_zero() -> None:
    """A larger opposite fill closes first and opens the rest on the other side."""
    net = leg(0)
    fill_leg(net, Side.BUY, D("1"), D("100"), D(0))
    change = fill_leg(net, Side.SELL, D("3"), D("90"), D("0.3"))
    assert (change.closed_qty, change.opened_qty, change.realised) == (D(1), D(2), D(-10))
    assert (net.side, net.qty, net.cost, net.open_fees) == (Side.SELL, D(2), D(180), D("0.2"))


@given(
    parts=st.lists(st.tuples(st.integers(1, 999), st.integers(1, 99_999)), min_size=1, max_size=8),
    exits=st.lists(st.integers(1, 99_999), min_size=8, max_size=8),
)
def test_a_round_trip_realises_exactly_received_less_paid(
    parts: list[tuple[int, int]], exits: list[int]
) -> None:
    """Whatever is rounded at partial closes, opening and closing a leg loses no unit."""
    long = leg()
    paid = received = realised = D(0)
    for qty, price in parts:
        fill_leg(long, Side.BUY, D(qty) / 1000, D(price) / 10, D(0))
        paid += D(qty) / 1000 * D(price) / 10
    left = long.qty
    for price in exits:
        part = (left / 3).quantize(D("0.001")) if price != exits[-1] else left
        part = min(part, left)
        if part:
            realised += fill_leg(long, Side.SELL, part, D(price) / 10, D(0)).realised
            received += part * D(price) / 10
            left -= part
    if left:
        realised += fill_leg(long, Side.SELL, left, D(1), D(0)).realised
        received += left
    assert realised == received - paid
    assert long.qty == long.cost == 0
