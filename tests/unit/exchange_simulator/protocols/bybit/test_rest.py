"""Bybit's REST rules: signatures over raw bytes, envelopes, codes, pages, limits."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.protocols.bybit.protocol import Bybit
from tests.unit.exchange_simulator.builders import MINUTE_US, START_MS, Client, make_bybit

FLAT = ["60000"] * 40
LIMIT = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.1",
    "price": "50000",
    "positionIdx": 1,
}


def market(side: str, leg: int, qty: str = "0.1", **more: object) -> dict[str, object]:
    """Fields of a market order."""
    return {**LIMIT, "orderType": "Market", "side": side, "positionIdx": leg, "qty": qty, **more}


def pass_minutes(bybit: Bybit, minutes: float) -> None:
    """Let time pass."""
    bybit.advance(bybit.exchange.clock.wall_us + int(minutes * MINUTE_US))


def test_the_envelope_is_bybits() -> None:
    """HTTP 200 with retCode, retMsg, result, retExtInfo and the wall time."""
    bybit, client = make_bybit(FLAT)
    reply = client.raw("GET", "/v5/market/time")
    answer = json.loads(reply.body)
    assert reply.status == 200
    assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert answer["time"] == bybit.exchange.clock.wall_ms
    assert answer["result"]["timeSecond"] == str(START_MS // 1000)


@pytest.mark.parametrize("body", [b'{"a":1, "b": "x"}', b'{"b":"x","a":1}', b"{}"])
def test_the_signature_covers_the_raw_body(body: bytes) -> None:
    """Whatever spacing and order the client chose, its own bytes are what is signed."""
    _, client = make_bybit(FLAT)
    answer = json.loads(client.raw("POST", "/v5/order/create", body).body)
    assert answer["retCode"] == 10001


@pytest.mark.parametrize(
    "query", ["category=linear&symbol=BTCUSDT", "symbol=BTCUSDT&category=linear"]
)
def test_the_signature_covers_the_raw_query(query: str) -> None:
    """Parameters are signed in the order in which they were sent."""
    _, client = make_bybit(FLAT)
    assert json.loads(client.raw("GET", f"/v5/position/list?{query}").body)["retCode"] == 0


def test_a_wrong_secret_key_or_time_has_its_own_code() -> None:
    """10004 for the signature, 10003 for the key, 10002 for the clock, 10001 without headers."""
    bybit, client = make_bybit(FLAT)
    target = "/v5/account/info"
    late, early = bybit.exchange.clock.wall_ms - 5001, bybit.exchange.clock.wall_ms + 1000
    codes = [
        json.loads(reply.body)["retCode"]
        for reply in (
            Client(bybit, secret="wrong").raw("GET", target),
            Client(bybit, key="wrong").raw("GET", target),
            client.raw("GET", target, stamp=str(late)),
            client.raw("GET", target, stamp=str(early)),
            client.raw("GET", target, stamp=str(late + 1)),
            bybit.request(method="GET", target=target, headers={}),
        )
    ]
    assert codes == [10004, 10003, 10002, 10002, 0, 10001]


def test_an_unknown_path_is_404() -> None:
    """A wrong path, or method, is no JSON."""
    _, client = make_bybit(FLAT)
    assert client.raw("GET", "/v5/nowhere").status == 404
    assert client.raw("GET", "/v5/order/create").status == 404


def test_position_list_shows_both_flat_legs() -> None:
    """With a symbol there are always two rows in hedge mode; with settleCoin only held legs."""
    _, client = make_bybit(FLAT)
    rows = client.get("position/list", category="linear", symbol="BTCUSDT")["result"]["list"]
    assert [(row["positionIdx"], row["side"], row["size"]) for row in rows] == [
        (1, "", "0"),
        (2, "", "0"),
    ]
    answer = client.get("position/list", category="linear", settleCoin="USDT")
    assert answer["result"]["list"] == []
    assert client.get("position/list", category="linear")["retCode"] == 10001


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"positionIdx": 0}, 10001, "position idx not match position mode"),
        ({"qty": "0"}, 10001, "The number of contracts exceeds minimum limit allowed"),
        ({"symbol": "NOPEUSDT"}, 10001, "Not supported symbols"),
        ({"qty": "abc"}, 10001, "params error: qty invalid"),
        ({"qty": "NaN"}, 10001, "params error: qty invalid"),
        ({"side": "buy"}, 10001, "params error: side invalid"),
        ({"price": "70000"}, 110003, "The order price exceeds the allowable range."),
        ({"qty": "1000"}, 110007, "ab not enough for new order"),
        ({"reduceOnly": True, "side": "Sell"}, 110017, "current position is zero"),
        ({"reduceOnly": True}, 110017, "Reduce-only rule not satisfied"),
        ({"orderLinkId": "x" * 37}, 10001, "params error: OrderLinkId invalid"),
        ({"orderLinkId": "a b"}, 10001, "params error: OrderLinkId invalid"),
        ({"triggerPrice": "59000", "triggerDirection": 1}, 110092, "expect Rising, but"),
        ({"triggerPrice": "61000", "triggerDirection": 2}, 110093, "expect Falling, but"),
        ({"stopLoss": "61000"}, 10001, "sl:610000000 set for Buy position should lower"),
        ({"qty": "0.001", "price": "10"}, 110094, "Order does not meet minimum order value"),
    ],
)
def test_create_errors(fields: dict[str, object], code: int, text: str) -> None:
    """Each broken rule has its code and text."""
    _, client = make_bybit(FLAT)
    answer = client.post("order/create", **{**LIMIT, **fields})
    assert answer["retCode"] == code
    assert answer["retMsg"].startswith(text)
    assert answer["result"] == {}


def test_a_whole_order_life_is_read_back() -> None:
    """Create, amend, cancel; realtime shows it open, then closed; history keeps it."""
    _, client = make_bybit(FLAT)
    made = client.post("order/create", **LIMIT, orderLinkId="life-1")["result"]
    ids = {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "life-1"}
    assert client.post("order/amend", **ids, qty="0.2")["result"] == made
    row = client.get("order/realtime", **ids)["result"]["list"][0]
    assert (row["orderStatus"], row["qty"], row["positionIdx"]) == ("New", "0.200", 1)
    assert client.post("order/cancel", **ids)["retCode"] == 0
    assert client.post("order/cancel", **ids)["retCode"] == 110001
    row = client.get("order/realtime", **ids)["result"]["list"][0]
    assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByUser")
    history = client.get("order/history", category="linear")["result"]["list"]
    assert [row["orderLinkId"] for row in history] == ["life-1"]
    again = client.post("order/create", **LIMIT, orderLinkId="life-1")
    assert (again["retCode"], again["retMsg"]) == (110072, "OrderLinkedID is duplicate")


def test_the_wallet_reconciles_with_executions_and_log() -> None:
    """Wallet change = realised - fees, and the transaction log adds up to it."""
    bybit, client = make_bybit(["60000", "60000", "60400", "60400"])
    client.post("order/create", **market("Buy", 1))
    client.post("order/create", **market("Sell", 2))
    pass_minutes(bybit, 2.1)
    client.post("order/create", **market("Sell", 1, "0.04", reduceOnly=True))
    client.post("order/create", **market("Buy", 2, "0", reduceOnly=True, closeOnTrigger=True))
    coin = client.get("account/wallet-balance", accountType="UNIFIED")["result"]["list"][0]["coin"]
    moved = Decimal(coin[0]["walletBalance"]) - 100_000
    fills = client.get("execution/list", category="linear")["result"]["list"]
    log = client.get("account/transaction-log")["result"]["list"]
    total = sum(Decimal(row["execPnl"]) - Decimal(row["execFee"]) for row in fills)
    assert moved == total == sum(Decimal(row["change"]) for row in log)
    assert all("positionIdx" not in row for row in fills)
    assert Decimal(coin[0]["cumRealisedPnl"]) == moved


def test_pages_follow_their_cursor_to_the_end() -> None:
    """A cursor leads on without gap or repetition and ends empty."""
    _, client = make_bybit(FLAT)
    for number in range(7):
        client.post("order/create", **LIMIT, orderLinkId=f"p{number}")
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        fields: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "limit": 2}
        if cursor:
            fields["cursor"] = cursor
        result = client.get("order/realtime", **fields)["result"]
        seen += [row["orderLinkId"] for row in result["list"]]
        cursor = result["nextPageCursor"]
    assert seen == [f"p{number}" for number in range(6, -1, -1)]
    assert cursor == ""


def test_time_windows_are_at_most_seven_days() -> None:
    """A longer or backward window is refused."""
    _, client = make_bybit(FLAT)
    day = 86_400_000
    wide = {"startTime": START_MS, "endTime": START_MS + 8 * day}
    back = {"startTime": START_MS, "endTime": START_MS - 1}
    assert client.get("execution/list", category="linear", **wide)["retCode"] == 10001
    assert client.get("order/history", category="linear", **back)["retCode"] == 10001


def test_batches_have_a_code_per_item() -> None:
    """The outer code is 0; each item's own is in retExtInfo."""
    _, client = make_bybit(FLAT)
    bad = {**LIMIT, "positionIdx": 0}
    answer = client.post("order/create-batch", category="linear", request=[LIMIT, bad])
    assert answer["retCode"] == 0
    codes = [item["code"] for item in answer["retExtInfo"]["list"]]
    assert codes == [0, 10001]
    made, failed = answer["result"]["list"]
    assert made["orderId"]
    assert made["createAt"]
    assert (failed["orderId"], failed["createAt"]) == ("", "")
    ids = {"symbol": "BTCUSDT", "orderId": made["orderId"]}
    answer = client.post("order/cancel-batch", category="linear", request=[ids, ids])
    assert [item["code"] for item in answer["retExtInfo"]["list"]] == [0, 110001]


