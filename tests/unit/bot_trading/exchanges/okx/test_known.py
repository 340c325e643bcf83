"""Legs and stops as told last, by whichever way."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx import wire
from bot_trading.exchanges.okx.known import Holding, KnownLegs, holding_of
from bot_trading.exchanges.okx.requests import Stops
from bot_trading.exchanges.okx.stops import Algo
from bot_trading.exchanges.ownership import OwnStops
from tests.builders.okx_frames import TS_MS, btc_contracts, order_row, position_row

LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)


def holding(quantity: str, ts_us: int, leg_id: LegId = LONG) -> Holding:
    """So much of a leg at a time."""
    return Holding(leg_id=leg_id, quantity=Decimal(quantity), ts_us=ts_us)


def stop(algo_id: str = "7", ts_us: int = 1, **changes: Any) -> Algo:
    """A live stop loss for all of the long leg."""
    parts: dict[str, Any] = {
        "client_id": "",
        "algo_id": algo_id,
        "leg_id": LONG,
        "stops": Stops(stop_loss=Decimal(90), take_profit=None),
        "size": None,
        "is_live": True,
        "fired": None,
        "ts_us": ts_us,
    }
    return Algo(**(parts | changes))


def test_a_leg_is_read_in_base_coin() -> None:
    """Short legs count up too, except in net mode."""

    def read(**changes: Any) -> Holding:
        row = wire.decode_position(json.dumps(position_row(**changes)).encode())
        return holding_of(row, btc_contracts())

    held = read(liqPx="50000")
    assert (held.leg_id, held.quantity) == (LONG, Decimal("0.01"))
    assert (held.avg_px, held.liquidation_px) == (Decimal("60000.5"), Decimal(50000))
    assert held.ts_us == TS_MS * 1000
    assert read(posSide="net", pos="-2").quantity == Decimal("0.02")
    assert read(pos="", uTime="").quantity == 0
    for changes in ({"pos": "-1"}, {"pos": "x"}, {"uTime": "9" * 15}, {"posSide": "up"}):
        with pytest.raises(MalformedMessage):
            read(**changes)


def test_a_leg_is_told_with_its_stop() -> None:
    """Whichever of the two came first, and never without a leg."""
    known = KnownLegs()
    known.protect(stop(ts_us=5))
    assert known.report(LONG, 0).stop_loss is None
    known.hold(holding("1", 3))
    report = known.report(LONG, 17)
    assert (report.quantity, report.stop_loss, report.take_profit) == (1, Decimal(90), None)
    assert (report.ts_event_us, report.ts_init_us) == (5, 17)
    assert known.report(SHORT, 0).quantity == 0
    assert known.report(SHORT, 0).stop_loss is None


def test_what_is_older_changes_nothing() -> None:
    """Frames that overtook each other leave the newest word."""
    known = KnownLegs()
    assert known.hold(holding("2", 5))
    assert not known.hold(holding("1", 4))
    assert known.quantity(LONG) == 2
    assert known.hold(holding("0", 5))
    assert known.open_legs() == []


def test_a_list_that_lacks_a_leg_says_that_it_is_flat() -> None:
    """OKX lists open legs only."""
    known = KnownLegs()
    known.hold(holding("2", 5))
    known.hold_listed([holding("1", 6, SHORT)], known.mark)
    assert (known.quantity(LONG), known.quantity(SHORT)) == (0, 1)
    assert known.report(LONG, 0).ts_event_us == 5


def test_a_list_asked_for_before_does_not_undo_what_came_since() -> None:
    """Streams may be ahead of an answer that is still on its way."""
    known = KnownLegs()
    asked_at = known.mark
    known.hold(holding("2", 5))
    known.protect(stop())
    known.hold_listed([], asked_at)
    known.protect_listed([], asked_at)
    assert known.report(LONG, 0).stop_loss == Decimal(90)
    known.hold_listed([holding("9", 9)], asked_at)
    assert known.quantity(LONG) == 2


def test_a_list_that_lacks_a_stop_says_that_it_ended() -> None:
    """It stays known for the order that it became."""
    known = KnownLegs()
    known.hold(holding("1", 1))
    known.protect(stop())
    known.protect_listed([stop("8", stops=Stops(stop_loss=Decimal(80), take_profit=None))], 99)
    assert known.report(LONG, 0).stop_loss == Decimal(80)
    row = wire.decode_order(json.dumps(order_row(algoId="7")).encode())
    assert known.kind_of(row) is StopKind.STOP_LOSS
    stranger = wire.decode_order(json.dumps(order_row(algoId="")).encode())
    assert known.kind_of(stranger) is None


def test_what_ended_never_lives_again() -> None:
    """A late word of a stop's life does not make the leg look protected."""
    known = KnownLegs()
    known.hold(holding("1", 1))
    known.protect(stop(is_live=False))
    known.protect(stop())
    assert known.report(LONG, 0).stop_loss is None
    assert known.stops(LONG) == []


