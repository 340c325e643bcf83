"""What an account is set to and what its key may do, and the events that tell changes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.exchange_simulator.builders import go
from tests.unit.exchange_simulator.protocols.binance.speaking import events, make_binance

FLAT = ["60000"] * 6


@pytest.mark.parametrize("withdraws", [False, True])
def test_the_keys_rights_say_whether_it_may_withdraw(withdraws: bool) -> None:
    """A switch decides; an address makes the key bound."""
    binance, client = make_binance(FLAT)
    rules = binance.exchange.rules
    addresses = ("10.0.0.1",) if withdraws else ()
    binance.exchange.rules = replace(rules, key_may_withdraw=withdraws, key_addresses=addresses)
    reply = client.raw("GET", f"/sapi/v1/account/apiRestrictions?{client.signed({})}")
    assert reply.status == 200
    assert f'"enableWithdrawals":{str(withdraws).lower()}'.encode() in reply.body
    assert f'"ipRestrict":{str(withdraws).lower()}'.encode() in reply.body


def test_margin_type_is_each_symbols_own() -> None:
    """-4046 unchanged, -4047 with orders, -4048 with a position; the other symbol stays."""
    _, client = make_binance(FLAT, more_symbols={"ETHUSDT": ["3000"] * 6})
    isolate = {"symbol": "BTCUSDT", "marginType": "ISOLATED"}
    assert client.call("POST", "v1/marginType", **isolate)["code"] == 200
    assert client.call("POST", "v1/marginType", **isolate)["code"] == -4046
    rows = {row["symbol"]: row["marginType"] for row in client.call("GET", "v1/symbolConfig")}
    assert rows == {"BTCUSDT": "ISOLATED", "ETHUSDT": "CROSSED"}
    order = client.order("BUY", "LONG", "0.1", price="59000")
    back = {"symbol": "BTCUSDT", "marginType": "CROSSED"}
    assert client.call("POST", "v1/marginType", **back)["code"] == -4047
    client.call("DELETE", "v1/order", symbol="BTCUSDT", orderId=order["orderId"])
    client.order("BUY", "LONG", "0.1")
    assert client.call("POST", "v1/marginType", **back)["code"] == -4048


def test_settings_are_told_on_the_user_stream() -> None:
    """Leverage once per symbol; margin type and added margin as the account's change."""
    _, client = make_binance(FLAT)
    stream = client.user_stream()
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=7)
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=7)
    told = events(stream)
    assert [name for name, _ in told] == ["ACCOUNT_CONFIG_UPDATE"]
    assert told[0][1]["ac"] == {"s": "BTCUSDT", "l": 7}
    client.call("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    assert {event["a"]["m"] for _, event in events(stream)} == {"MARGIN_TYPE_CHANGE"}
    client.order("BUY", "LONG", "0.1")
    events(stream)
    more = {"symbol": "BTCUSDT", "positionSide": "LONG", "amount": "50", "type": 1}
    assert client.call("POST", "v1/positionMargin", **more)["code"] == 200
    (moved,) = [event["a"] for _, event in events(stream)]
    assert (moved["m"], moved["B"][0]["bc"]) == ("MARGIN_TRANSFER", "-50")
    (row,) = client.call("GET", "v1/positionMargin/history", symbol="BTCUSDT")
    assert (row["amount"], row["type"], row["positionSide"]) == ("50", 1, "LONG")


def test_an_account_is_warned_before_it_is_liquidated() -> None:
    """MARGIN_CALL comes once, with the legs that share the money, and then the order is forced."""
    binance, client = make_binance(["60000", "60000", "54260", "54260", "50000", "50000"])
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=20)
    account = binance.exchange.accounts["KEY"]
    account.wallet = account.deposited = Decimal(6100)
    stream = client.user_stream()
    assert client.order("BUY", "LONG", "1")["status"] == "FILLED"
    go(binance.exchange, 3)
    calls = [event for name, event in events(stream) if name == "MARGIN_CALL"]
    assert len(calls) == 1
    assert [row["ps"] for row in calls[0]["p"]] == ["LONG"]
    assert Decimal(calls[0]["p"][0]["mm"]) > 0
    go(binance.exchange, 2)
    forced = client.call("GET", "v1/forceOrders")
    assert [row["side"] for row in forced] == ["SELL"]
    assert client.call("GET", "v1/forceOrders", autoCloseType="ADL") == []


def test_shrinking_an_order_to_its_fill_cancels_the_rest() -> None:
    """The vendor's rule for a new quantity that is not above what is filled."""
    binance, client = make_binance(FLAT)
    account = binance.exchange.accounts["KEY"]
    account.wallet = account.deposited = Decimal(10_000_000)
    best = client.call("GET", "v1/ticker/bookTicker", symbol="BTCUSDT")
    quantity = str(Decimal(best["askQty"]) + 1)
    order = client.order("BUY", "LONG", quantity, price=best["askPrice"])
    name = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    before = client.call("GET", "v1/order", **name)
    assert before["status"] == "PARTIALLY_FILLED"
    change = {"side": "BUY", "quantity": before["executedQty"], "price": "59995"}
    assert client.call("PUT", "v1/order", **name, **change)["status"] == "CANCELED"


def test_single_asset_mode_is_all_there_is() -> None:
    """Asking for it again is -4171."""
    _, client = make_binance(FLAT)
    assert client.call("GET", "v1/multiAssetsMargin") == {"multiAssetsMargin": False}
    answer = client.call("POST", "v1/multiAssetsMargin", multiAssetsMargin="false")
    assert answer["code"] == -4171
    limits = client.call("GET", "v1/rateLimit/order")
    assert [row["limit"] for row in limits] == [300, 1200]
    assert client.call("GET", "v1/apiTradingStatus")["indicators"] == {}
