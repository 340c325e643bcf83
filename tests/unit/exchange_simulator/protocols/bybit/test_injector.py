"""Each fault of the catalogue strikes as declared, is recorded once, and conserves the truth."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange_simulator.errors import BadInput
from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.faults import FaultPlan, load_plan
from exchange_simulator.protocols.bybit.protocol import Bybit
from tests.unit.exchange_simulator.builders import KEY, Client, frames, hedger, make_exchange

PAIR = {"category": "linear", "symbol": "BTCUSDT"}
MARKET = {**PAIR, "side": "Buy", "orderType": "Market", "qty": "0.1", "positionIdx": 1}
LIMIT = {**MARKET, "orderType": "Limit", "price": "59000"}
CLOSE = {**MARKET, "side": "Sell", "reduceOnly": True}


def plan(tmp_path: Path, *rules: dict[str, Any]) -> FaultPlan:
    """Write a plan as a user does, and read it."""
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump({"seed": 5, "faults": list(rules)}))
    return load_plan(file)


def disturbed(tmp_path: Path, *rules: dict[str, Any]) -> tuple[Bybit, Client]:
    """A quiet market under a plan."""
    exchange = make_exchange([str(60_000 + 20 * (number % 5)) for number in range(60)])
    hedger(exchange)
    bybit = Bybit(exchange, limits_on=False, plan=plan(tmp_path, *rules))
    return bybit, Client(bybit)


def pass_seconds(bybit: Bybit, seconds: float) -> None:
    """Let time pass."""
    bybit.advance(bybit.exchange.clock.wall_us + int(seconds * 1e6))


def struck(bybit: Bybit) -> list[tuple[str, str]]:
    """Return what was hit."""
    return [(hit.fault, hit.variant) for hit in bybit.faults.hits]


def test_f1_the_order_exists_though_its_answer_was_lost(tmp_path: Path) -> None:
    """The connection closes without an answer; the order is found by its link id."""
    bybit, client = disturbed(tmp_path, {"fault": "F1", "times": 1})
    body = b'{"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit",'
    body += b'"qty":"0.1","price":"59000","positionIdx":1,"orderLinkId":"lost"}'
    assert client.raw("POST", "/v5/order/create", body).lost
    found = client.get("order/realtime", **PAIR, orderLinkId="lost")["result"]["list"]
    assert found[0]["orderStatus"] == "New"
    assert struck(bybit) == [("F1", "closed")]


def test_f1_over_the_trade_socket_closes_it(tmp_path: Path) -> None:
    """The socket goes without an answer; the order is there."""
    bybit, client = disturbed(tmp_path, {"fault": "F1", "times": 1})
    trade = client.socket("/v5/trade")
    trade.drain()
    header = {"X-BAPI-TIMESTAMP": str(bybit.exchange.clock.wall_ms)}
    client.say(trade, reqId="1", header=header, op="order.create", args=[LIMIT])
    assert (frames(trade), trade.closing) == ([], True)
    assert len(bybit.exchange.accounts[KEY].open_orders) == 1


def test_f2_an_error_that_says_nothing_hides_an_accepted_order(tmp_path: Path) -> None:
    """10016, and a resend with the same link id proves the first accept by 110072."""
    _, client = disturbed(tmp_path, {"fault": "F2", "times": 1})
    assert client.post("order/create", **LIMIT, orderLinkId="a")["retCode"] == 10016
    assert client.post("order/create", **LIMIT, orderLinkId="a")["retCode"] == 110072


def test_f3_a_stale_read_misses_the_newest_order(tmp_path: Path) -> None:
    """One empty answer is no absence: later the order is there."""
    bybit, client = disturbed(tmp_path, {"fault": "F3", "lag_ms": 2000, "times": 1})
    client.post("order/create", **LIMIT, orderLinkId="a")
    ids = {**PAIR, "orderLinkId": "a"}
    assert client.get("order/realtime", **ids)["result"]["list"] == []
    assert client.get("order/realtime", **ids)["result"]["list"] != []
    assert struck(bybit) == [("F3", "lag")]


def test_f3_a_restart_wipes_closed_orders_from_realtime(tmp_path: Path) -> None:
    """The closed part is gone there; history still has it."""
    _, client = disturbed(tmp_path, {"fault": "F3", "variant": "restart", "where": "*realtime"})
    client.post("order/create", **MARKET)
    assert client.get("order/realtime", **PAIR, openOnly=1)["result"]["list"] == []
    assert len(client.get("order/history", **PAIR)["result"]["list"]) == 1


@pytest.mark.parametrize(("variant", "code"), [("late", 0), ("gone", 110001)])
def test_f4_a_cancel_is_answered_before_its_truth(tmp_path: Path, variant: str, code: int) -> None:
    """`late` acknowledges first and cancels after; `gone` denies an order that lives."""
    bybit, client = disturbed(tmp_path, {"fault": "F4", "variant": variant, "times": 1})
    client.post("order/create", **LIMIT, orderLinkId="a")
    ids = {**PAIR, "orderLinkId": "a"}
    assert client.post("order/cancel", **ids)["retCode"] == code
    assert client.get("order/realtime", **ids)["result"]["list"][0]["orderStatus"] == "New"
    pass_seconds(bybit, 2)
    row = client.get("order/realtime", **ids)["result"]["list"][0]
    assert row["orderStatus"] == ("Cancelled" if variant == "late" else "New")


def test_f4_a_fill_can_be_told_twice(tmp_path: Path) -> None:
    """The second Filled carries CancelByUser."""
    _, client = disturbed(tmp_path, {"fault": "F4", "variant": "double_filled"})
    private = client.socket("/v5/private", "order")
    private.drain()
    client.post("order/create", **MARKET)
    rows = [message["data"][0] for message in frames(private)]
    assert [row["orderStatus"] for row in rows] == ["Filled", "Filled"]
    assert rows[1]["rejectReason"] == "EC_OrigClOrdIDDoesNotExist"


@pytest.mark.parametrize(
    ("variant", "topics"),
    [
        ("duplicate", ["execution", "execution", "order", "order"]),
        ("reverse", ["order", "execution"]),
        ("hold", ["order"]),
    ],
)
def test_f5_frames_are_repeated_reversed_or_late(
    tmp_path: Path, variant: str, topics: list[str]
) -> None:
    """What is told stays true; its order and number do not."""
    _, client = disturbed(tmp_path, {"fault": "F5", "variant": variant, "times": 1})
    private = client.socket("/v5/private", "order", "execution")
    private.drain()
    client.post("order/create", **MARKET)
    assert [message["topic"] for message in frames(private)] == topics
    client.post("order/create", **MARKET)
    assert len(frames(private)) == (3 if variant == "hold" else 2)


def test_f6_a_silent_socket_still_answers_pings(tmp_path: Path) -> None:
    """No data for the duration, then it goes on."""
    bybit, client = disturbed(tmp_path, {"fault": "F6", "at_s": 1, "duration_s": 60})
    public = client.socket("/v5/public/linear", "kline.1.BTCUSDT")
    public.drain()
    pass_seconds(bybit, 2)
    pass_seconds(bybit, 40)
    client.say(public, op="ping")
    assert [message["op"] for message in frames(public)] == ["ping"]
    pass_seconds(bybit, 60)
    assert frames(public)


@pytest.mark.parametrize("variant", ["reset", "handshake"])
def test_f7_sockets_are_cut(tmp_path: Path, variant: str) -> None:
    """All sockets close; handshakes may fail for a while, then succeed."""
    rule = {"fault": "F7", "variant": variant, "at_s": 1, "duration_s": 10}
    bybit, client = disturbed(tmp_path, rule)
    public = client.socket("/v5/public/linear", "kline.1.BTCUSDT")
    pass_seconds(bybit, 2)
    assert public.closing
    assert (bybit.connect("/v5/private") is None) == (variant == "handshake")
    pass_seconds(bybit, 11)
    assert bybit.connect("/v5/private") is not None


@pytest.mark.parametrize("variant", ["skip", "unknown_level"])
def test_f8_the_book_breaks(tmp_path: Path, variant: str) -> None:
    """A delta is missing, or deletes a level that never was."""
    rule = {"fault": "F8", "variant": variant, "times": 1}
    bybit, client = disturbed(tmp_path, rule)
    public = client.socket("/v5/public/linear", "orderbook.50.BTCUSDT")
    pass_seconds(bybit, 300)
    messages = frames(public)[1:]
    updates = [message["data"]["u"] for message in messages]
    gaps = sum(1 for a, b in pairwise(updates) if b != a + 1)
    unknown = sum(["0.01", "0"] in message["data"]["b"] for message in messages)
    assert (gaps, unknown) == ((1, 0) if variant == "skip" else (0, 1))


def test_f8_best_prices_are_missed(tmp_path: Path) -> None:
    """A frame of the ticker never arrives; nothing else is touched."""
    rule = {"fault": "F8", "variant": "best", "times": 2}
    heard = []
    for rules in ((), (rule,)):
        bybit, client = disturbed(tmp_path, *rules)
        socket = client.socket("/v5/public/linear", "tickers.BTCUSDT", "orderbook.50.BTCUSDT")
        pass_seconds(bybit, 300)
        told = [message.get("topic", "").partition(".")[0] for message in frames(socket)]
        heard.append((told.count("tickers"), told.count("orderbook")))
        assert struck(bybit) == [("F8", "best")] * 2 * len(rules)
    (tickers, books), (fewer_tickers, same_books) = heard
    assert (tickers - fewer_tickers, books - same_books) == (2, 0)


@pytest.mark.parametrize(
    ("variant", "status"), [("10006", 200), ("403", 403), ("429", 429), ("502", 502)]
)
def test_f9_limits_and_gateways_refuse_without_doing(
    tmp_path: Path, variant: str, status: int
) -> None:
    """The request is not carried out; 10006 says when to come back."""
    bybit, client = disturbed(tmp_path, {"fault": "F9", "variant": variant, "times": 1})
    reply = client.raw("POST", "/v5/order/cancel-all", b'{"category":"linear"}')
    assert reply.status == status
    assert (b"10006" in reply.body) == (variant == "10006")
    assert struck(bybit) == [("F9", variant)]


def test_f10_too_late_means_not_placed(tmp_path: Path) -> None:
    """10002, and there is no order."""
    bybit, client = disturbed(tmp_path, {"fault": "F10"})
    assert client.post("order/create", **LIMIT)["retCode"] == 10002
    assert bybit.exchange.accounts[KEY].open_orders == {}


def test_f11_the_mode_is_switched_behind_the_clients_back(tmp_path: Path) -> None:
    """A flat symbol is in one-way mode afterwards."""
    bybit, client = disturbed(tmp_path, {"fault": "F11", "at_s": 1})
    pass_seconds(bybit, 2)
    assert client.post("order/create", **LIMIT)["retCode"] == 10001
    rows = client.get("position/list", **PAIR)["result"]["list"]
    assert [row["positionIdx"] for row in rows] == [0]


def test_f12_the_leg_is_flat_when_the_close_arrives(tmp_path: Path) -> None:
    """110017, because it was closed a moment before; the money is accounted for."""
    bybit, client = disturbed(tmp_path, {"fault": "F12"})
    client.post("order/create", **MARKET)
    assert client.post("order/create", **CLOSE)["retCode"] == 110017
    kinds = [row.kind for row in bybit.exchange.accounts[KEY].executions]
    assert kinds == ["Trade", "AdlTrade"]


def test_f13_a_conditional_order_outlives_its_leg(tmp_path: Path) -> None:
    """The leg is gone, the client's own stop still rests."""
    bybit, client = disturbed(tmp_path, {"fault": "F13", "at_s": 1})
    client.post("order/create", **MARKET)
    client.post("order/create", **CLOSE, triggerPrice="58000", triggerDirection=2)
    pass_seconds(bybit, 2)
    rows = client.get("order/realtime", **PAIR)["result"]["list"]
    assert [row["orderStatus"] for row in rows] == ["Untriggered"]
    assert bybit.exchange.accounts[KEY].held() == []


