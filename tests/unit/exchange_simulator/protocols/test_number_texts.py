"""Numbers are written as each real exchange writes them, however the client wrote them."""

import pytest

from tests.unit.exchange_simulator.builders import make_bybit
from tests.unit.exchange_simulator.protocols.binance.speaking import make_binance
from tests.unit.exchange_simulator.protocols.okx.speaking import make_okx

FLAT = ["60000"] * 5


@pytest.mark.parametrize("quantity", ["0.2", "0.200", "0.20"])
def test_bybit_orders_have_the_decimals_of_step_and_tick(quantity: str) -> None:
    """As in the vendor's examples: qty "0.003", price "26864.40"; fills and legs are plain."""
    _, client = make_bybit(FLAT)
    base = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "positionIdx": 1}
    client.post("order/create", **base, orderType="Limit", qty=quantity, price="59000.1")
    client.post("order/create", **base, orderType="Market", qty=quantity)
    (resting,) = client.get("order/realtime", category="linear", symbol="BTCUSDT")["result"]["list"]
    assert (resting["qty"], resting["leavesQty"], resting["cumExecQty"]) == (
        "0.200",
        "0.200",
        "0.000",
    )
    assert resting["price"] == "59000.10"
    (fill,) = client.get("execution/list", category="linear")["result"]["list"]
    assert (fill["execQty"], fill["leavesQty"], fill["closedSize"]) == ("0.2", "0", "0")
    legs = client.get("position/list", category="linear", symbol="BTCUSDT")["result"]["list"]
    assert [leg["size"] for leg in legs] == ["0.2", "0"]


@pytest.mark.parametrize("quantity", ["0.2", "0.200"])
def test_binance_writes_every_quantity_with_the_steps_decimals(quantity: str) -> None:
    """Orders, fills and positions alike."""
    _, client = make_binance(FLAT)
    order = client.order("BUY", "LONG", quantity)
    assert (order["origQty"], order["executedQty"]) == ("0.200", "0.200")
    assert client.call("GET", "v1/userTrades", symbol="BTCUSDT")[0]["qty"] == "0.200"
    (leg,) = client.call("GET", "v3/positionRisk")
    assert leg["positionAmt"] == "0.200"
    resting = client.order("BUY", "LONG", quantity, price="59000.1")
    assert (resting["price"], resting["executedQty"]) == ("59000.10", "0.000")


@pytest.mark.parametrize("size", ["20", "20.0"])
def test_okx_writes_numbers_without_trailing_zeros(size: str) -> None:
    """Sizes are contracts; prices have no zeros behind the last digit that counts."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", size)
    client.order("buy", "long", size, px="59000.10")
    (order,) = client.get("trade/orders-pending")["data"]
    assert (order["sz"], order["px"], order["accFillSz"]) == ("20", "59000.1", "0")
    (fill,) = client.get("trade/fills")["data"]
    assert fill["fillSz"] == "20"
    assert "." not in fill["fillPx"] or not fill["fillPx"].endswith("0")
    assert client.get("account/positions")["data"][0]["pos"] == "20"
    book = client.get("market/books", instId="BTC-USDT-SWAP")["data"][0]
    assert not any(row[0].endswith(".0") for row in book["asks"])
