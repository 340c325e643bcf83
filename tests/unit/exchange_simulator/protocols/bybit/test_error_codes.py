"""Every error code that a client must know can be had, with its text, and changes nothing."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import Client, make_bybit
from tests.unit.exchange_simulator.protocols.bybit.test_injector import disturbed, struck

PAIR = {"category": "linear", "symbol": "BTCUSDT"}
MARKET = {**PAIR, "side": "Buy", "orderType": "Market", "qty": "0.1", "positionIdx": 1}
LIMIT = {**MARKET, "orderType": "Limit", "price": "59000"}
CONDITIONAL = {**MARKET, "triggerPrice": "61000", "triggerDirection": 1}
CLOSE = {**MARKET, "side": "Sell", "reduceOnly": True}
STOP = {**PAIR, "positionIdx": 1, "tpslMode": "Full"}


def calm(**rules: Any) -> tuple[Bybit, Client]:
    """A market that stands at 60,000."""
    return make_bybit(["60000"] * 9, rules=Rules(**rules))


def state(client: Client) -> list[Any]:
    """What a client can see of itself, but for the time."""
    asked = [
        client.get("order/realtime", **PAIR),
        client.get("position/list", **PAIR),
        client.get("account/wallet-balance", accountType="UNIFIED"),
        client.get("execution/list", category="linear"),
    ]
    return [answer["result"] for answer in asked]


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"positionIdx": 0}, 10001, "position idx not match position mode"),
        ({"positionIdx": None}, 10001, "position idx not match position mode"),
        ({"positionIdx": 3}, 10001, "params error: positionIdx invalid"),
        ({"symbol": "NOPEUSDT"}, 10001, "Not supported symbols"),
        ({"symbol": ""}, 10001, "params error: symbol invalid"),
        ({"category": "spot"}, 10001, "Not supported symbols"),
        ({"category": "margin"}, 10001, "params error: Category is invalid"),
        ({"side": "buy"}, 10001, "params error: side invalid"),
        ({"side": None}, 10001, "params error: side invalid"),
        ({"orderType": "Stop"}, 10001, "params error: orderType invalid"),
        ({"timeInForce": "GTD"}, 10001, "params error: timeInForce invalid"),
        ({"tpslMode": "Half"}, 10001, "params error: tpslMode invalid"),
        ({"smpType": "CancelAll"}, 10001, "params error: smpType invalid"),
        ({"qty": None}, 10001, "params error: Qty invalid"),
        ({"qty": "0"}, 10001, "The number of contracts exceeds minimum limit allowed"),
        ({"qty": "0.0009"}, 10001, "The number of contracts exceeds minimum limit allowed"),
        ({"qty": "1190.001"}, 10001, "The number of contracts exceeds maximum limit allowed"),
        ({"qty": "-1"}, 10001, "params error: qty invalid"),
        ({"qty": [1]}, 10001, "Illegal parameter type: qty"),
        ({"reduceOnly": "yes"}, 10001, "Illegal parameter type: reduceOnly"),
        ({"orderLinkId": "x" * 37}, 10001, "params error: OrderLinkId invalid"),
        ({"orderLinkId": "a b"}, 10001, "params error: OrderLinkId invalid"),
        ({"orderLinkId": "ü"}, 10001, "params error: OrderLinkId invalid"),
        ({"price": "0"}, 10001, "Price is invalid"),
        ({"price": None}, 10001, "Price is invalid"),
        ({"price": "66000.1"}, 110003, "The order price exceeds the allowable range."),
        ({"price": "99999999"}, 110003, "The order price exceeds the allowable range."),
        (
            {"qty": "0.001", "price": "4999.9"},
            110094,
            "Order does not meet minimum order value 5USDT",
        ),
        ({"qty": "20"}, 110007, "ab not enough for new order"),
        ({"takeProfit": "58000"}, 10001, "tp:580000000 set for Buy position should greater"),
        ({"stopLoss": "59500"}, 10001, "sl:595000000 set for Buy position should lower"),
        ({"tpOrderType": "Limit"}, 10001, "tpslMode should be Partial"),
        ({"triggerPrice": "61000"}, 10001, "triggerDirection invalid"),
        ({"triggerDirection": 1}, 10001, "TriggerPrice is required for conditional orders"),
        (
            {"triggerPrice": "59000", "triggerDirection": 1},
            110092,
            "expect Rising, but trigger_price[590000000] <= current[600000000]??LastPrice",
        ),
        (
            {"triggerPrice": "61000", "triggerDirection": 2, "triggerBy": "MarkPrice"},
            110093,
            "expect Falling, but trigger_price[610000000] >= current[600000000]??MarkPrice",
        ),
        ({"side": "Sell"}, 110017, "current position is zero, cannot fix reduce-only order qty"),
        ({"reduceOnly": True}, 110017, "Reduce-only rule not satisfied"),
        ({"positionIdx": 2}, 110017, "current position is zero, cannot fix reduce-only order qty"),
    ],
)
def test_a_refused_creation_says_why_and_changes_nothing(
    fields: dict[str, Any], code: int, text: str
) -> None:
    """The code and the beginning of the text are the exchange's."""
    _, client = calm()
    before = state(client)
    answer = client.post("order/create", **{**LIMIT, **fields})
    assert (answer["retCode"], answer["retMsg"][: len(text)]) == (code, text)
    assert answer["result"] == {}
    assert state(client) == before