def test_the_eleventh_creation_in_a_second_is_refused_with_its_reset_time() -> None:
    """10006 with the reset stamp at which the window has room again."""
    bybit, client = make_bybit(FLAT, limits_on=True)
    replies = [
        client.raw("POST", "/v5/order/create", json.dumps(LIMIT).encode()) for _ in range(11)
    ]
    codes = [json.loads(reply.body)["retCode"] for reply in replies]
    assert codes == [0] * 10 + [10006]
    assert replies[0].headers["X-Bapi-Limit-Status"] == "9"
    assert int(replies[10].headers["X-Bapi-Limit-Reset-Timestamp"]) > bybit.exchange.clock.wall_ms
    bybit.advance(bybit.exchange.clock.wall_us + 1_001_000)
    reply = client.raw("POST", "/v5/order/create", json.dumps(LIMIT).encode())
    assert json.loads(reply.body)["retCode"] == 0


def test_an_address_that_asks_too_often_gets_403_for_ten_minutes() -> None:
    """601 requests in five seconds ban the address."""
    bybit, client = make_bybit(FLAT, limits_on=True)
    statuses = [client.raw("GET", "/v5/market/time").status for _ in range(601)]
    assert statuses == [200] * 600 + [403]
    pass_minutes(bybit, 9)
    assert client.raw("GET", "/v5/market/time").status == 403
    pass_minutes(bybit, 1.1)
    assert client.raw("GET", "/v5/market/time").status == 200


