"""Whatever is held and given back, in whatever order, the books of the reservations agree."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.risk.reservations import Reservations
from tests.builders.core import LONG, SHORT

_QUANTITIES = st.decimals(min_value=0, max_value=1_000, places=3)
_PRICES = st.decimals(min_value="0.1", max_value=100_000, places=1)


@settings(deadline=None, print_blob=True, max_examples=150)
@given(
    orders=st.lists(st.tuples(st.sampled_from([LONG, SHORT]), _QUANTITIES, _PRICES), max_size=6),
    moves=st.lists(st.tuples(st.integers(0, 7), _QUANTITIES), max_size=25),
)
def test_the_total_is_the_sum_of_what_live_orders_may_still_spend(
    orders: list[tuple[object, Decimal, Decimal]], moves: list[tuple[int, Decimal]]
) -> None:
    """Never negative, per leg and in total, and shrinking to zero gives everything back once."""
    held = Reservations()
    outstanding: dict[str, Decimal] = {}
    for n, (leg, quantity, price) in enumerate(orders):
        held.hold(str(n), leg, quantity, price)  # type: ignore[arg-type]
        outstanding[str(n)] = quantity

    def expected(leg: object) -> Decimal:
        return sum(
            (outstanding[str(n)] * o[2] for n, o in enumerate(orders) if o[0] == leg), Decimal(0)
        )

    for n, rest in moves:
        held.shrink(str(n), rest)
        if str(n) in outstanding:
            outstanding[str(n)] = min(outstanding[str(n)], rest)
        assert held.of_leg(LONG) == expected(LONG) >= 0
        assert held.of_leg(SHORT) == expected(SHORT) >= 0
        assert held.total == held.of_leg(LONG) + held.of_leg(SHORT)
    for order_id in outstanding:
        held.shrink(order_id, Decimal(0))
    assert held.total == 0