def test_f14_resting_closing_orders_are_cut(tmp_path: Path) -> None:
    """Half of the leg is gone, and the closing order with it."""
    bybit, client = disturbed(tmp_path, {"fault": "F14", "at_s": 1})
    client.post("order/create", **MARKET)
    fields = {**CLOSE, "orderType": "Limit", "price": "61000"}
    client.post("order/create", **fields, orderLinkId="step")
    pass_seconds(bybit, 2)
    row = client.get("order/realtime", **PAIR, orderLinkId="step")["result"]["list"][0]
    assert (row["qty"], row["orderStatus"]) == ("0.050", "New")


@pytest.mark.parametrize(("variant", "stop"), [("ignored", ""), ("set", "59000")])
def test_f15_not_modified_says_nothing_about_the_stop(
    tmp_path: Path, variant: str, stop: str
) -> None:
    """34040: only reading back tells."""
    _, client = disturbed(tmp_path, {"fault": "F15", "variant": variant})
    client.post("order/create", **MARKET)
    fields = {**PAIR, "positionIdx": 1, "tpslMode": "Full", "stopLoss": "59000"}
    assert client.post("position/trading-stop", **fields)["retCode"] == 34040
    assert client.get("position/list", **PAIR)["result"]["list"][0]["stopLoss"] == stop