def test_candles_are_newest_first_with_the_open_one() -> None:
    """Rows are [start, o, h, l, c, volume, turnover] as text."""
    bybit, client = make_bybit([str(60_000 + number) for number in range(20)])
    pass_minutes(bybit, 10.5)
    fields = {"category": "linear", "symbol": "BTCUSDT", "interval": "1", "limit": 5}
    rows = client.get("market/kline", **fields)["result"]["list"]
    assert [int(row[0]) for row in rows] == [START_MS + m * 60_000 for m in (10, 9, 8, 7, 6)]
    assert [row[4] for row in rows[1:]] == ["60009.00", "60008.00", "60007.00", "60006.00"]
    assert all(len(row) == 7 and all(isinstance(cell, str) for cell in row) for row in rows)
    mark = client.get("market/mark-price-kline", **fields)["result"]["list"]
    assert all(len(row) == 5 for row in mark)


def test_funding_history_needs_an_end_with_a_start() -> None:
    """Only startTime is an error."""
    _, client = make_bybit(FLAT)
    fields = {"category": "linear", "symbol": "BTCUSDT"}
    assert client.get("market/funding/history", **fields)["retCode"] == 0
    answer = client.get("market/funding/history", **fields, startTime=START_MS)
    assert answer["retCode"] == 10001


def test_other_categories_are_empty_lists() -> None:
    """Clients that list spot, inverse and option markets get nothing, and no error."""
    _, client = make_bybit(FLAT)
    for category in ("spot", "inverse", "option"):
        answer = client.get("market/instruments-info", category=category)
        assert (answer["retCode"], answer["result"]["list"]) == (0, [])


def test_no_ops_say_so() -> None:
    """Mode, leverage and stops that are already so have their own codes."""
    _, client = make_bybit(FLAT)
    fields = {"category": "linear", "symbol": "BTCUSDT"}
    assert client.post("position/switch-mode", **fields, mode=3)["retCode"] == 110025
    both = {"buyLeverage": "10", "sellLeverage": "10"}
    assert client.post("position/set-leverage", **fields, **both)["retCode"] == 110043
    client.post("order/create", **market("Buy", 1))
    stop = {**fields, "tpslMode": "Full", "positionIdx": 1, "stopLoss": "59000"}
    assert client.post("position/trading-stop", **stop)["retCode"] == 0
    again = client.post("position/trading-stop", **stop)
    assert (again["retCode"], again["retMsg"]) == (34040, "not modified")
    assert (
        client.post("account/set-margin-mode", setMarginMode="REGULAR_MARGIN")["retCode"] == 110026
    )
