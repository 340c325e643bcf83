"""Binance's REST answers: the leg rules of hedge mode, errors with their codes, orders, account."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.protocols.binance.protocol import Binance
from tests.unit.exchange_simulator.builders import (
    MINUTE_US,
    go,
    hedger,
    make_exchange,
)
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, make_binance

FLAT = ["60000"] * 5


def test_each_leg_opens_and_closes_by_its_position_side() -> None:
    """Opposite legs live side by side; a short leg's amount is negative."""
    _, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "SHORT", "0.3")
    client.order("SELL", "LONG", "0.2")
    legs = {row["positionSide"]: row for row in client.call("GET", "v3/positionRisk")}
    assert {side: row["positionAmt"] for side, row in legs.items()} == {
        "LONG": "0.300",
        "SHORT": "-0.300",
    }
    assert Decimal(legs["SHORT"]["notional"]) < 0
    assert len(client.call("GET", "v2/positionRisk", symbol="BTCUSDT")) == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"side": "BUY", "positionSide": "BOTH"}, -4061),
        ({"side": "BUY", "positionSide": "LONG", "reduceOnly": "true"}, -1106),
        ({"side": "SELL", "positionSide": "LONG"}, -2022),
        ({"side": "BUY", "positionSide": "LONG", "quantity": "0.00001"}, -1111),
        ({"side": "BUY", "positionSide": "LONG", "quantity": "0"}, -4003),
        ({"side": "BUY", "positionSide": "LONG", "quantity": "400"}, -2019),
        ({"side": "BUY", "positionSide": "LONG", "type": "STOP_MARKET"}, -4120),
        ({"side": "BUY", "positionSide": "LONG", "type": "X"}, -1116),
        ({"side": "X", "positionSide": "LONG"}, -1117),
        ({"side": "BUY", "positionSide": "LONG", "symbol": "NONEUSDT"}, -1121),
        ({"side": "BUY", "positionSide": "LONG", "newClientOrderId": "x" * 37}, -4015),
    ],
)
def test_a_wrong_order_is_refused_with_its_code(fields: dict[str, str], code: int) -> None:
    """The answer is HTTP 400 with the code, and nothing happened."""
    binance, client = make_binance(FLAT)
    base = {"symbol": "BTCUSDT", "type": "MARKET", "quantity": "0.1"}
    reply = client.raw("POST", f"/fapi/v1/order?{client.signed({**base, **fields})}")
    assert reply.status == 400
    assert json.loads(reply.body)["code"] == code
    assert not binance.exchange.accounts["KEY"].open_orders


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"price": "60000.05"}, -4014),
        ({"price": "60000.123"}, -1111),
        ({"price": "90000"}, -4016),
        ({"price": "59000", "quantity": "0.001", "symbol": "BTCUSDT"}, None),
        ({"price": "4000", "quantity": "0.001"}, -4164),
        ({"price": "60100", "timeInForce": "GTX"}, -5022),
        ({"price": "59990", "timeInForce": "FOK"}, -5021),
    ],
)
def test_limit_prices_are_checked(more: dict[str, str], code: int | None) -> None:
    """Ticks, decimals, the band around the mark, the least notional, and post-only."""
    _, client = make_binance(FLAT)
    quantity = more.pop("quantity", "0.1")
    answer = client.order("BUY", "LONG", quantity, **more)
    assert answer.get("code") == code


def test_a_refused_post_only_order_never_existed() -> None:
    """It is in no list, and its id is free."""
    _, client = make_binance(FLAT)
    fields = {"price": "60100", "timeInForce": "GTX", "newClientOrderId": "mine"}
    assert client.order("BUY", "LONG", "0.1", **fields)["code"] == -5022
    assert client.call("GET", "v1/allOrders", symbol="BTCUSDT") == []
    answer = client.order("BUY", "LONG", "0.1", **{**fields, "price": "59000"})
    assert answer["status"] == "NEW"
    assert client.order("BUY", "LONG", "0.1", **{**fields, "price": "59000"})["code"] == -4116


