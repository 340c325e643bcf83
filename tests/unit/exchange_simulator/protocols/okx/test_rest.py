"""OKX's REST answers: contracts, legs, outer codes and sCodes, the algo service, the account."""

import json
from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.protocols.okx.protocol import Okx
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes, make_okx

FLAT = ["60000"] * 5


def legs(client: Speaker) -> dict[str, str]:
    """The size of each held leg in contracts."""
    return {row["posSide"]: row["pos"] for row in client.get("account/positions")["data"]}


def test_sizes_are_contracts_of_a_hundredth_bitcoin() -> None:
    """Ten lots make a contract; both legs have positive sizes."""
    okx, client = make_okx(FLAT)
    listed = client.get("public/instruments", instType="SWAP")["data"][0]
    assert (listed["ctVal"], listed["lotSz"], listed["minSz"]) == ("0.01", "0.1", "0.1")
    client.order("buy", "long", "50")
    client.order("sell", "short", "30.5")
    assert legs(client) == {"long": "50", "short": "30.5"}
    account = okx.exchange.accounts["KEY"]
    assert account.legs[("BTCUSDT", 1)].qty == Decimal("0.5")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"posSide": "net"}, "51000"),
        ({"posSide": ""}, "51000"),
        ({"tdMode": ""}, "50014"),
        ({"instId": "NO-USDT-SWAP"}, "51001"),
        ({"sz": "0.01"}, "51020"),
        ({"sz": "0.15"}, "51121"),
        ({"sz": "40000"}, "51008"),
        ({"side": "sell"}, "51023"),
        ({"ordType": "limit"}, "50014"),
        ({"ordType": "limit", "px": "90000"}, "51006"),
        ({"clOrdId": "with-dash"}, "51000"),
    ],
)
def test_a_wrong_order_has_an_s_code_under_code_one(fields: dict[str, str], code: str) -> None:
    """HTTP is 200, the outer code 1, and nothing happened."""
    okx, client = make_okx(FLAT)
    base = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long"}
    envelope = client.post("trade/order", **{**base, "ordType": "market", "sz": "10", **fields})
    assert codes(envelope) == ("1", [code])
    assert not okx.exchange.accounts["KEY"].executions


