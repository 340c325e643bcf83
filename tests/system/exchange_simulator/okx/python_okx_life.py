"""The vendor's python-okx, unmodified, through a hedge-mode life by REST; prints JSON."""

import json
import sys
from typing import Any

from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI

PAIR = "BTC-USDT-SWAP"


def main(facts: dict[str, str]) -> None:
    """Both legs: open, protect, amend, cancel, reduce, close; read back."""
    keys = (facts["api_key"], facts["api_secret"], "Simulator1!")
    shared = {"flag": "1", "domain": facts["rest_url"]}
    account, trade = AccountAPI(*keys, **shared), TradeAPI(*keys, **shared)
    market, public = MarketAPI(**shared), PublicAPI(**shared)
    seen: dict[str, Any] = {}
    listed = public.get_instruments(instType="SWAP")["data"]
    seen["instruments"] = sorted(row["instId"] for row in listed)
    seen["mode"] = account.set_position_mode("long_short_mode")["code"]
    seen["leverage"] = account.set_leverage(instId=PAIR, lever="5", mgnMode="cross")["code"]
    last = float(market.get_ticker(PAIR)["data"][0]["last"])
    seen["candles"] = len(market.get_candlesticks(PAIR, bar="15m", limit="100")["data"])

    def order(side: str, leg: str, size: str, **more: str) -> Any:
        kind = "limit" if "px" in more else "market"
        fields = {"instId": PAIR, "tdMode": "cross", "side": side, "posSide": leg, "sz": size}
        return trade.place_order(**fields, ordType=kind, **more)

    def legs() -> dict[str, str]:
        rows = account.get_positions(instType="SWAP")["data"]
        return {row["posSide"]: row["pos"] for row in rows}

    seen["placed"] = [order("buy", "long", "5")["code"], order("sell", "short", "3")["code"]]
    seen["legs"] = legs()
    number = order("buy", "long", "1", px=f"{last * 0.97:.1f}")["data"][0]["ordId"]
    seen["amended"] = trade.amend_order(PAIR, ordId=number, newSz="2")["code"]
    seen["pending"] = [row["sz"] for row in trade.get_order_list(instType="SWAP")["data"]]
    seen["canceled"] = trade.cancel_order(PAIR, ordId=number)["code"]
    stop = trade.place_algo_order(
        instId=PAIR,
        tdMode="cross",
        side="sell",
        posSide="long",
        ordType="oco",
        sz="5",
        tpTriggerPx=f"{last * 1.2:.1f}",
        tpOrdPx="-1",
        slTriggerPx=f"{last * 0.8:.1f}",
        slOrdPx="-1",
    )
    seen["stop"] = stop["code"]
    seen["algos"] = len(trade.order_algos_list(ordType="oco")["data"])
    algo = {"instId": PAIR, "algoId": stop["data"][0]["algoId"]}
    seen["unstopped"] = trade.cancel_algo_order([algo])["code"]
    refused = order("sell", "long", "9")
    seen["refused"] = [refused["code"], refused["data"][0]["sCode"]]
    seen["blocked"] = account.set_position_mode("net_mode")["code"]
    order("sell", "long", "2")
    seen["reduced"] = legs()
    closing = trade.close_positions(instId=PAIR, mgnMode="cross", posSide="long", autoCxl="true")
    seen["closed"] = closing["code"]
    order("buy", "short", "3")
    seen["left"] = legs()
    seen["fills"] = len(trade.get_fills(instType="SWAP")["data"]) >= 5
    cash = account.get_account_balance()["data"][0]["details"][0]["cashBal"]
    seen["paid"] = float(cash) < 100_000
    sys.stdout.write(json.dumps(seen) + "\n")


main(json.loads(sys.argv[1]))
