"""Ids of protective orders: legal, told from those of others, and known again after an upgrade."""

from __future__ import annotations

import re
import time
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
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
KINDS = (StopKind.STOP_LOSS, StopKind.TAKE_PROFIT)
FORMER = "sl-64a1b2c3d4e5f-1"


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=36))
def test_names_are_legal_and_known_again_by_their_own_core_alone(named: str) -> None:
    """At most 36 characters, with kind and tag; an entry's own name has none."""
    ours, theirs = StopNames(core_tag("main")), StopNames(core_tag("other"))
    for kind in KINDS:
        for name in (ours.of_entry(kind, named), ours.moved(kind, named), ours.new(kind)):
            assert re.fullmatch(r"[.A-Z:/a-z0-9_-]{1,36}", name)
            assert ours.kind_of(name, LONG) is kind
            assert theirs.kind_of(name, LONG) is None
    assert ours.kind_of(derive_client_order_id("main", OrderPurpose.ENTRY, named), LONG) is None


def test_two_entries_have_two_names() -> None:
    """The end of a derived id holds most of its digest."""
    names = StopNames(core_tag("main"))
    ids = [derive_client_order_id("main", OrderPurpose.ENTRY, part) for part in ("a", "b")]
    assert len({names.of_entry(KINDS[0], each) for each in ids}) == 2


@pytest.mark.parametrize("named", ["sl-mine", "tp-1", "sl-", "", FORMER, "web_abc"])
def test_a_prefix_makes_nothing_ours(named: str) -> None:
    """People and other programs may use it too."""
    names = StopNames(core_tag("main"))
    assert names.kind_of(named, LONG) is None
    assert names.kind_at(named, LONG, Decimal(59_000)) is None


def test_what_an_earlier_release_placed_is_known_by_the_database() -> None:
    """By its entry, or at exactly the price that is wanted there; then wherever it is told of."""
    names = StopNames(core_tag("main"))
    levels = LegProtection(leg_id=LONG, stop_loss=Decimal(59_000), take_profit=None)
    names.recall({"old1"}, [levels])
    assert names.kind_of("sl-old1", LONG) is StopKind.STOP_LOSS
    assert names.kind_of("tp-old1", LONG) is StopKind.TAKE_PROFIT
    for kind, former in zip(KINDS, ("sl-old1", "tp-old1"), strict=True):
        for name in (former, names.of_entry(kind, "old1"), names.moved(kind, "old1")):
            assert names.is_of_entry(name, "old1")
            assert not names.is_of_entry(name, "new1")
        assert not names.is_of_entry(names.new(kind), "old1")
        assert not names.is_of_entry(former.replace("old", "new"), "new1")
    assert names.kind_at(FORMER, LONG, Decimal(58_999)) is None
    assert names.kind_at("sl-mine", LONG, Decimal(59_000)) is None
    assert names.kind_at(FORMER, LONG, Decimal(59_000)) is StopKind.STOP_LOSS
    assert names.kind_of(FORMER, LONG) is StopKind.STOP_LOSS


def test_a_former_stop_is_known_at_any_price_that_was_asked_for() -> None:
    """The last one may have been decided and never set; another leg's prices do not count."""
    names = StopNames(core_tag("main"))
    names.recall(
        (),
        [
            LegProtection(leg_id=LONG, stop_loss=Decimal(stop), take_profit=Decimal(62_000))
            for stop in (59_000, 59_500, 60_000)
        ],
    )
    for number, stop in enumerate((59_000, 59_500, 60_000)):
        named = f"sl-64a1b2c3d4e5f-{number}"
        assert names.kind_at(named, SHORT, Decimal(stop)) is None
        assert names.kind_at(named, LONG, Decimal(stop)) is StopKind.STOP_LOSS
    assert names.kind_at("tp-64a1b2c3d4e5f-9", LONG, Decimal(59_000)) is None
    assert names.kind_at("tp-64a1b2c3d4e5f-9", LONG, Decimal(62_000)) is StopKind.TAKE_PROFIT


def test_a_former_stop_that_fired_is_known_by_its_kind_of_id_and_its_leg() -> None:
    """Its trigger is told by nobody any more; a leg that no release protected has none."""
    names = StopNames(core_tag("main"))
    assert names.kind_fired(FORMER, LONG) is None
    levels = LegProtection(leg_id=LONG, stop_loss=Decimal(59_000), take_profit=None)
    names.recall((), [levels])
    assert names.kind_fired(FORMER, LONG) is StopKind.STOP_LOSS
    assert names.kind_fired(FORMER, SHORT) is None
    assert names.kind_fired("sl-mine", LONG) is None


def test_every_move_has_a_name_of_its_own() -> None:
    """Legal with the longest id too, and of its entry alone."""
    names = StopNames(core_tag("main"))
    ids = [derive_client_order_id("main", OrderPurpose.ENTRY, part) for part in ("a", "b")]
    first = names.moved(KINDS[0], ids[0])
    time.sleep(0.02)
    assert names.moved(KINDS[0], ids[0]) != first
    assert names.is_of_entry(first, ids[0])
    assert not names.is_of_entry(first, ids[1])
