"""Orders of the algo service as the bot sees them."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderStatus, OrderType
from bot_trading.domain.reports import OrderReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx import stops, wire
from bot_trading.exchanges.okx.requests import Stops
from bot_trading.exchanges.okx.stops import Algo
from tests.builders.okx_frames import TS_MS, algo_row, btc_contracts, order_row

LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)
CONTRACTS = btc_contracts()
LOSS, PROFIT = StopKind.STOP_LOSS, StopKind.TAKE_PROFIT


def row_of(**changes: Any) -> wire.AlgoRow:
    """A row of the algo service."""
    return wire.decode_algo(json.dumps(algo_row(**changes)).encode())


def told(quantity: str, seen: Counter[str] | None = None, **changes: Any) -> list[OrderReport]:
    """What a row is reported as."""
    complain = (Counter[str]() if seen is None else seen).update
    held = Decimal(quantity)
    return list(
        stops.stop_reports(row_of(**changes), CONTRACTS, held, 17, lambda what: complain([what]))
    )


def algo(loss: str | None, profit: str | None, size: str | None, **changes: Any) -> Algo:
    """A live stop of the long leg."""
    prices = [None if text is None else Decimal(text) for text in (loss, profit)]
    parts: dict[str, Any] = {
        "algo_id": "1",
        "client_id": "sl000000p1",
        "leg_id": LONG,
        "stops": Stops(stop_loss=prices[0], take_profit=prices[1]),
        "size": None if size is None else Decimal(size),
        "is_live": True,
        "fired": None,
        "ts_us": 1,
    }
    return Algo(**(parts | changes))


def test_one_order_of_the_service_is_two_stops() -> None:
    """Each has its own trigger and kind, and the size of what it covers."""
    loss, profit = told("0.01")
    assert (loss.exchange_order_id, profit.exchange_order_id) == ("7001-sl", "7001-tp")
    assert (loss.stop_kind, profit.stop_kind) == (LOSS, PROFIT)
    assert (loss.trigger_price, profit.trigger_price) == (Decimal(59000), Decimal(62000))
    assert {each.quantity for each in (loss, profit)} == {Decimal("0.01")}
    assert {each.status for each in (loss, profit)} == {OrderStatus.UNTRIGGERED}
    assert {each.order_type for each in (loss, profit)} == {OrderType.STOP_MARKET}
    assert all(each.reduce_only and not each.client_order_id for each in (loss, profit))


def test_what_is_canceled_together_says_so() -> None:
    """A stop loss and a take profit of one order name it; one that is alone names nothing."""
    assert [each.canceled_with for each in told("0.01")] == ["7001", "7001"]
    assert [each.canceled_with for each in told("0.01", tpTriggerPx="")] == [""]
    assert [each.canceled_with for each in told("0.01", slTriggerPx="")] == [""]


def test_the_names_lead_back_to_the_service() -> None:
    """A stop's name tells its order of the service, an order's id tells none."""
    assert [stops.algo_id_of(each.exchange_order_id) for each in told("1")] == ["7001", "7001"]
    assert stops.algo_id_of("1001") is None


def test_a_whole_legs_stop_waits_for_the_legs_size() -> None:
    """An order of no known quantity is not told with one made up; a sized one has its own."""
    assert told("0") == []
    sized = told("0", closeFraction="", sz="2", tpTriggerPx="")
    assert [each.quantity for each in sized] == [Decimal("0.02")]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("live", OrderStatus.UNTRIGGERED),
        ("pause", OrderStatus.UNTRIGGERED),
        ("effective", OrderStatus.CANCELED),
        ("canceled", OrderStatus.CANCELED),
        ("order_failed", OrderStatus.CANCELED),
        ("asleep", None),
    ],
)
def test_states_are_statuses(state: str, status: OrderStatus | None) -> None:
    """A stop that became an order ended as a stop; an unknown state is counted."""
    seen: Counter[str] = Counter()
    assert {each.status for each in told("1", seen, state=state)} == {status}
    assert bool(seen) is (status is None)


def test_why_a_stop_ended_is_told() -> None:
    """The order that it became, or the code of its failure."""
    assert told("1", state="effective", ordId="55")[0].reason == "triggered as order 55"
    assert told("1", state="order_failed", failCode="51112")[0].reason == "failCode 51112"


def test_kinds_that_protect_nothing_are_reported_but_no_protection() -> None:
    """Trigger and trailing orders of a person are seen as what they are."""
    trigger: dict[str, Any] = {
        "ordType": "trigger",
        "slTriggerPx": "",
        "tpTriggerPx": "",
        "triggerPx": "5",
    }
    assert [(each.stop_kind, each.trigger_price) for each in told("1", **trigger)] == [
        (None, Decimal(5))
    ]
    assert stops.algo_of(row_of(**trigger), CONTRACTS) is None
    trailing: dict[str, Any] = {"ordType": "move_order_stop", "slTriggerPx": "", "tpTriggerPx": ""}
    moving = told("1", **trailing, moveTriggerPx="5")
    assert [each.stop_kind for each in moving] == [StopKind.TRAILING_STOP]
    seen: Counter[str] = Counter()
    assert told("1", seen, **trailing) == []
    assert seen == {"algo order type 'move_order_stop' without a trigger price": 1}


@pytest.mark.parametrize(
    "changes", [{"side": "buy"}, {"posSide": "net"}, {"slTriggerPx": "", "tpTriggerPx": ""}]
)
def test_what_does_not_close_a_leg_does_not_protect_it(changes: dict[str, str]) -> None:
    """A conditional entry, a net position, an order without a trigger."""
    assert stops.algo_of(row_of(**changes), CONTRACTS) is None


def test_a_stop_is_read_with_its_cover() -> None:
    """All of the leg, or so much base coin."""
    whole = stops.algo_of(row_of(), CONTRACTS)
    assert whole is not None
    assert (whole.leg_id, whole.size, whole.is_live) == (LONG, None, True)
    assert whole.ts_us == TS_MS * 1000
    unchanged = stops.algo_of(row_of(uTime="", cTime="5"), CONTRACTS)
    assert unchanged is not None
    assert unchanged.ts_us == 5_000
    sized = stops.algo_of(row_of(closeFraction="", sz="3", state="canceled"), CONTRACTS)
    assert sized is not None
    assert (sized.size, sized.is_live) == (Decimal("0.03"), False)
    with pytest.raises(MalformedMessage):
        stops.algo_of(row_of(closeFraction="", sz=""), CONTRACTS)


@pytest.mark.parametrize(
    ("algos", "loss", "profit"),
    [
        ([], None, None),
        ([algo("90", "110", None)], "90", "110"),
        ([algo("90", None, "1")], "90", None),
        ([algo("90", None, "2")], "90", None),
        ([algo("90", "110", "0.4")], None, None),
        ([algo("90", "110", "0.4"), algo("92", "108", "0.6")], "90", "110"),
        ([algo("90", "110", "5"), algo("95", None, None)], "95", "110"),
        ([algo("90", None, None, is_live=False)], None, None),
    ],
)
def test_only_what_covers_the_whole_leg_protects_it(
    algos: list[Algo], loss: str | None, profit: str | None
) -> None:
    """Of several sized stops the whole leg is closed by the last to be reached."""
    found = [stops.covering(LONG, Decimal(1), algos, kind) for kind in (LOSS, PROFIT)]
    assert found == [None if text is None else Decimal(text) for text in (loss, profit)]


def test_a_short_legs_last_stop_is_the_highest() -> None:
    """Mirrored for the other leg."""
    algos = [algo("110", "90", "0.5", leg_id=SHORT), algo("112", "88", "0.5", leg_id=SHORT)]
    assert stops.covering(SHORT, Decimal(1), algos, LOSS) == Decimal(112)
    assert stops.covering(SHORT, Decimal(1), algos, PROFIT) == Decimal(88)


@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 50)), max_size=6),
    st.integers(1, 100),
)
def test_a_protected_leg_is_closed_at_its_stop(found: list[tuple[int, int]], held: int) -> None:
    """At the price that is told, the stops reached by then close all of a long leg."""
    algos = [algo(str(price), None, str(size)) for price, size in found]
    price = stops.covering(LONG, Decimal(held), algos, LOSS)
    reached = sum(size for trigger, size in found if price is not None and trigger >= price)
    assert (price is not None) == (sum(size for _, size in found) >= held)
    assert price is None or reached >= held


@pytest.mark.parametrize(
    ("which", "changes", "kind"),
    [
        (algo("90", None, None), {}, LOSS),
        (algo(None, "110", None), {}, PROFIT),
        (algo("90", "110", None, fired=PROFIT), {"fillPx": "90"}, PROFIT),
        (algo("90", "110", None), {"fillPx": "89.5"}, LOSS),
        (algo("90", "110", None), {"avgPx": "111"}, PROFIT),
        (algo("110", "90", None, leg_id=SHORT), {"lastPx": "111"}, LOSS),
        (algo("110", "90", None, leg_id=SHORT), {"lastPx": "91"}, PROFIT),
        (algo("90", "110", None), {}, None),
    ],
)
def test_which_stop_made_an_order(
    which: Algo, changes: dict[str, str], kind: StopKind | None
) -> None:
    """What OKX named, the only one there is, or the one on whose side the price is; else none."""
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    assert stops.which_fired(row, which) is kind


WORDS = st.one_of(st.text(max_size=20), st.integers().map(str))


@given(st.dictionaries(st.sampled_from(sorted(algo_row())), WORDS, max_size=4))
def test_no_words_in_a_row_are_fatal(changes: dict[str, str]) -> None:
    """A row is understood or malformed; a trigger that is told is above zero."""
    with contextlib.suppress(MalformedMessage):
        row = wire.decode(wire.decode_algo, json.dumps(algo_row(**changes)).encode(), "algo")
        stops.algo_of(row, CONTRACTS)
        for report in stops.stop_reports(row, CONTRACTS, Decimal(1), 17, lambda what: None):
            assert report.trigger_price is not None
            assert report.trigger_price > 0
            assert report.quantity > 0
