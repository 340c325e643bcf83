"""Unmodified Binance clients live a whole hedge-mode life on the simulator, on both legs."""

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
    options = ("--market", "binance", "--speed", "60", "--limits", "off", "--seed", "3")
    with simulator(*options) as printed:
        yield printed["binance"]


def test_ccxt_lives_on_both_legs(facts: dict[str, Any]) -> None:
    """ccxt and ccxt.pro: REST, streams, the algo service, and orders by WebSocket."""
    seen = live("ccxt", HERE / "ccxt_life.py", facts)
    assert seen["mode"] is True
    assert (seen["candles"], seen["candle_columns"]) == (200, 6)
    assert seen["book_is_sound"]
    assert seen["opened"] == {"long": 0.5, "short": 0.3}
    assert seen["waiting"] == ["STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
    assert (seen["edited"], seen["canceled"], seen["by_socket"]) == (0.2, "canceled", "canceled")
    assert seen["errors"] == ["ExchangeError", "OperationRejected", "OrderNotFound"]
    assert seen["left"] == {}
    assert {"canceled", "closed"} <= set(seen["streamed"])
    assert seen["trades_agree"]


def test_the_vendors_connector_lives_on_both_legs(facts: dict[str, Any]) -> None:
    """UMFutures and its WebSocket client: orders, positions, income, user and market streams."""
    seen = live("binance-futures-connector", HERE / "connector_life.py", facts)
    assert seen["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert (seen["again"], seen["old_stop"]) == (-4059, -4120)
    assert seen["filled"] == ["FILLED", "FILLED"]
    assert seen["legs"] == {"LONG": "0.200", "SHORT": "-0.100"}
    assert (seen["moved"], seen["open"], seen["canceled"]) == ("NEW", 1, "CANCELED")
    assert seen["partial"] == "0.050"
    assert seen["left"] == []
    assert seen["trades"]
    assert {"COMMISSION", "REALIZED_PNL"} <= set(seen["income"])
    expected = {"ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "TRADE_LITE", "aggTrade"}
    assert expected <= set(seen["told"])
