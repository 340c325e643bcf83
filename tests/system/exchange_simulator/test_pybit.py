"""Unmodified pybit lives a whole hedge-mode life on the simulator, on both legs, over sockets."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pybit._websocket_trading as pybit_trading
import pybit.unified_trading as pybit_streams
import pytest
from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP, WebSocket, WebSocketTrading

from tests.system.exchange_simulator.running import simulator

PAIR = {"category": "linear", "symbol": "BTCUSDT"}


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, Any]]:
    """A generated market at sixty times its speed, without rate limits."""
    with simulator("--speed", "60", "--limits", "off", "--seed", "3") as printed:
        yield printed["bybit"]


@pytest.fixture
def http(facts: dict[str, Any]) -> Iterator[HTTP]:
    """The vendor's REST client; only its endpoint is pointed at the simulator."""
    session = HTTP(api_key=facts["api_key"], api_secret=facts["api_secret"])
    session.endpoint = facts["rest_url"]
    yield session
    session.client.close()


@pytest.fixture
def streams(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Point the vendor's WebSocket constants at the simulator."""
    public = facts["ws_public_url"].replace("linear", "{CHANNEL_TYPE}")
    monkeypatch.setattr(pybit_streams, "PUBLIC_WSS", public)
    monkeypatch.setattr(pybit_streams, "PRIVATE_WSS", facts["ws_private_url"])
    monkeypatch.setattr(pybit_trading, "TRADE_WSS", facts["ws_trade_url"])
    return {"api_key": facts["api_key"], "api_secret": facts["api_secret"], "testnet": False}


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def price(session: HTTP, factor: str) -> str:
    """Return the last price times a factor, on a tick."""
    last = session.get_tickers(**PAIR)["result"]["list"][0]["lastPrice"]
    return str((Decimal(last) * Decimal(factor)).quantize(Decimal("0.1")))


def legs(session: HTTP) -> dict[int, dict[str, Any]]:
    """Return both legs by index."""
    rows = session.get_positions(**PAIR)["result"]["list"]
    return {row["positionIdx"]: row for row in rows}


def test_market_data(http: HTTP) -> None:
    """Time, instruments, candles with history, tickers, books."""
    assert abs(int(http.get_server_time()["result"]["timeSecond"]) - time.time()) < 5
    listed = http.get_instruments_info(category="linear")["result"]["list"]
    assert {row["symbol"] for row in listed} == {"BTCUSDT", "ETHUSDT"}
    rows = http.get_kline(**PAIR, interval="15", limit=200)["result"]["list"]
    assert len(rows) == 200
    starts = [int(row[0]) for row in rows]
    assert starts == sorted(starts, reverse=True)
    book = http.get_orderbook(**PAIR, limit=50)["result"]
    assert (len(book["b"]), len(book["a"])) == (50, 50)


def test_a_whole_hedge_mode_life(http: HTTP, streams: dict[str, Any]) -> None:
    """Open both legs, protect, ladder, amend, cancel, close in parts, and reconcile the money."""
    heard: list[dict[str, Any]] = []
    private = WebSocket(channel_type="private", **streams)
    for subscribe in (
        private.order_stream,
        private.execution_stream,
        private.position_stream,
        private.wallet_stream,
    ):
        subscribe(heard.append)
    http.set_leverage(**PAIR, buyLeverage="5", sellLeverage="5")
    with pytest.raises(InvalidRequestError) as caught:
        http.switch_position_mode(**PAIR, mode=3)
    assert caught.value.status_code == 110025
    market = {**PAIR, "orderType": "Market"}
    for leg, side in ((1, "Buy"), (2, "Sell")):
        stops = ("1.2", "0.8") if leg == 1 else ("0.8", "1.2")
        http.place_order(
            **market,
            side=side,
            qty="0.3",
            positionIdx=leg,
            orderLinkId=f"open-{leg}",
            takeProfit=price(http, stops[0]),
            stopLoss=price(http, stops[1]),
        )
    held = legs(http)
    assert (held[1]["side"], held[2]["side"]) == ("Buy", "Sell")
    assert Decimal(held[1]["size"]) == Decimal(held[2]["size"]) == Decimal("0.3")
    assert held[1]["stopLoss"] != held[2]["stopLoss"] != ""
    resting = http.get_open_orders(**PAIR)["result"]["list"]
    kinds = sorted((row["positionIdx"], row["stopOrderType"]) for row in resting)
    assert kinds == [(1, "StopLoss"), (1, "TakeProfit"), (2, "StopLoss"), (2, "TakeProfit")]

    step = {**PAIR, "side": "Sell", "orderType": "Limit", "positionIdx": 1, "reduceOnly": True}
    http.place_order(**step, qty="0.1", price=price(http, "1.05"), orderLinkId="step")
    http.amend_order(**PAIR, orderLinkId="step", price=price(http, "1.06"))
    http.set_trading_stop(**PAIR, tpslMode="Full", positionIdx=1, stopLoss=price(http, "0.85"))
    http.cancel_order(**PAIR, orderLinkId="step")
    for leg, side in ((1, "Sell"), (2, "Buy")):
        close = {**market, "side": side, "positionIdx": leg, "reduceOnly": True}
        http.place_order(**close, qty="0.1")
        assert Decimal(legs(http)[leg]["size"]) == Decimal("0.2")
        http.place_order(**close, qty="0", closeOnTrigger=True)
    assert [legs(http)[leg]["size"] for leg in (1, 2)] == ["0", "0"]
    assert http.get_open_orders(**PAIR)["result"]["list"] == []

    fills = http.get_executions(**PAIR, limit=100)["result"]["list"]
    earned = sum(Decimal(row["execPnl"]) - Decimal(row["execFee"]) for row in fills)
    coin = http.get_wallet_balance(accountType="UNIFIED")["result"]["list"][0]["coin"][0]
    closed = http.get_closed_pnl(**PAIR)["result"]["list"]
    assert Decimal(coin["walletBalance"]) - 100_000 == earned
    assert sum(Decimal(row["closedPnl"]) for row in closed) == earned

    told = lambda: [m for m in heard if m["topic"] == "execution"]  # noqa: E731
    wait_for(lambda: len([row for m in told() for row in m["data"]]) == len(fills))
    ids = {row["execId"] for message in told() for row in message["data"]}
    assert ids == {row["execId"] for row in fills}
    assert {m["topic"] for m in heard} == {"order", "execution", "position", "wallet"}
    private.exit()


def test_public_streams_and_trade_socket(http: HTTP, streams: dict[str, Any]) -> None:
    """Candles, book, trades and tickers arrive; the trade socket places and cancels."""
    heard: dict[str, list[dict[str, Any]]] = {}

    def hear(message: dict[str, Any]) -> None:
        heard.setdefault(message["topic"], []).append(message)

    public = WebSocket(channel_type="linear", testnet=False)
    public.kline_stream(1, "BTCUSDT", hear)
    public.orderbook_stream(50, "BTCUSDT", hear)
    public.trade_stream("BTCUSDT", hear)
    public.ticker_stream("BTCUSDT", hear)
    kline = "kline.1.BTCUSDT"
    wait_for(lambda: any(m["data"][0]["confirm"] for m in heard.get(kline, [])))
    wait_for(lambda: len(heard) == 4)
    book = heard["orderbook.50.BTCUSDT"][-1]["data"]
    assert max(float(row[0]) for row in book["b"]) < min(float(row[0]) for row in book["a"])

    answers: list[dict[str, Any]] = []
    trading = WebSocketTrading(**streams)
    resting = {**PAIR, "side": "Buy", "orderType": "Limit", "positionIdx": 1, "qty": "0.1"}
    trading.place_order(answers.append, **resting, price=price(http, "0.7"), orderLinkId="ws-1")
    wait_for(lambda: answers)
    assert answers[0]["retCode"] == 0
    [resting] = http.get_open_orders(**PAIR, orderLinkId="ws-1")["result"]["list"]
    assert Decimal(resting["qty"]) == Decimal("0.1")
    trading.cancel_order(answers.append, **PAIR, orderLinkId="ws-1")
    wait_for(lambda: len(answers) == 2)
    assert answers[1]["retCode"] == 0
    trading.exit()
    public.exit()


def test_a_wrong_secret_is_refused(facts: dict[str, Any]) -> None:
    """The signature is checked."""
    session = HTTP(api_key=facts["api_key"], api_secret="wrong")
    session.endpoint = facts["rest_url"]
    with pytest.raises((InvalidRequestError, FailedRequestError)) as caught:
        session.get_positions(**PAIR)
    session.client.close()
    assert caught.value.status_code == 10004