def test_closing_more_than_the_leg_holds_is_refused() -> None:
    """Resting closing orders count, too."""
    _, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.5")
    assert client.order("SELL", "LONG", "0.6")["code"] == -2022
    assert client.order("SELL", "LONG", "0.3", price="61000")["status"] == "NEW"
    assert client.order("SELL", "LONG", "0.3")["code"] == -2022
    assert client.order("SELL", "LONG", "0.2")["status"] == "FILLED"


def test_the_position_mode_switches_only_when_all_is_flat() -> None:
    """-4059 unchanged, -4067 with orders, -4068 with positions."""
    _, client = make_binance(FLAT)
    mode = "v1/positionSide/dual"
    assert client.call("POST", mode, dualSidePosition="true")["code"] == -4059
    order = client.order("BUY", "LONG", "0.1", price="59000")
    assert client.call("POST", mode, dualSidePosition="false")["code"] == -4067
    client.call("DELETE", "v1/order", symbol="BTCUSDT", orderId=order["orderId"])
    client.order("BUY", "LONG", "0.1")
    assert client.call("POST", mode, dualSidePosition="false")["code"] == -4068
    client.order("SELL", "LONG", "0.1")
    assert client.call("POST", mode, dualSidePosition="false")["code"] == 200
    assert client.call("GET", mode) == {"dualSidePosition": False}
    assert client.order("BUY", "LONG", "0.1")["code"] == -4061
    assert client.order("BUY", "BOTH", "0.1")["status"] == "FILLED"


def test_an_order_is_modified_queried_and_canceled() -> None:
    """PUT moves it, GET shows it by either id, DELETE ends it, then it is unknown."""
    _, client = make_binance(FLAT)
    order = client.order("BUY", "LONG", "0.1", price="59000", newClientOrderId="mine")
    name = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    moved = client.call("PUT", "v1/order", **name, side="BUY", quantity="0.2", price="58000")
    assert (moved["price"], moved["origQty"]) == ("58000.00", "0.200")
    same = client.call("PUT", "v1/order", **name, side="BUY", quantity="0.2", price="58000")
    assert same["code"] == -5027
    found = client.call("GET", "v1/order", symbol="BTCUSDT", origClientOrderId="mine")
    assert found["orderId"] == order["orderId"]
    assert [row["orderId"] for row in client.call("GET", "v1/openOrders")] == [order["orderId"]]
    assert client.call("DELETE", "v1/order", **name)["status"] == "CANCELED"
    assert client.call("DELETE", "v1/order", **name)["code"] == -2011
    assert client.call("GET", "v1/openOrder", **name)["code"] == -2013
    assert client.call("GET", "v1/order", **name)["status"] == "CANCELED"


def test_batches_answer_item_by_item() -> None:
    """One item's error does not stop the next; the whole is HTTP 200."""
    _, client = make_binance(FLAT)
    base = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "quantity": "0.1"}
    limit = {**base, "type": "LIMIT", "timeInForce": "GTC", "price": "59000"}
    orders = json.dumps([limit, {**limit, "positionSide": "BOTH"}, {**base, "type": "MARKET"}])
    rows = client.call("POST", "v1/batchOrders", batchOrders=orders)
    assert [row.get("code") for row in rows] == [None, -4061, None]
    numbers = json.dumps([rows[0]["orderId"], 5])
    canceled = client.call("DELETE", "v1/batchOrders", symbol="BTCUSDT", orderIdList=numbers)
    assert [row.get("code") for row in canceled] == [None, -2011]
    assert client.call("POST", "v1/batchOrders", batchOrders="[]")["code"] == -4082