@pytest.mark.parametrize(
    ("path", "fields", "code", "text"),
    [
        ("order/amend", {**PAIR, "orderId": "gone", "qty": "1"}, 110001, "or too late to replace"),
        ("order/cancel", {**PAIR, "orderLinkId": "gone"}, 110001, "or too late to cancel"),
        ("order/cancel", PAIR, 10001, "orderId or orderLinkId is required"),
        ("order/cancel-all", {"category": "linear"}, 10001, "Missing some parameters"),
        ("order/cancel-all", {**PAIR, "orderFilter": "All"}, 10001, "orderFilter invalid"),
        ("order/create-batch", {**PAIR, "request": []}, 10001, "request size"),
        ("order/create-batch", {**PAIR, "request": [{}] * 21}, 10001, "request size"),
        ("position/switch-mode", {**PAIR, "mode": 3}, 110025, "Position mode is not modified"),
        ("position/switch-mode", {**PAIR, "mode": 1}, 10001, "mode invalid"),
        ("position/switch-mode", {"category": "linear", "mode": 0}, 10001, "symbol or coin"),
        (
            "position/set-leverage",
            {**PAIR, "buyLeverage": "10", "sellLeverage": "10"},
            110043,
            "leverage not modified",
        ),
        (
            "position/set-leverage",
            {**PAIR, "buyLeverage": "10", "sellLeverage": "20"},
            10001,
            "must be equal",
        ),
        (
            "position/set-leverage",
            {**PAIR, "buyLeverage": "101", "sellLeverage": "101"},
            10001,
            "leverage invalid",
        ),
        ("position/set-leverage", {**PAIR, "buyLeverage": "5"}, 10001, "are required"),
        ("account/set-margin-mode", {"setMarginMode": "REGULAR_MARGIN"}, 110026, "not modified"),
        ("account/set-margin-mode", {"setMarginMode": "CROSS"}, 10001, "setMarginMode invalid"),
        ("position/trading-stop", {**STOP, "stopLoss": "1"}, 10001, "for zero position"),
        (
            "position/trading-stop",
            {**STOP, "positionIdx": 0, "stopLoss": "1"},
            10001,
            "position idx",
        ),
        ("position/trading-stop", STOP, 10001, "is required"),
        ("position/add-margin", {**PAIR, "positionIdx": 1, "margin": "1"}, 10001, "cross margin"),
    ],
)
def test_other_refusals(path: str, fields: dict[str, Any], code: int, text: str) -> None:
    """On a flat hedge-mode account."""
    _, client = calm()
    before = state(client)
    answer = client.post(path, **fields)
    assert answer["retCode"] == code
    assert text in answer["retMsg"]
    assert state(client) == before


