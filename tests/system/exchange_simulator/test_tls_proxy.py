"""A client with fixed host names, told only of a proxy and a certificate, reaches the simulator."""

import json
import shutil
import ssl
import time
from typing import Any

import aiohttp
import pytest
from pybit.unified_trading import HTTP

from tests.system.exchange_simulator.running import simulator

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="the openssl command is not on this machine"
)


def test_unpatched_pybit_reaches_its_own_host_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """api.bybit.com is answered by the simulator, over TLS that the client verifies."""
    with simulator("--tls-proxy") as facts:
        monkeypatch.setenv("HTTPS_PROXY", facts["tls_proxy"]["url"])
        key, secret = facts["bybit"]["api_key"], facts["bybit"]["api_secret"]
        session = HTTP(api_key=key, api_secret=secret)
        session.client.verify = facts["tls_proxy"]["ca_file"]
        session.client.proxies = {"https": facts["tls_proxy"]["url"]}
        assert "bybit.com" in session.endpoint
        stamp = int(session.get_server_time()["result"]["timeSecond"])
        assert abs(stamp - time.time()) < 5
        rows = session.get_positions(category="linear", symbol="BTCUSDT")["result"]["list"]
        assert [row["positionIdx"] for row in rows] == [1, 2]
        session.client.close()


async def test_streams_go_through_and_strangers_do_not() -> None:
    """wss://stream.bybit.com works; an unknown host is refused."""
    with simulator("--tls-proxy", "--speed", "60") as facts:
        proxy: dict[str, Any] = {
            "proxy": facts["tls_proxy"]["url"],
            "ssl": ssl.create_default_context(cafile=facts["tls_proxy"]["ca_file"]),
        }
        url = "wss://stream.bybit.com/v5/public/linear"
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(url, **proxy) as socket:
                await socket.send_json({"op": "subscribe", "args": ["publicTrade.BTCUSDT"]})
                assert json.loads(await socket.receive_str())["success"] is True
                assert json.loads(await socket.receive_str())["topic"] == "publicTrade.BTCUSDT"
            with pytest.raises(aiohttp.ClientHttpProxyError):
                await session.get("https://example.org/", **proxy)