def test_closing_is_bounded_by_the_leg() -> None:
    """More than what resting closing orders leave is 51112."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", "50")
    assert codes(client.order("sell", "long", "50.1"))[1] == ["51112"]
    assert codes(client.order("sell", "long", "30", px="61000"))[1] == ["0"]
    assert codes(client.order("sell", "long", "30"))[1] == ["51112"]
    refused = client.post("trade/close-position", instId=PAIR, posSide="long", mgnMode="cross")
    assert refused["code"] == "51113"
    closing = {"instId": PAIR, "posSide": "long", "mgnMode": "cross", "autoCxl": True}
    assert client.post("trade/close-position", **closing)["code"] == "0"
    assert legs(client) == {}
    assert client.post("trade/close-position", **closing)["code"] == "51023"


def test_the_position_mode_is_the_accounts() -> None:
    """59000 with a position or an order; asking for the present mode succeeds."""
    _, client = make_okx(FLAT)
    mode = "account/set-position-mode"
    assert client.post(mode, posMode="long_short_mode")["code"] == "0"
    client.order("buy", "long", "1")
    assert client.post(mode, posMode="net_mode")["code"] == "59000"
    client.order("sell", "long", "1")
    assert client.post(mode, posMode="net_mode")["code"] == "0"
    assert client.get("account/config")["data"][0]["posMode"] == "net_mode"
    assert codes(client.order("sell", "net", "5"))[1] == ["0"]
    assert legs(client) == {"net": "-5"}


def test_an_order_is_amended_queried_and_canceled() -> None:
    """51400 never existed, 51401 canceled, 51402 filled, 51603 not found, 51016 used id."""
    _, client = make_okx(FLAT)
    placed = client.order("buy", "long", "10", px="59000", clOrdId="mine")["data"][0]
    name = {"instId": PAIR, "ordId": placed["ordId"]}
    assert codes(client.post("trade/amend-order", **name, newSz="20", newPx="58000"))[0] == "0"
    row = client.get("trade/order", instId=PAIR, clOrdId="mine")["data"][0]
    assert (row["px"], row["sz"], row["state"]) == ("58000", "20", "live")
    assert [one["ordId"] for one in client.get("trade/orders-pending")["data"]] == [row["ordId"]]
    assert codes(client.order("buy", "long", "1", clOrdId="mine"))[1] == ["51016"]
    assert codes(client.post("trade/cancel-order", **name))[1] == ["0"]
    assert codes(client.post("trade/cancel-order", **name))[1] == ["51401"]
    assert codes(client.post("trade/amend-order", **name, newSz="5"))[1] == ["51509"]
    filled = client.order("buy", "long", "1")["data"][0]["ordId"]
    assert codes(client.post("trade/cancel-order", instId=PAIR, ordId=filled))[1] == ["51402"]
    assert codes(client.post("trade/cancel-order", instId=PAIR, ordId="7"))[1] == ["51400"]
    assert client.get("trade/order", instId=PAIR, ordId="7")["code"] == "51603"
    history = client.get("trade/orders-history", instType="SWAP")["data"]
    assert [one["state"] for one in history] == ["filled", "canceled"]


def test_a_batch_may_succeed_in_part() -> None:
    """The outer code is 0, 1 or 2."""
    _, client = make_okx(FLAT)
    good = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long", "sz": "1"}
    good["ordType"] = "market"
    bad = {**good, "posSide": "net"}
    assert codes(client.post("trade/batch-orders", good, good)) == ("0", ["0", "0"])
    assert codes(client.post("trade/batch-orders", good, bad)) == ("2", ["0", "51000"])
    assert codes(client.post("trade/batch-orders", bad)) == ("1", ["51000"])


def test_one_of_a_pair_cancels_the_other() -> None:
    """An oco order is one row; when its stop fires its take profit is gone."""
    okx, client = make_okx(["60000", "60000", "58000", "58000"])
    client.order("buy", "long", "10")
    pair = {"tpTriggerPx": "63000", "tpOrdPx": "-1", "slTriggerPx": "59000", "slOrdPx": "-1"}
    placed = client.algo("oco", "sell", "long", **pair)["data"][0]
    row = client.get("trade/orders-algo-pending", ordType="oco")["data"][0]
    assert (row["tpTriggerPx"], row["slTriggerPx"]) == ("63000", "59000")
    go(okx.exchange, 2.1)
    done = client.get("trade/order-algo", algoId=placed["algoId"])["data"][0]
    assert (done["state"], done["actualSide"], done["actualSz"]) == ("effective", "sl", "10")
    order = client.get("trade/order", instId=PAIR, ordId=done["ordId"])["data"][0]
    assert order["state"] == "filled"
    assert not okx.exchange.accounts["KEY"].open_orders
    assert legs(client) == {}


def test_attached_stops_protect_what_the_order_opened() -> None:
    """They appear as an algo order once the order is filled."""
    okx, client = make_okx(["60000", "60000", "63000", "63000"])
    attached = [{"tpTriggerPx": "62000", "tpOrdPx": "-1", "slTriggerPx": "58000", "slOrdPx": "-1"}]
    client.order("buy", "long", "10", attachAlgoOrds=attached)
    rows = client.get("trade/orders-algo-pending", ordType="conditional,oco")["data"]
    assert [(row["tpTriggerPx"], row["slTriggerPx"]) for row in rows] == [("62000", "58000")]
    go(okx.exchange, 2.1)
    assert legs(client) == {}


def test_a_trailing_order_follows_and_is_canceled() -> None:
    """callbackRatio or callbackSpread, not both; cancel-algos ends it."""
    okx, client = make_okx(["60000", "62000", "61000", "61000"])
    client.order("buy", "long", "10")
    both = {"callbackRatio": "0.01", "callbackSpread": "100"}
    assert codes(client.algo("move_order_stop", "sell", "long", **both))[1] == ["51000"]
    first = client.algo("move_order_stop", "sell", "long", "4", callbackSpread="500")
    second = client.algo("move_order_stop", "sell", "long", "4", callbackRatio="0.2")
    number = second["data"][0]["algoId"]
    envelope = client.post("trade/cancel-algos", {"instId": PAIR, "algoId": number})
    assert codes(envelope) == ("0", ["0"])
    again = client.post("trade/cancel-algos", {"instId": PAIR, "algoId": number})
    assert codes(again) == ("1", ["51400"])
    go(okx.exchange, 2.1)
    done = client.get("trade/order-algo", algoId=first["data"][0]["algoId"])["data"][0]
    assert (done["state"], legs(client)) == ("effective", {"long": "6"})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"slTriggerPx": "61000", "slOrdPx": "-1"}, "51280"),
        ({"tpTriggerPx": "59000", "tpOrdPx": "-1"}, "51279"),
        ({}, "50014"),
        ({"slTriggerPx": "59000", "closeFraction": "0.5"}, "51000"),
    ],
)
def test_a_wrong_algo_order_is_refused(fields: dict[str, str], code: str) -> None:
    """A trigger on the wrong side of the market has a code of its own."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", "10")
    assert codes(client.algo("conditional", "sell", "long", **fields)) == ("1", [code])


