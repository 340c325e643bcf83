"""Rows: values pass unchanged or are refused, and instants are exact."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.order import OrderOrigin
from bot_trading.errors import StoreError
from bot_trading.storage.rows import instant, microseconds, order_id, row_of
from tests.integration.storage import samples
from tests.integration.storage.samples import records

LIMIT = Decimal(10) ** 12
STEP = Decimal("0.00000001")


@given(st.integers(0, 4_102_444_800_000_000))
def test_an_instant_is_exact_both_ways(ts_us: int) -> None:
    """Every microsecond of this century survives the way to a TIMESTAMPTZ and back."""
    assert microseconds(instant(ts_us)) == ts_us


def test_an_instant_is_utc() -> None:
    """The epoch is the epoch in UTC."""
    assert instant(1_500_000) == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


@given(st.decimals(min_value=STEP, max_value=LIMIT - STEP, places=8))
def test_a_quantity_that_fits_is_the_same_object(quantity: Decimal) -> None:
    """What DECIMAL(20, 8) holds passes untouched."""
    (record,) = records(samples.order(quantity=quantity))
    assert row_of("main", record)[1]["quantity"] is quantity


@given(st.decimals(min_value=STEP, max_value=LIMIT, places=12))
def test_a_quantity_passes_exactly_when_eight_places_hold_it(quantity: Decimal) -> None:
    """A ninth place, or a thirteenth digit before the point, is refused and never rounded."""
    (record,) = records(samples.order(quantity=quantity))
    fits = quantity < LIMIT and quantity * 10**8 == int(quantity * 10**8)
    if fits:
        assert row_of("main", record)[1]["quantity"] == quantity
    else:
        with pytest.raises(StoreError, match="nothing is rounded"):
            row_of("main", record)


@pytest.mark.parametrize("value", [0.5, 1, "1", Decimal("NaN"), Decimal("-Infinity")])
def test_money_is_a_finite_decimal(value: object) -> None:
    """A float, an int, a text or a NaN is named together with its column."""
    (record,) = records(samples.balance(equity=value))
    with pytest.raises(StoreError, match=r"equity is .* finite Decimal"):
        row_of("main", record)


def test_an_order_id_depends_on_account_and_client_order_id() -> None:
    """Other account or other client_order_id, other id; the same two, the same id for ever."""
    assert order_id("main", "o1") == UUID("0c65bacb-c424-5b78-856d-45e4845846b1")
    ids = {order_id(*names) for names in [("a", "bc"), ("ab", "c"), ("a", "bd"), ("b", "bc")]}
    assert len(ids) == 4


def test_every_row_names_its_account_and_moment() -> None:
    """Rows of every kind carry the account, and those with a history the moment of recording."""
    kinds = [
        *(samples.signal(), samples.order(), samples.fill(), samples.funding(), samples.leg()),
        *(samples.risk_event(), samples.balance(), samples.halted(), samples.protection()),
    ]
    for record in records(*kinds, ts_init_us=samples.T0 + 7):
        table, row = row_of("main", record)
        assert row["account"] == "main"
        if table not in ("positions", "trading_states"):
            assert row["recorded_at"] == instant(samples.T0 + 7)


def test_a_strangers_order_is_kept_without_the_prices_that_are_too_fine() -> None:
    """They are told in its reason; the bot's own are refused."""
    fine = {"price": Decimal("0.000000001"), "stop_loss": Decimal("1.5")}
    (theirs,) = records(samples.order(origin=OrderOrigin.FOREIGN, reason="by hand", **fine))
    row = row_of("main", theirs)[1]
    assert (row["price"], row["stop_loss"]) == (None, Decimal("1.5"))
    assert row["reason"] == "by hand; price 0.000000001: finer than its column"
    (ours,) = records(samples.order(origin=OrderOrigin.BOT, **fine))
    with pytest.raises(StoreError, match="price is 1E-9"):
        row_of("main", ours)