def test_f16_history_is_shorter_than_the_position(tmp_path: Path) -> None:
    """Old fills are not listed; the leg is."""
    bybit, client = disturbed(tmp_path, {"fault": "F16", "lag_ms": 60_000})
    client.post("order/create", **MARKET)
    pass_seconds(bybit, 300)
    client.post("order/create", **MARKET)
    assert len(client.get("execution/list", **PAIR)["result"]["list"]) == 1
    assert client.get("position/list", **PAIR)["result"]["list"][0]["size"] == "0.2"


@pytest.mark.parametrize("variant", ["refuse", "restart"])
def test_f17_maintenance_refuses_then_ends(tmp_path: Path, variant: str) -> None:
    """Orders are refused, or everything restarts; then it works again."""
    rule = {"fault": "F17", "variant": variant, "at_s": 1, "duration_s": 5}
    bybit, client = disturbed(tmp_path, rule)
    status = client.socket("/v5/public/misc/status", "system.status")
    status.drain()
    pass_seconds(bybit, 2)
    assert frames(status)[0]["data"][0]["state"] == "ongoing"
    body = b'{"category":"linear"}'
    if variant == "refuse":
        assert client.post("order/create", **LIMIT)["retCode"] == 110066
    else:
        assert client.raw("POST", "/v5/order/create", body).status == 502
    pass_seconds(bybit, 6)
    assert client.post("order/create", **LIMIT)["retCode"] == 0


