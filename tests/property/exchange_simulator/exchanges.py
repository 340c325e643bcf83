"""A client of each protocol for state machines: the same few acts, in each exchange's own words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.protocols.okx.protocol import Okx
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import Client
from tests.unit.exchange_simulator.protocols.binance import speaking as binance_words
from tests.unit.exchange_simulator.protocols.okx import speaking as okx_words

__all__ = ["AnyClient", "BinanceClient", "BybitClient", "OkxClient", "open_clients"]

D = Decimal
CONTRACT = D("0.01")  # BTC of one OKX contract.
Legs = dict[str, Decimal]


class BybitClient:
    """Legs by positionIdx; a stop belongs to its leg."""

    def __init__(self, bybit: Bybit, key: str) -> None:
        """Speak for one account."""
        self._speaker = Client(bybit, key)

    def order(self, leg: str, *, opens: bool, qty: Decimal, price: str) -> None:
        """A market order or, with a price, a limit order."""
        side = "Buy" if (leg == "LONG") is opens else "Sell"
        fields = {"category": "linear", "symbol": "BTCUSDT", "side": side, "qty": str(qty)}
        fields |= {"orderType": "Limit", "price": price} if price else {"orderType": "Market"}
        self._post("order/create", **fields, positionIdx=1 if leg == "LONG" else 2)

    def protect(self, leg: str, *, qty: Decimal, trigger: str) -> None:
        """A stop of the whole leg."""
        index = 1 if leg == "LONG" else 2
        fields = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full"}
        self._post("position/trading-stop", **fields, positionIdx=index, stopLoss=trigger)

    def cancel_all(self) -> None:
        """Cancel whatever is open."""
        self._post("order/cancel-all", category="linear", symbol="BTCUSDT")

    def legs(self) -> Legs:
        """Unsigned sizes by leg, in base coin."""
        rows = self._get("position/list", category="linear", symbol="BTCUSDT")["list"]
        return {"LONG" if row["positionIdx"] == 1 else "SHORT": D(row["size"]) for row in rows}

    def money(self) -> tuple[Decimal, Decimal]:
        """Cash and unrealised profit."""
        (coin,) = self._get("account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
        return D(coin["walletBalance"]), D(coin["unrealisedPnl"])

    def _post(self, path: str, **fields: object) -> None:
        assert self._speaker.post(path, **fields)["retCode"] != 10016

    def _get(self, path: str, **fields: object) -> Any:
        return self._speaker.get(path, **fields)["result"]


class BinanceClient:
    """Legs by positionSide; a stop is an order of its own."""

    def __init__(self, binance: Binance, key: str) -> None:
        """Speak for one account."""
        self._speaker = binance_words.Speaker(binance, key)

    def order(self, leg: str, *, opens: bool, qty: Decimal, price: str) -> None:
        """A market order or, with a price, a limit order."""
        side = "BUY" if (leg == "LONG") is opens else "SELL"
        more = {"price": price} if price else {}
        assert self._speaker.order(side, leg, str(qty), **more).get("code") != -1000

    def protect(self, leg: str, *, qty: Decimal, trigger: str) -> None:
        """A stop of a part of the leg."""
        side = "SELL" if leg == "LONG" else "BUY"
        fields = {"quantity": str(qty), "triggerPrice": trigger}
        answer = self._speaker.algo("STOP_MARKET", side, leg, **fields)
        assert answer.get("code") != -1000

    def cancel_all(self) -> None:
        """Cancel whatever is open."""
        for path in ("v1/allOpenOrders", "v1/algoOpenOrders"):
            answer = self._speaker.call("DELETE", path, symbol="BTCUSDT")
            assert str(answer["code"]) == "200"

    def legs(self) -> Legs:
        """Unsigned sizes by leg, in base coin."""
        rows = self._speaker.call("GET", "v2/positionRisk", symbol="BTCUSDT")
        return {row["positionSide"]: abs(D(row["positionAmt"])) for row in rows}

    def money(self) -> tuple[Decimal, Decimal]:
        """Cash and unrealised profit."""
        account = self._speaker.call("GET", "v2/account")
        return D(account["totalWalletBalance"]), D(account["totalUnrealizedProfit"])


class OkxClient:
    """Legs by posSide, cross ones and isolated ones apart; sizes in contracts."""

    def __init__(self, okx: Okx, key: str) -> None:
        """Speak for one account; every second order is an isolated one."""
        self._speaker = okx_words.Speaker(okx, key)
        self._isolated = False

    def order(self, leg: str, *, opens: bool, qty: Decimal, price: str) -> None:
        """A market order or, with a price, a limit order."""
        side = "buy" if (leg == "LONG") is opens else "sell"
        more = {"px": price, "tdMode": self._mode()} if price else {"tdMode": self._mode()}
        self._sound(self._speaker.order(side, leg.lower(), str(qty / CONTRACT), **more))

    def protect(self, leg: str, *, qty: Decimal, trigger: str) -> None:
        """A stop of a part of the leg that goes with the leg."""
        side = "sell" if leg == "LONG" else "buy"
        fields = {"slTriggerPx": trigger, "slOrdPx": "-1", "cxlOnClosePos": "true"}
        fields |= {"tdMode": self._mode()}
        answer = self._speaker.algo("conditional", side, leg.lower(), str(qty / CONTRACT), **fields)
        self._sound(answer)

    def cancel_all(self) -> None:
        """Cancel whatever is open."""
        for row in self._speaker.get("trade/orders-pending")["data"]:
            named = {"instId": okx_words.PAIR, "ordId": row["ordId"]}
            assert self._sound(self._speaker.post("trade/cancel-order", **named))["code"] == "0"

    def legs(self) -> Legs:
        """Unsigned sizes by leg, in base coin, cross and isolated together."""
        sums = {"LONG": D(0), "SHORT": D(0)}
        for row in self._speaker.get("account/positions")["data"]:
            assert D(row["pos"]) > 0
            sums[row["posSide"].upper()] += D(row["pos"]) * CONTRACT
        return sums

    def money(self) -> tuple[Decimal, Decimal]:
        """Cash and unrealised profit."""
        (coin,) = self._speaker.get("account/balance")["data"][0]["details"]
        return D(coin["cashBal"]), D(coin["eq"]) - D(coin["cashBal"])

    def _mode(self) -> str:
        self._isolated = not self._isolated
        return "isolated" if self._isolated else "cross"

    def _sound(self, envelope: Any) -> Any:
        codes = {envelope["code"], *(row.get("sCode") for row in envelope["data"])}
        assert "50026" not in codes
        return envelope


AnyClient = BybitClient | BinanceClient | OkxClient


def open_clients(name: str, exchange: Exchange, keys: Iterable[str]) -> list[AnyClient]:
    """Let an exchange speak its protocol, and return a client for each key."""
    if name == "bybit":
        bybit = Bybit(exchange, limits_on=False)
        return [BybitClient(bybit, key) for key in keys]
    if name == "binance":
        binance = Binance(exchange, limits_on=False)
        return [BinanceClient(binance, key) for key in keys]
    okx = Okx(exchange, limits_on=False)
    return [OkxClient(okx, key) for key in keys]