@pytest.mark.parametrize(
    ("path", "fields", "code", "text"),
    [
        ("order/create", {**LIMIT, "orderLinkId": "used"}, 110072, "OrderLinkedID is duplicate"),
        ("position/switch-mode", {**PAIR, "mode": 0}, 110024, "existing position"),
        (
            "account/set-margin-mode",
            {"setMarginMode": "ISOLATED_MARGIN"},
            3400045,
            "Set margin mode",
        ),
        ("position/trading-stop", {**STOP, "stopLoss": "58000"}, 34040, "not modified"),
        ("position/trading-stop", {**STOP, "stopLoss": "61000"}, 10001, "??LastPrice"),
        (
            "position/trading-stop",
            {**STOP, "tpslMode": "Partial", "stopLoss": "57000", "slSize": "0.2", "tpSize": "0.2"},
            110058,
            "Insufficient number of remaining position size",
        ),
        (
            "position/trading-stop",
            {**STOP, "tpslMode": "Partial", "stopLoss": "57000", "slSize": "0.1", "tpSize": "0.2"},
            10001,
            "must be equal",
        ),
        ("order/amend", {**PAIR, "orderLinkId": "rests", "price": "59000"}, 10001, "unchanged"),
        ("order/amend", {**PAIR, "orderLinkId": "rests", "price": "90000"}, 110003, "price"),
        ("order/amend", {**PAIR, "orderLinkId": "used", "qty": "0.2"}, 110001, "replace"),
        ("order/cancel", {**PAIR, "orderLinkId": "used"}, 110001, "cancel"),
    ],
)
def test_refusals_to_an_account_that_holds_something(
    path: str, fields: dict[str, Any], code: int, text: str
) -> None:
    """A protected long leg of 0.1 BTC and a resting order."""
    _, client = calm()
    client.post("order/create", **MARKET, orderLinkId="used", stopLoss="58000")
    client.post("order/create", **LIMIT, orderLinkId="rests")
    before = state(client)
    answer = client.post(path, **fields)
    assert answer["retCode"] == code
    assert text in answer["retMsg"]
    assert state(client) == before


def test_modes_do_not_switch_under_orders() -> None:
    """110028 while an order rests on a flat symbol."""
    _, client = calm()
    client.post("order/create", **LIMIT)
    answer = client.post("position/switch-mode", **PAIR, mode=0)
    assert (answer["retCode"], answer["retMsg"]) == (
        110028,
        "symbol has order, can not switch mode",
    )


def test_full_stops_are_not_amended() -> None:
    """110060 for their quantity."""
    _, client = calm()
    client.post("order/create", **MARKET, stopLoss="58000")
    (row,) = client.get("order/realtime", **PAIR)["result"]["list"]
    answer = client.post("order/amend", **PAIR, orderId=row["orderId"], qty="0.05")
    assert answer["retCode"] == 110060


@pytest.mark.parametrize(
    ("rules", "request_", "code"),
    [
        ({"active_orders_max": 1}, LIMIT, 110020),
        ({"conditional_orders_max": 1}, CONDITIONAL, 110009),
    ],
)
def test_orders_are_limited_in_number(
    rules: dict[str, int], request_: dict[str, Any], code: int
) -> None:
    """The one that is too many is refused; after a cancel there is room again."""
    _, client = calm(**rules)
    first = client.post("order/create", **request_)["result"]["orderId"]
    assert client.post("order/create", **request_)["retCode"] == code
    client.post("order/cancel", **PAIR, orderId=first)
    assert client.post("order/create", **request_)["retCode"] == 0


@pytest.mark.parametrize("fields", [LIMIT, CONDITIONAL])
def test_waiting_orders_may_be_forbidden_to_carry_stops(fields: dict[str, Any]) -> None:
    """By switch: 110057, while market orders still may."""
    _, client = calm(stops_on_limit_orders=False)
    answer = client.post("order/create", **fields, stopLoss="50000")
    assert answer["retCode"] == 110057
    assert client.post("order/create", **MARKET, stopLoss="50000")["retCode"] == 0