def test_a_stop_waits_in_the_algo_service_and_trades_as_an_order() -> None:
    """Only openAlgoOrders shows it; once triggered it has an order of its own."""
    binance, client = make_binance(["60000", "60000", "58000", "58000"])
    client.order("BUY", "LONG", "0.5")
    stop = client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.2", triggerPrice="59000")
    assert stop["algoStatus"] == "NEW"
    assert client.call("GET", "v1/openOrders") == []
    assert [row["algoId"] for row in client.call("GET", "v1/openAlgoOrders")] == [stop["algoId"]]
    go(binance.exchange, 2.1)
    done = client.call("GET", "v1/algoOrder", algoId=stop["algoId"])
    assert done["algoStatus"] == "FINISHED"
    order = client.call("GET", "v1/order", symbol="BTCUSDT", orderId=done["actualOrderId"])
    assert (order["status"], order["origType"], order["executedQty"]) == (
        "FILLED",
        "STOP_MARKET",
        "0.200",
    )


def test_close_position_covers_the_leg_once_per_kind() -> None:
    """A second one is -4130; without a position -4509; with a quantity -4137."""
    binance, client = make_binance(["60000", "60000", "58000", "58000"])
    fields = {"closePosition": "true", "triggerPrice": "59000", "workingType": "MARK_PRICE"}
    assert client.algo("STOP_MARKET", "SELL", "LONG", **fields)["code"] == -4509
    client.order("BUY", "LONG", "0.5")
    assert client.algo("STOP_MARKET", "SELL", "LONG", **fields, quantity="1")["code"] == -4137
    assert client.algo("STOP_MARKET", "SELL", "LONG", **fields)["closePosition"] is True
    again = {**fields, "triggerPrice": "59500"}
    assert client.algo("STOP_MARKET", "SELL", "LONG", **again)["code"] == -4130
    profit = client.algo(
        "TAKE_PROFIT_MARKET", "SELL", "LONG", **{**fields, "triggerPrice": "61000"}
    )
    client.order("BUY", "LONG", "0.1")
    go(binance.exchange, 2.5)
    assert client.call("GET", "v3/positionRisk") == []
    ended = client.call("GET", "v1/algoOrder", algoId=profit["algoId"])
    assert ended["algoStatus"] == "EXPIRED"


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("STOP_MARKET", {"triggerPrice": "61000"}, -2021),
        ("TAKE_PROFIT_MARKET", {"triggerPrice": "59000"}, -2021),
        ("STOP_MARKET", {}, -1102),
        ("STOP", {"triggerPrice": "59000"}, -1102),
        ("TRAILING_STOP_MARKET", {"callbackRate": "20"}, -2007),
        ("TRAILING_STOP_MARKET", {"callbackRate": "1", "activatePrice": "59000"}, -2021),
        ("STOP_MARKET", {"triggerPrice": "59000", "reduceOnly": "true"}, -1106),
        ("LIMIT", {"triggerPrice": "59000"}, -1116),
    ],
)
def test_a_wrong_conditional_order_is_refused(kind: str, fields: dict[str, Any], code: int) -> None:
    """On the wrong side of the market it would trigger at once."""
    _, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.5")
    assert client.algo(kind, "SELL", "LONG", quantity="0.1", **fields)["code"] == code


def test_signature_key_and_time_are_checked() -> None:
    """-1022, -2015 and -2014 with HTTP 401, -1021, -1102."""
    binance, client = make_binance(FLAT)
    signed = client.signed({})

    def code(query: str, key: str = "KEY") -> tuple[int, int]:
        reply = client.raw("GET", f"/fapi/v2/balance?{query}", key=key)
        return reply.status, json.loads(reply.body)["code"]

    assert code(signed[:-1] + "x") == (400, -1022)
    assert code(signed, "OTHER") == (401, -2015)
    assert code(signed, "") == (401, -2014)
    assert code("timestamp=1") == (400, -1102)
    early = f"timestamp={binance.exchange.clock.wall_ms - 6000}"
    assert code(f"{early}&signature={client.sign(early)}") == (400, -1021)
    ahead = f"timestamp={binance.exchange.clock.wall_ms + 2000}"
    assert code(f"{ahead}&signature={client.sign(ahead)}") == (400, -1021)
    wide = f"{early}&recvWindow=7000"
    assert client.raw("GET", f"/fapi/v2/balance?{wide}&signature={client.sign(wide)}").status == 200