def test_f18_fills_come_in_pieces(tmp_path: Path) -> None:
    """One order, many executions, the same sum."""
    bybit, client = disturbed(tmp_path, {"fault": "F18", "pieces": 7})
    client.post("order/create", **MARKET)
    fills = bybit.exchange.accounts[KEY].executions
    assert len(fills) >= 7
    assert str(sum(fill.qty for fill in fills)) == "0.100"


def test_probability_and_seed_decide_alike(tmp_path: Path) -> None:
    """The same plan strikes the same requests."""

    def run() -> list[int]:
        _, client = disturbed(tmp_path, {"fault": "F2", "probability": 0.4})
        return [client.post("order/create", **LIMIT)["retCode"] for _ in range(30)]

    first = run()
    assert first == run()
    assert 0 < first.count(10016) < 30


def test_the_hits_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever judges reads what really struck."""
    bybit, client = disturbed(tmp_path, {"fault": "F2"})
    client.post("order/create", **LIMIT)
    reply = bybit.request(method="GET", target="/simulator/faults", headers={})
    assert b'"fault":"F2"' in reply.body


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"fault": "F99"}, "unknown fault 'F99'"),
        ({"fault": "F1", "chance": 1}, "unknown key 'chance'"),
        ({"fault": "F1", "variant": "x"}, "unknown variant 'x'"),
        ({"fault": "F1", "probability": 2}, "probability must be between 0 and 1"),
        ({"fault": "F1", "times": "many"}, "times must be a number"),
        ({"fault": "F6"}, "give at_s or every_s"),
    ],
)
def test_a_bad_plan_is_refused(tmp_path: Path, rule: dict[str, Any], text: str) -> None:
    """One sentence names what is wrong."""
    with pytest.raises(BadInput, match=text):
        plan(tmp_path, rule)


def test_every_fault_of_the_catalogue_is_known() -> None:
    """F1 to F18, each with a meaning and a default variant."""
    assert list(FAULTS) == [f"F{number}" for number in range(1, 19)]
    assert all(kind.meaning and kind.variants for kind in FAULTS.values())