def test_an_algo_order_is_amended() -> None:
    """The trigger moves, but not to the other side of the market."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", "10")
    number = client.algo("conditional", "sell", "long", slTriggerPx="59000")["data"][0]["algoId"]
    name = {"instId": PAIR, "algoId": number}
    assert codes(client.post("trade/amend-algos", **name, newSlTriggerPx="59500"))[1] == ["0"]
    assert codes(client.post("trade/amend-algos", **name, newSlTriggerPx="61000"))[1] == ["51280"]
    row = client.get("trade/order-algo", algoId=number)["data"][0]
    assert row["slTriggerPx"] == "59500"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ok_access_key": "OTHER"}, "50111"),
        ({"ok_access_key": ""}, "50103"),
        ({"ok_access_passphrase": "x"}, "50105"),
        ({"ok_access_sign": "x"}, "50113"),
        ({"ok_access_timestamp": "2020-01-01T00:00:00.000Z"}, "50102"),
        ({"ok_access_timestamp": "soon"}, "50112"),
    ],
)
def test_headers_are_checked(changed: dict[str, Any], code: str) -> None:
    """Each has its code, all are HTTP 401."""
    _, client = make_okx(FLAT)
    reply = client.raw("GET", "/api/v5/account/balance", **changed)
    assert (reply.status, json.loads(reply.body)["code"]) == (401, code)


def test_limits_per_two_seconds() -> None:
    """The request too many is HTTP 429 with 50011; two seconds later it goes on."""
    exchange = make_exchange(FLAT)
    hedger(exchange)
    client = Speaker(Okx(exchange))
    assert [client.get("account/config")["code"] for _ in range(11)][-2:] == ["0", "50011"]
    client.okx.advance(exchange.clock.wall_us + 2_000_000)
    assert client.get("account/config")["code"] == "0"


def test_leverage_follows_margin_mode_and_position_side() -> None:
    """Isolated in long/short mode needs posSide; 59102 above the limit."""
    _, client = make_okx(FLAT)
    base = {"instId": PAIR, "lever": "5"}
    for _ in range(2):
        assert client.post("account/set-leverage", **base, mgnMode="cross")["code"] == "0"
    assert client.post("account/set-leverage", **base, mgnMode="isolated")["code"] == "51000"
    high = {"instId": PAIR, "lever": "500", "mgnMode": "cross"}
    assert client.post("account/set-leverage", **high)["code"] == "59102"
    rows = client.get("account/leverage-info", instId=PAIR, mgnMode="cross")["data"]
    assert [(row["posSide"], row["lever"]) for row in rows] == [("long", "5"), ("short", "5")]


def test_money_is_reported_alike_everywhere() -> None:
    """Cash, bills and fills agree; a fee that was paid is negative."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", "50")
    client.order("sell", "long", "20")
    cash = Decimal(client.get("account/balance")["data"][0]["details"][0]["cashBal"])
    bills = client.get("account/bills")["data"]
    assert cash == 100_000 + sum(Decimal(row["balChg"]) for row in bills)
    fills = client.get("trade/fills", instType="SWAP")["data"]
    assert all(Decimal(row["fee"]) < 0 for row in fills)
    change = sum(Decimal(row["fee"]) + Decimal(row["fillPnl"]) for row in fills)
    assert cash == 100_000 + change


def test_candles_are_newest_first_and_paged_by_after() -> None:
    """Nine columns; the last tells a closed candle from the open one."""
    okx, client = make_okx(FLAT)
    go(okx.exchange, 3.2)
    rows = client.get("market/candles", instId=PAIR, bar="1m")["data"]
    assert [row[8] for row in rows] == ["0", "1", "1", "1"]
    older = client.get("market/history-candles", instId=PAIR, bar="1m", after=rows[1][0])["data"]
    assert older == rows[2:]
    newer = client.get("market/candles", instId=PAIR, bar="1m", before=rows[2][0])["data"]
    assert newer == rows[:2]
