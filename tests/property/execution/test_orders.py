"""However messages arrive, an order ends the same, and never goes back."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.fill import Fill
from bot_trading.domain.order import Order, OrderStatus
from bot_trading.domain.reports import OrderReport
from bot_trading.execution import orders
from tests.builders.core import NOW_US, a_fill, an_order, an_order_report

Message = tuple[str, OrderReport | Fill | None]
_CHECKED = settings(deadline=None, print_blob=True, max_examples=200)


def _life(pieces: list[int], is_filled: bool) -> tuple[Decimal, list[Message]]:
    """The messages of an order of which `pieces` thousandths filled, then filled up or canceled."""
    total = Decimal(sum(pieces)) / 1000
    quantity = total if is_filled and pieces else total + Decimal("0.005")
    messages: list[Message] = [("accepted", None)]
    filled = Decimal(0)
    for n, piece in enumerate(pieces):
        last = Decimal(piece) / 1000
        filled += last
        fill = a_fill(trade_id=f"t-{n}", last_qty=last, ts_event_us=NOW_US + n)
        messages.append(("fill", fill))
        status = OrderStatus.FILLED if filled == quantity else OrderStatus.PARTIALLY_FILLED
        messages.append(
            ("report", an_order_report(status=status, filled_qty=filled, quantity=quantity))
        )
    if filled < quantity:
        ended = an_order_report(
            status=OrderStatus.CANCELED, filled_qty=filled, quantity=quantity, ts_init_us=NOW_US + 9
        )
        messages.append(("report", ended))
    return quantity, messages


class _Receiver:
    """Books what arrives as the core does: each fill once, whatever else repeats."""

    def __init__(self, quantity: Decimal) -> None:
        self.order = an_order(quantity=quantity)
        self.booked = Decimal(0)
        self.trade_ids: set[str] = set()

    def hear(self, message: Message) -> Order:
        """The order after one message."""
        kind, body = message
        if kind == "accepted":
            self.order = orders.accept(self.order, "x-1", NOW_US + 1)
        elif isinstance(body, OrderReport):
            self.order = orders.apply_report(self.order, body)
        elif isinstance(body, Fill) and body.trade_id not in self.trade_ids:
            self.trade_ids.add(body.trade_id)
            self.order = orders.apply_booked_fill(self.order, body, self.booked)
            self.booked += body.last_qty
        return self.order


@_CHECKED
@given(
    pieces=st.lists(st.integers(1, 50), max_size=4),
    is_filled=st.booleans(),
    data=st.data(),
)
def test_any_order_of_arrival_with_repetitions_ends_the_same(
    pieces: list[int], is_filled: bool, data: st.DataObject
) -> None:
    """Status, filled quantity, commission and id do not depend on how messages travelled."""
    quantity, messages = _life(pieces, is_filled)
    in_order = _Receiver(quantity)
    for message in messages:
        in_order.hear(message)
    repeated = data.draw(st.lists(st.sampled_from(messages), max_size=6))
    shuffled = data.draw(st.permutations(messages + repeated))
    other = _Receiver(quantity)
    for message in shuffled:
        before = other.order
        after = other.hear(message)
        assert after.filled_qty >= before.filled_qty
        assert after.ts_updated_us >= before.ts_updated_us
        if before.status.is_terminal:
            completed = (OrderStatus.CANCELED, OrderStatus.FILLED)
            assert after.status is before.status or (before.status, after.status) == completed
    ours, theirs = other.order, in_order.order
    assert (ours.status, ours.filled_qty, ours.commission, ours.exchange_order_id) == (
        theirs.status,
        theirs.filled_qty,
        theirs.commission,
        theirs.exchange_order_id,
    )
    assert ours.status.is_terminal


@_CHECKED
@given(
    pieces=st.lists(
        st.tuples(st.integers(1, 50), st.decimals("0.1", "99999", places=1)),
        min_size=1,
        max_size=5,
    )
)
def test_the_average_price_lies_among_the_prices_of_the_fills(
    pieces: list[tuple[int, Decimal]],
) -> None:
    """Weighted by quantity, whatever the pieces."""
    total = Decimal(sum(n for n, _ in pieces))
    receiver = _Receiver(total)
    for n, (quantity, price) in enumerate(pieces):
        fill = a_fill(trade_id=str(n), last_qty=Decimal(quantity), last_px=price)
        receiver.hear(("fill", fill))
    avg_px = receiver.order.avg_px
    assert avg_px is not None
    tolerance = Decimal("1e-18")
    prices = [price for _, price in pieces]
    assert min(prices) - tolerance <= avg_px <= max(prices) + tolerance
    value = sum((n * price for n, price in pieces), Decimal(0))
    assert abs(avg_px * total - value) < tolerance * 10**6
