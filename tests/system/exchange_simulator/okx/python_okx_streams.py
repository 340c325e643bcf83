"""The vendor's python-okx WebSockets, unmodified, with the real host names; prints JSON."""

import asyncio
import contextlib
import json
import sys
from typing import Any

from okx.Trade import TradeAPI
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

PAIR = "BTC-USDT-SWAP"
HOST = "wss://ws.okx.com:8443/ws/v5"


def trade(api: TradeAPI, seen: dict[str, Any]) -> None:
    """Open, protect, rest, amend, cancel and close on both legs."""

    def order(side: str, leg: str, size: str, **more: str) -> Any:
        kind = "limit" if "px" in more else "market"
        fields = {"instId": PAIR, "tdMode": "cross", "side": side, "posSide": leg, "sz": size}
        return api.place_order(**fields, ordType=kind, **more)

    order("buy", "long", "4")
    order("sell", "short", "2")
    resting = order("buy", "long", "1", px="1000")["data"][0]
    seen["resting"] = resting["sMsg"]
    stop = {"instId": PAIR, "tdMode": "cross", "side": "sell", "posSide": "long"}
    algo = api.place_algo_order(
        **stop, ordType="conditional", closeFraction="1", slTriggerPx="1000", slOrdPx="-1"
    )
    seen["stop"] = algo["code"]
    number = resting["ordId"]
    api.cancel_order(PAIR, ordId=number)
    order("sell", "long", "4")
    order("buy", "short", "2")


async def main(facts: dict[str, str]) -> None:
    """Log in on private and business, listen on public, and live."""
    told: list[dict[str, Any]] = []

    def keep(text: str) -> None:
        with contextlib.suppress(ValueError):
            told.append(json.loads(text))

    keys = {"apiKey": facts["api_key"], "secretKey": facts["api_secret"]}
    keys["passphrase"] = facts["passphrase"]
    public = WsPublicAsync(url=f"{HOST}/public")
    private = WsPrivateAsync(**keys, url=f"{HOST}/private")
    business = WsPrivateAsync(**keys, url=f"{HOST}/business")
    sockets = (public, private, business)
    for socket in sockets:
        await socket.connect()
    readers = [asyncio.create_task(socket.consume()) for socket in sockets]
    channels = ("books5", "tickers", "trades", "mark-price")
    await public.subscribe([{"channel": name, "instId": PAIR} for name in channels], keep)
    chosen = {"instType": "SWAP", "instId": PAIR}
    await asyncio.gather(
        private.subscribe(
            [{"channel": name, **chosen} for name in ("orders", "positions")]
            + [{"channel": "account"}],
            keep,
        ),
        business.subscribe([{"channel": "orders-algo", **chosen}], keep),
    )
    await asyncio.sleep(1)
    seen: dict[str, Any] = {}
    api = TradeAPI(facts["api_key"], facts["api_secret"], facts["passphrase"], flag="1")
    await asyncio.to_thread(trade, api, seen)
    await asyncio.sleep(1.5)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    seen["events"] = sorted({row["event"] for row in told if "event" in row})
    data = [row for row in told if "data" in row]
    seen["channels"] = sorted({row["arg"]["channel"] for row in data})
    rows = [(row["arg"]["channel"], item) for row in data for item in row["data"]]
    seen["orders"] = sorted({item["state"] for name, item in rows if name == "orders"})
    seen["algos"] = [item["state"] for name, item in rows if name == "orders-algo"]
    legs = [(item["posSide"], item["pos"]) for name, item in rows if name == "positions"]
    seen["legs"] = {side: [size for leg, size in legs if leg == side] for side in ("long", "short")}
    sys.stdout.write(json.dumps(seen) + "\n")


asyncio.run(main(json.loads(sys.argv[1])))
