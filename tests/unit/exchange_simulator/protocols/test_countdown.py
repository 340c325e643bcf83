"""Dead man's switches: orders go when the client does not come back in time."""

from tests.unit.exchange_simulator.protocols.binance.speaking import make_binance
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, make_okx

SECOND_US = 1_000_000
FLAT = ["60000"] * 5


def test_binance_cancels_a_symbols_orders_when_the_countdown_ends() -> None:
    """Renewed it waits on; over, it takes resting orders and leaves waiting stops."""
    binance, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.1")
    client.order("BUY", "LONG", "0.1", price="59000")
    client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.1", triggerPrice="50000")
    name = {"symbol": "BTCUSDT", "countdownTime": 10_000}
    answer = client.call("POST", "v1/countdownCancelAll", **name)
    assert answer == {"symbol": "BTCUSDT", "countdownTime": "10000"}
    start_us = binance.exchange.clock.wall_us
    binance.advance(start_us + 9 * SECOND_US)
    client.call("POST", "v1/countdownCancelAll", **name)
    binance.advance(start_us + 18 * SECOND_US)
    assert len(client.call("GET", "v1/openOrders")) == 1
    assert binance.next_wall_us() is not None
    binance.advance(start_us + 20 * SECOND_US)
    assert client.call("GET", "v1/openOrders") == []
    assert len(client.call("GET", "v1/openAlgoOrders")) == 1


def test_a_countdown_of_zero_stops_it() -> None:
    """Orders then stay."""
    binance, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.1", price="59000")
    for after_ms in (1000, 0):
        client.call("POST", "v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=after_ms)
    binance.advance(binance.exchange.clock.wall_us + 5 * SECOND_US)
    assert len(client.call("GET", "v1/openOrders")) == 1


def test_okx_cancels_all_orders_after_its_time() -> None:
    """The answer tells when; less than ten seconds is refused."""
    okx, client = make_okx(FLAT)
    client.order("buy", "long", "1", px="59000")
    assert client.post("trade/cancel-all-after", timeOut="5")["code"] == "51000"
    answer = client.post("trade/cancel-all-after", timeOut="10")["data"][0]
    assert int(answer["triggerTime"]) == okx.exchange.clock.wall_ms + 10_000
    okx.advance(okx.exchange.clock.wall_us + 11 * SECOND_US)
    assert client.get("trade/orders-pending", instId=PAIR)["data"] == []