def test_a_stop_that_a_list_lacked_lives_again_in_a_later_one() -> None:
    """The first may have lagged behind its placing; one that was told to have ended stays so."""
    known = KnownLegs()
    known.hold(holding("1", 1))
    known.protect(stop())
    known.protect_listed([], known.mark)
    known.protect(stop())
    assert known.stops(LONG) == []
    known.protect_listed([stop()], known.mark)
    assert known.report(LONG, 0).stop_loss == Decimal(90)
    known.protect_listed([], known.mark)
    known.protect(stop(is_live=False))
    known.protect_listed([stop()], known.mark)
    assert known.stops(LONG) == []


def test_stops_of_flat_legs_are_orphans() -> None:
    """And only those."""
    known = KnownLegs()
    known.protect(stop())
    assert [algo.algo_id for algo in known.orphans()] == ["7"]
    known.hold(holding("1", 1))
    assert known.orphans() == []


def test_sized_stops_beyond_their_leg_are_found() -> None:
    """They would not follow a leg that shrank."""
    known = KnownLegs()
    known.hold(holding("1", 1))
    known.protect(stop(size=Decimal(1)))
    assert known.oversized() == []
    known.hold(holding("0.4", 2))
    assert known.oversized() == [LONG]
    known.hold(holding("0", 3))
    assert known.oversized() == []


def test_what_rests_when_a_leg_is_told_flat_outlived_it() -> None:
    """Told by a stream or by a list, and also at the start; a younger stop is the next life's."""
    known = KnownLegs()
    known.hold(holding("1", 10))
    known.protect(stop("old", 10))
    assert known.outlived(LONG) == []
    known.hold(holding("0", 20))
    known.protect(stop("new", 21))
    known.hold(holding("1", 21))
    assert [algo.algo_id for algo in known.outlived(LONG)] == ["old"]
    known.protect(stop("old", 22, is_live=False))
    assert known.outlived(LONG) == []
    anew = KnownLegs()
    asked_at = anew.mark
    anew.protect(stop("young", 5))
    anew.hold_listed([], asked_at)
    assert anew.outlived(LONG) == []
    anew.hold_listed([], anew.mark)
    assert [algo.algo_id for algo in anew.outlived(LONG)] == ["young"]


def test_a_stop_is_ours_by_its_mark_or_by_what_the_database_knows() -> None:
    """Another core's and a person's are not, whatever price they wait at."""
    own = OwnStops("slabc123")
    known = KnownLegs(own)
    assert known.is_own(stop(client_id="slabc123p1"))
    others = [stop(client_id=name) for name in ("", "sldef456p1", "mine", "old1a")]
    assert not any(known.is_own(each) for each in others)
    levels = LegProtection(leg_id=LONG, stop_loss=Decimal(90), take_profit=None)
    own.recall({"old1"}, [levels])
    assert [known.is_own(each) for each in others] == [True, False, False, True]
    elsewhere = Stops(stop_loss=Decimal(91), take_profit=None)
    assert not known.is_own(stop("8", stops=elsewhere))
    assert known.is_own(stop("7", stops=elsewhere))  # It was ours before it was moved.
