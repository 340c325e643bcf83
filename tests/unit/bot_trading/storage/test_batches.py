"""Folding a commit: what replaces what, before either store sees it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.order import Order, OrderStatus
from bot_trading.errors import StoreError
from bot_trading.storage.batches import encode_commit, fold, moves_forward, same_order
from bot_trading.storage.statements import TABLES
from tests.integration.storage import samples
from tests.integration.storage.samples import SHORT, T0, records

versions = st.builds(
    lambda status, filled, moment: samples.order(
        status=status, filled_qty=Decimal(filled) / 1000, ts_updated_us=T0 + moment
    ),
    st.sampled_from(OrderStatus),
    st.integers(0, 3),
    st.integers(0, 3),
)


@given(versions, versions, versions)
def test_moving_forward_is_transitive(a: Order, b: Order, c: Order) -> None:
    """When b may follow a and c may follow b, c may follow a: the SQL relies on it."""
    if moves_forward(b, a) and moves_forward(c, b):
        assert moves_forward(c, a)


@given(versions)
def test_a_version_may_follow_itself(version: Order) -> None:
    """Saving the same version again is no step back."""
    assert moves_forward(version, version)


@given(st.lists(versions, min_size=1, max_size=8))
def test_kept_versions_form_a_forward_chain(history: list[Order]) -> None:
    """Of one order's versions in a commit, each kept one may follow the kept one before it."""
    kept = [record.row for record in fold(records(*history))]
    assert kept[0] == history[0]
    for older, newer in pairwise(kept):
        assert isinstance(older, Order)
        assert isinstance(newer, Order)
        assert moves_forward(newer, older)


def test_of_a_leg_only_the_newest_is_kept() -> None:
    """Later ones win at the same moment, older ones never; the other leg is another leg."""
    first, second = samples.leg(), samples.leg(quantity=Decimal(2))
    old, short = samples.leg(ts_updated_us=T0 - 1), samples.leg(leg_id=SHORT)
    kept = [record.row for record in fold(records(first, second, old, short))]
    assert kept == [second, short]


def test_two_orders_under_one_id_are_refused() -> None:
    """The same client_order_id on another leg is not a version of the order."""
    order, other = samples.order(), samples.order(leg_id=SHORT)
    assert not same_order(other, order)
    with pytest.raises(StoreError, match="another leg or side"):
        fold(records(order, other))


def test_one_statement_writes_every_table_of_a_commit_once() -> None:
    """Rows of a kind share one parameter, in the order of the tables, digits as text."""
    rows = (samples.fill(), samples.order(), samples.fill(trade_id="t2"), samples.signal())
    statement, parameters = encode_commit("main", records(*rows, note="why"))
    signals, orders, fills = (msgspec.json.decode(parameter) for parameter in parameters)
    assert [row["trade_id"] for row in fills] == ["t1", "t2"]
    assert orders[0]["note"] == "why"
    assert orders[0]["row"]["price"] == "91234.5"
    assert signals[0]["event_at"] == "2026-11-18T11:06:40.123457Z"
    positions = [statement.index(f"INSERT INTO {name} ") for name in ("signals", "orders", "fills")]
    assert positions == sorted(positions)
    assert "positions" not in statement


def test_the_same_kinds_make_the_same_statement() -> None:
    """A driver prepares one statement for each set of kinds, whatever their number or order."""
    one = encode_commit("main", records(samples.signal(), samples.order()))[0]
    many = encode_commit(
        "other",
        records(samples.order(), replace(samples.order(), client_order_id="o2"), samples.signal()),
    )[0]
    assert one is many
    assert set(TABLES) >= {"signals", "orders", "fills", "positions"}


def test_orders_that_are_only_decided_take_the_short_way() -> None:
    """One version each, all SUBMITTED; anything else is compared with what is stored."""
    decided = samples.order(status=OrderStatus.SUBMITTED)
    accepted = replace(decided, status=OrderStatus.ACCEPTED)
    other = replace(decided, client_order_id="o2")
    assert "new_orders" in encode_commit("main", records(decided, other))[0]
    assert "new_orders" not in encode_commit("main", records(decided, accepted))[0]
    mixed = records(decided, replace(accepted, client_order_id="o2"))
    assert "new_orders" not in encode_commit("main", mixed)[0]