def test_query_and_body_are_signed_together() -> None:
    """The signature covers the query and then the body, without anything between."""
    binance, client = make_binance(FLAT)
    query = "symbol=BTCUSDT&side=BUY&positionSide=LONG&type=MARKET"
    body = f"quantity=0.1&timestamp={binance.exchange.clock.wall_ms}"
    signature = client.sign(query + body)
    sent = f"{body}&signature={signature}".encode()
    reply = client.raw("POST", f"/fapi/v1/order?{query}", sent)
    assert json.loads(reply.body)["status"] == "NEW"
    assert reply.headers["X-MBX-ORDER-COUNT-1M"] == "1"


def test_limits_answer_429_and_then_418() -> None:
    """Weight per minute, with the header, Retry-After and a ban; orders per ten seconds."""
    exchange = make_exchange(FLAT)
    hedger(exchange)
    client = Speaker(Binance(exchange))
    first = client.raw("GET", "/fapi/v1/depth?symbol=BTCUSDT&limit=5")
    assert first.headers["X-MBX-USED-WEIGHT-1M"] == "10"
    statuses = [client.raw("GET", "/fapi/v1/depth?symbol=BTCUSDT&limit=5") for _ in range(300)]
    assert [reply.status for reply in statuses[238:241]] == [200, 429, 429]
    assert statuses[-1].status == 418
    assert int(statuses[-1].headers["Retry-After"]) >= 1
    client.binance.advance(exchange.clock.wall_us + 3 * MINUTE_US)
    codes = [client.order("BUY", "LONG", "0.001").get("code") for _ in range(301)]
    assert codes[299:] == [None, -1015]


def test_money_is_reported_alike_everywhere() -> None:
    """Wallet, income and trades agree to the last digit."""
    _, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "LONG", "0.2")
    income = sum(Decimal(row["income"]) for row in client.call("GET", "v1/income"))
    wallet = Decimal(client.call("GET", "v3/account")["totalWalletBalance"])
    assert wallet == 100_000 + income
    assert Decimal(client.call("GET", "v3/balance")[0]["balance"]) == wallet
    trades = client.call("GET", "v1/userTrades", symbol="BTCUSDT")
    paid = sum(Decimal(row["commission"]) for row in trades)
    gained = sum(Decimal(row["realizedPnl"]) for row in trades)
    assert income == gained - paid


def test_account_settings() -> None:
    """Leverage may be set twice, margin type not; both show in symbolConfig."""
    _, client = make_binance(FLAT)
    for _ in range(2):
        row = client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=20)
        assert row["leverage"] == 20
    assert client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=125)["code"] == -4028
    margin = {"symbol": "BTCUSDT", "marginType": "ISOLATED"}
    assert client.call("POST", "v1/marginType", **margin)["code"] == 200
    assert client.call("POST", "v1/marginType", **margin)["code"] == -4046
    config = client.call("GET", "v1/symbolConfig", symbol="BTCUSDT")[0]
    assert (config["leverage"], config["marginType"]) == (20, "ISOLATED")
    client.order("BUY", "LONG", "0.1")
    crossed = {**margin, "marginType": "CROSSED"}
    assert client.call("POST", "v1/marginType", **crossed)["code"] == -4048


def test_candles_come_oldest_first_and_end_with_the_open_one() -> None:
    """Twelve columns; startTime and limit choose the first ones."""
    binance, client = make_binance(FLAT)
    go(binance.exchange, 3.2)
    rows = client.call("GET", "v1/klines", symbol="BTCUSDT", interval="1m")
    assert [len(row) for row in rows] == [12] * 4
    assert rows[0][0] < rows[-1][0] <= binance.exchange.now_ms < rows[-1][6]
    some = client.call(
        "GET", "v1/klines", symbol="BTCUSDT", interval="1m", startTime=rows[1][0], limit=2
    )
    assert [row[0] for row in some] == [rows[1][0], rows[2][0]]
    assert client.call("GET", "v1/klines", symbol="BTCUSDT", interval="7m")["code"] == -1120