def test_a_symbol_may_know_no_hedge_mode() -> None:
    """By switch: it is in one-way mode from the start and stays there."""
    _, client = calm(one_way_symbols=("BTCUSDT",))
    assert [row["positionIdx"] for row in state(client)[1]["list"]] == [0]
    assert client.post("position/switch-mode", **PAIR, mode=3)["retCode"] == 110029
    assert (
        client.post("position/switch-mode", category="linear", coin="USDT", mode=3)["retCode"] == 0
    )
    assert client.post("order/create", **LIMIT)["retCode"] == 10001
    assert client.post("order/create", **{**LIMIT, "positionIdx": 0})["retCode"] == 0


def test_a_symbol_may_be_listed_but_not_live() -> None:
    """By switch: 110074 for its orders, and its status says so."""
    _, client = calm(halted_symbols=("BTCUSDT",))
    assert client.post("order/create", **LIMIT)["retCode"] == 110074
    listed = client.get("market/instruments-info", **PAIR)["result"]["list"]
    assert [row["status"] for row in listed] == ["Closed"]
    trading = client.get("market/instruments-info", category="linear", status="Trading")
    assert trading["result"]["list"] == []


def test_leverage_above_a_tier_is_refused_on_orders_and_on_legs() -> None:
    """110090 where an order would need less leverage, 110013 where a held leg does."""
    bybit, client = make_bybit(["60000"] * 3, rules=Rules(default_leverage=Decimal(50)))
    account = bybit.exchange.accounts["KEY"]
    account.wallet += 10_000_000
    assert client.post("order/create", **{**LIMIT, "qty": "80"})["retCode"] == 110090
    assert client.post("order/create", **{**MARKET, "qty": "60"})["retCode"] == 0
    higher = {"buyLeverage": "90", "sellLeverage": "90"}
    assert client.post("position/set-leverage", **PAIR, **higher)["retCode"] == 110013


@pytest.mark.parametrize("code", [10005, 10006, 10010, 10027, 33004, 110063, 110066, 110079])
@pytest.mark.parametrize("path", ["order/create", "order/amend", "position/list"])
def test_codes_of_rights_and_states_come_by_fault(tmp_path: Path, code: int, path: str) -> None:
    """Anywhere, any time, recorded, and without the request being carried out."""
    rule = {"fault": "F9", "variant": str(code), "where": f"/v5/{path}", "times": 1}
    bybit, client = disturbed(tmp_path, rule)
    placed = client.post("order/create", **LIMIT, orderLinkId="a")["retCode"]
    fields = {**PAIR, "orderLinkId": "a", "qty": "0.3"}
    if path == "order/create":
        answer = {"retCode": placed}
    elif path == "order/amend":
        answer = client.post(path, **fields)
    else:
        answer = client.get(path, **PAIR)
    assert answer["retCode"] == code
    rows = client.get("order/realtime", **PAIR)["result"]["list"]
    assert [row["qty"] for row in rows] == ([] if path == "order/create" else ["0.100"])
    assert struck(bybit) == [("F9", str(code))]


@pytest.mark.parametrize("limits_on", [True, False])
def test_every_answer_carries_the_limit_headers(limits_on: bool) -> None:
    """Errors too; the remaining number falls with each request, the reset stamp is sane."""
    bybit, client = make_bybit(["60000"] * 3, limits_on=limits_on)
    remaining = []
    for body in (LIMIT, {**LIMIT, "qty": "0"}, LIMIT):
        reply = client.raw("POST", "/v5/order/create", json.dumps(body).encode())
        assert reply.headers["X-Bapi-Limit"] == "10"
        stamp = int(reply.headers["X-Bapi-Limit-Reset-Timestamp"])
        assert stamp == bybit.exchange.clock.wall_ms
        remaining.append(int(reply.headers["X-Bapi-Limit-Status"]))
    assert remaining == ([9, 8, 7] if limits_on else [9, 9, 9])
