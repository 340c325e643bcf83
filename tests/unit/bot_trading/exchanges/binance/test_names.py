"""Ids of protective orders: legal, told from those of others, and known again after an upgrade."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.account import core_tag
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderPurpose
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.execution.ids import derive_client_order_id

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
KINDS = (StopKind.STOP_LOSS, StopKind.TAKE_PROFIT)
FORMER = "sl-64a1b2c3d4e5f-1"


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=36))
def test_names_are_legal_and_known_again_by_their_own_core_alone(named: str) -> None:
    """At most 36 characters, with kind and tag; an entry's own name has none."""
    ours, theirs = StopNames(core_tag("main")), StopNames(core_tag("other"))
    for kind in KINDS:
        for name in (ours.of_entry(kind, named), ours.new(kind)):
            assert re.fullmatch(r"[.A-Z:/a-z0-9_-]{1,36}", name)
            assert ours.kind_of(name) is kind
            assert theirs.kind_of(name) is None
    assert ours.kind_of(derive_client_order_id("main", OrderPurpose.ENTRY, named)) is None


def test_two_entries_have_two_names() -> None:
    """The end of a derived id holds most of its digest."""
    names = StopNames(core_tag("main"))
    ids = [derive_client_order_id("main", OrderPurpose.ENTRY, part) for part in ("a", "b")]
    assert len({names.of_entry(KINDS[0], each) for each in ids}) == 2


@pytest.mark.parametrize("named", ["sl-mine", "tp-1", "sl-", "", FORMER, "web_abc"])
def test_a_prefix_makes_nothing_ours(named: str) -> None:
    """People and other programs may use it too."""
    names = StopNames(core_tag("main"))
    assert names.kind_of(named) is None
    assert names.kind_at(named, LONG, Decimal(59_000)) is None


def test_what_an_earlier_release_placed_is_known_by_the_database() -> None:
    """By its entry, or at exactly the price that is wanted there; then wherever it is told of."""
    names = StopNames(core_tag("main"))
    levels = LegProtection(leg_id=LONG, stop_loss=Decimal(59_000), take_profit=None)
    names.recall({"old1"}, {LONG: levels})
    assert names.kind_of("sl-old1") is StopKind.STOP_LOSS
    assert names.kind_of("tp-old1") is StopKind.TAKE_PROFIT
    assert {"sl-old1", "tp-old1"} < names.all_of_entry("old1")
    assert len(names.all_of_entry("new1")) == 2
    assert names.kind_at(FORMER, LONG, Decimal(58_999)) is None
    assert names.kind_at("sl-mine", LONG, Decimal(59_000)) is None
    assert names.kind_at(FORMER, LONG, Decimal(59_000)) is StopKind.STOP_LOSS
    assert names.kind_of(FORMER) is StopKind.STOP_LOSS
