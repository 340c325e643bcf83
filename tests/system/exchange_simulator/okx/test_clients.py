"""Unmodified OKX clients live a whole hedge-mode life on the simulator, on both legs."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.exchange_simulator.client_environments import live
from tests.system.exchange_simulator.running import simulator

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture
def facts() -> Iterator[dict[str, Any]]:
    """A generated market at sixty times its speed, without rate limits."""
    options = ("--market", "okx", "--speed", "60", "--limits", "off", "--seed", "3")
    with simulator(*options) as printed:
        yield printed["okx"]


def test_ccxt_lives_on_both_legs(facts: dict[str, Any]) -> None:
    """ccxt and ccxt.pro: REST, channels, attached and algo orders, and orders by WebSocket."""
    seen = live("ccxt", HERE / "ccxt_life.py", facts)
    assert (seen["contract"], seen["mode"]) == (0.01, True)
    assert (seen["candles"], seen["candle_columns"]) == (100, 6)
    assert seen["book_is_sound"]
    assert seen["opened"] == {"long": 5, "short": 3}
    assert seen["waiting"] == [1, 1, 1]
    assert (seen["edited"], seen["canceled"], seen["by_socket"]) == (2, "canceled", True)
    assert seen["errors"] == ["InvalidOrder", "BadRequest", "OrderNotFound", "ExchangeError"]
    assert (seen["reduced"], seen["left"]) == ({"long": 3, "short": 3}, {})
    assert {"canceled", "closed"} <= set(seen["streamed"])
    assert seen["legs_told"] == ["long", "short"]
    assert seen["trades_agree"]


def test_the_vendors_client_lives_on_both_legs(facts: dict[str, Any]) -> None:
    """python-okx: account, market, public and trade interfaces over HTTP."""
    seen = live("python-okx", HERE / "python_okx_life.py", facts)
    assert seen["instruments"] == ["BTC-USDT-SWAP", "ETH-USDT-SWAP"]
    for name in ("mode", "leverage", "amended", "canceled", "stop", "unstopped", "closed"):
        assert (name, seen[name]) == (name, "0")
    assert seen["candles"] == 100
    assert seen["placed"] == ["0", "0"]
    assert seen["legs"] == {"long": "5", "short": "3"}
    assert (seen["pending"], seen["algos"]) == (["2"], 1)
    assert seen["refused"] == ["1", "51112"]
    assert seen["blocked"] == "59000"
    assert (seen["reduced"], seen["left"]) == ({"long": "3", "short": "3"}, {})
    assert seen["fills"]
    assert seen["paid"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not here")
def test_the_vendors_sockets_log_in_and_hear_a_whole_life() -> None:
    """python-okx, with its own host names: it is told only of a proxy and a certificate."""
    options = ("--market", "okx", "--speed", "60", "--limits", "off", "--tls-proxy")
    with simulator(*options) as printed:
        proxy = printed["tls_proxy"]
        told_by = {"HTTPS_PROXY": proxy["url"], "SSL_CERT_FILE": proxy["ca_file"]}
        seen = live("python-okx", HERE / "python_okx_streams.py", printed["okx"], told_by)
    assert (seen["resting"], seen["stop"]) == ("Order placed", "0")
    assert seen["events"] == ["login", "subscribe"]
    wanted = ["account", "books5", "mark-price", "orders", "orders-algo", "positions"]
    assert seen["channels"] == sorted([*wanted, "tickers", "trades"])
    assert {"live", "filled", "canceled"} <= set(seen["orders"])
    assert (seen["algos"][0], seen["algos"][-1]) == ("live", "canceled")
    for side, size in (("long", "4"), ("short", "2")):
        assert size in seen["legs"][side]
        assert seen["legs"][side][-1] == "0"
