"""v2's REST client against the simulator: what it reads is what the exchange says."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from legacy_v2.exchange import BybitExchange, ExchangeError
from legacy_v2.orders import Instrument, Order
from readiness.compatibility.tape import CANDLE_MS
from tests.builders.aged_bot import v2_exchange
from tests.builders.aged_tape import write_tape
from tests.builders.simulator_process import simulator_process

ONE_WAY = ("--position-mode", "one-way", "--seed", "3")


async def _against(work: Callable[[BybitExchange], None], *options: str) -> None:
    async with simulator_process(*ONE_WAY, *options) as announced:
        await asyncio.to_thread(work, v2_exchange(announced))


async def test_candles_are_the_closed_ones_oldest_first(tmp_path: Path) -> None:
    """The history of the tape comes back in order and without the candle that is still open."""
    tape = write_tape(tmp_path / "tape", lead=5)

    def work(exchange: BybitExchange) -> None:
        candles = exchange.get_candles("BTCUSDT", 60, 50)
        assert len(candles) == 50
        steps = candles["open_ms"].diff().dropna().unique()
        assert steps.tolist() == [CANDLE_MS]
        assert (candles["close_ms"] - candles["open_ms"] == CANDLE_MS).all()
        assert set(candles["close"]) == {60_000.0}
        assert (candles["high"] - candles["low"]).round(6).eq(0.2).all()
        newest = exchange._get(
            "/v5/market/kline", category="linear", symbol="BTCUSDT", interval="1", limit=1
        )
        assert float(newest["list"][0][0]) >= candles["close_ms"].iloc[-1]

    await _against(work, "--replay", str(tape.folder), "--warmup-candles", str(tape.warm_up))


async def test_instruments_have_their_steps() -> None:
    """Decimals come from tick and step sizes; an unknown symbol is an error."""

    def work(exchange: BybitExchange) -> None:
        assert exchange.get_instrument("BTCUSDT") == Instrument(
            symbol="BTCUSDT", price_decimals=1, quantity_decimals=3, min_quantity=0.001
        )
        with pytest.raises(ExchangeError, match=r"NONEUSDT|symbol"):
            exchange.get_instrument("NONEUSDT")

    await _against(work)


async def test_an_order_is_sent_filled_and_read_back() -> None:
    """Status, fills, position and balance tell of the order; its fee is Bybit's taker fee."""

    def work(exchange: BybitExchange) -> None:
        exchange.set_leverage("BTCUSDT", 3)
        exchange.set_leverage("BTCUSDT", 3)  # Already there, which is no error.
        price = exchange.get_price("BTCUSDT")
        order = Order(symbol="BTCUSDT", side="Sell", quantity=0.01, price=price, reason="entry")
        assert exchange.place_order(order) is order
        assert order.sent_at is not None
        assert exchange.get_order_status(order) == "Filled"
        fills = exchange.get_fills(order)
        assert sum(fill.quantity for fill in fills) == pytest.approx(0.01)
        assert all(not fill.is_maker for fill in fills)
        fees = sum(fill.fee for fill in fills)
        value = sum(fill.price * fill.quantity for fill in fills)
        assert fees == pytest.approx(value * 0.00055, abs=1e-7)
        position = exchange.get_positions()["BTCUSDT"]
        assert (position.side, position.size) == ("Sell", 0.01)
        wallet, equity = exchange.get_balance()
        assert wallet == pytest.approx(100_000 - fees, abs=1e-6)
        assert equity == pytest.approx(wallet, abs=5)

    await _against(work)


class _Accepting(BaseHTTPRequestHandler):
    """An exchange that accepts everything, and keeps the last body."""

    body: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:
        """Accept the order."""
        length = int(self.headers["Content-Length"])
        type(self).body = json.loads(self.rfile.read(length))
        answer = b'{"retCode": 0, "retMsg": "OK", "result": {"orderId": "x"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("quantity", "text"), [(1e-05, "0.00001"), (100.0, "100")])
def test_quantities_are_sent_without_exponents(quantity: float, text: str) -> None:
    """A float that prints with an exponent, or with a zero behind the point, is sent plainly."""
    with HTTPServer(("127.0.0.1", 0), _Accepting) as server:
        serving = threading.Thread(target=server.handle_request)
        serving.start()
        exchange = BybitExchange(f"http://127.0.0.1:{server.server_port}", "key", "secret")
        order = Order(symbol="BTCUSDT", side="Buy", quantity=quantity, price=1.0, reason="entry")
        assert exchange.place_order(order).exchange_order_id == "x"
        serving.join()
        exchange._session.close()
    assert _Accepting.body["qty"] == text


async def test_refusals_and_silence_are_different_things() -> None:
    """A refused read is an ExchangeError with code and words; nobody there is a lost answer."""

    def work(exchange: BybitExchange) -> None:
        with pytest.raises(ExchangeError, match=r"^10001 "):
            exchange._get("/v5/market/kline", category="none")
        with pytest.raises(ExchangeError, match="HTTP 404"):
            exchange._get("/v5/nothing")

    await _against(work)
    with socket.socket() as deaf:  # A port that is ours and on which nobody listens.
        deaf.bind(("127.0.0.1", 0))
        nobody = BybitExchange(f"http://127.0.0.1:{deaf.getsockname()[1]}", "key", "secret")
        with pytest.raises(requests.ConnectionError):
            nobody.get_price("BTCUSDT")
        order = Order(symbol="BTCUSDT", side="Buy", quantity=1.0, price=1.0, reason="entry")
        assert nobody.place_order(order).status == "Error"
