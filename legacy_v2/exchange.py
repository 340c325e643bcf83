"""Bybit V5 by blocking REST calls over one kept connection, as synchronous bots call it.

There is no stream: candles, prices, positions and fills are asked for when they are needed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import requests

from legacy_v2.orders import Fill, Instrument, Order, Position

__all__ = ["BybitExchange", "ExchangeError", "local_time"]

RECV_WINDOW_MS = 5_000
TIMEOUT_S = 10.0
LEVERAGE_AS_IT_WAS = 110043


class ExchangeError(Exception):
    """The exchange refused, or answered with something else than an answer."""


def local_time(timestamp_ms: float) -> datetime:
    """Naive, in this machine's zone: v2 knows no other time."""
    return datetime.fromtimestamp(timestamp_ms / 1_000)  # noqa: DTZ006


class BybitExchange:
    """One account on linear perpetuals in one-way mode.

    Calls raise ExchangeError for a refusal and requests.RequestException for a lost answer.
    """

    def __init__(self, rest_url: str, api_key: str, api_secret: str) -> None:
        self._url = rest_url.rstrip("/")
        self._key = api_key
        self._secret = api_secret.encode()
        self._session = requests.Session()

    def get_candles(self, symbol: str, interval_s: int, limit: int) -> pd.DataFrame:
        """Closed candles, oldest first: `close_ms`, and open, high, low, close, volume as floats.

        The newest one that the exchange lists is still open, and left out.
        """
        result = self._get(
            "/v5/market/kline",
            category="linear",
            symbol=symbol,
            interval=str(interval_s // 60),
            limit=limit + 1,
        )
        names = ["open_ms", "open", "high", "low", "close", "volume", "turnover"]
        frame = pd.DataFrame(result["list"][:0:-1], columns=names).astype(float)
        frame["close_ms"] = frame["open_ms"] + interval_s * 1_000
        return frame

    def get_price(self, symbol: str) -> float:
        """The last traded price."""
        result = self._get("/v5/market/tickers", category="linear", symbol=symbol)
        return float(result["list"][0]["lastPrice"])

    def get_instrument(self, symbol: str) -> Instrument:
        """Steps of price and quantity."""
        result = self._get("/v5/market/instruments-info", category="linear", symbol=symbol)
        if not result["list"]:
            raise ExchangeError(f"{symbol} is not traded here")
        row = result["list"][0]
        return Instrument(
            symbol=symbol,
            price_decimals=_decimals(row["priceFilter"]["tickSize"]),
            quantity_decimals=_decimals(row["lotSizeFilter"]["qtyStep"]),
            min_quantity=float(row["lotSizeFilter"]["minOrderQty"]),
        )

    def get_positions(self) -> dict[str, Position]:
        """Open positions by symbol."""
        result = self._get("/v5/position/list", category="linear", settleCoin="USDT", limit=200)
        return {
            row["symbol"]: Position(
                symbol=row["symbol"],
                side=row["side"],
                size=float(row["size"]),
                mark_price=float(row["markPrice"]),
            )
            for row in result["list"]
            if float(row["size"]) > 0
        }

    def get_balance(self) -> tuple[float, float]:
        """Wallet balance and equity, USDT."""
        result = self._get("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")
        coin = result["list"][0]["coin"][0]
        return float(coin["walletBalance"]), float(coin["equity"])

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """For both directions; one that stands already is no error."""
        body = {
            "category": "linear",
            "symbol": symbol,
            "buyLeverage": str(leverage),
            "sellLeverage": str(leverage),
        }
        self._post("/v5/position/set-leverage", body, allowed=LEVERAGE_AS_IT_WAS)

    def place_order(self, order: Order) -> Order:
        """Send a market order and return it with the exchange's id.

        A refusal is its status Rejected; where no answer came its status is Error, and whether
        the order exists is not asked.
        """
        body = {
            "category": "linear",
            "symbol": order.symbol,
            "side": order.side,
            "orderType": "Market",
            "qty": f"{order.quantity:.8f}".rstrip("0").rstrip("."),
            "positionIdx": 0,
        }
        order.sent_at = datetime.now()  # noqa: DTZ005 (v2's times are naive)
        try:
            order.exchange_order_id = self._post("/v5/order/create", body)["orderId"]
        except ExchangeError as error:
            order.status, order.error = "Rejected", str(error)
        except requests.RequestException as error:
            order.status, order.error = "Error", str(error)
        return order

    def get_order_status(self, order: Order) -> str:
        """The exchange's word for the order's state, among live and recently closed orders."""
        result = self._get(
            "/v5/order/realtime",
            category="linear",
            symbol=order.symbol,
            orderId=order.exchange_order_id,
        )
        return str(result["list"][0]["orderStatus"]) if result["list"] else order.status

    def get_fills(self, order: Order) -> list[Fill]:
        """Executions of the order, oldest first."""
        result = self._get(
            "/v5/execution/list",
            category="linear",
            symbol=order.symbol,
            orderId=order.exchange_order_id,
            limit=100,
        )
        return [
            Fill(
                trade_id=row["execId"],
                quantity=float(row["execQty"]),
                price=float(row["execPrice"]),
                fee=float(row["execFee"]),
                is_maker=bool(row["isMaker"]),
                executed_at=local_time(int(row["execTime"])),
            )
            for row in reversed(result["list"])
        ]

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        text = urlencode(query)
        response = self._session.get(
            f"{self._url}{path}?{text}", headers=self._signed(text), timeout=TIMEOUT_S
        )
        return _result(response)

    def _post(self, path: str, body: dict[str, Any], allowed: int = 0) -> dict[str, Any]:
        text = json.dumps(body)
        headers = {**self._signed(text), "Content-Type": "application/json"}
        response = self._session.post(
            f"{self._url}{path}", data=text, headers=headers, timeout=TIMEOUT_S
        )
        return _result(response, allowed)

    def _signed(self, payload: str) -> dict[str, str]:
        """Bybit's headers: HMAC-SHA256 over time, key, window and the payload as it is sent."""
        now_ms = str(int(time.time() * 1_000))
        text = f"{now_ms}{self._key}{RECV_WINDOW_MS}{payload}".encode()
        return {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": now_ms,
            "X-BAPI-RECV-WINDOW": str(RECV_WINDOW_MS),
            "X-BAPI-SIGN": hmac.new(self._secret, text, hashlib.sha256).hexdigest(),
        }


def _result(response: requests.Response, allowed: int = 0) -> dict[str, Any]:
    if response.status_code != requests.codes.ok:
        raise ExchangeError(f"HTTP {response.status_code} from {response.request.path_url}")
    answer = response.json()
    if answer["retCode"] not in (0, allowed):
        raise ExchangeError(f"{answer['retCode']} {answer['retMsg']}")
    found: dict[str, Any] = answer["result"]
    return found


def _decimals(step: str) -> int:
    return len(step.rstrip("0").partition(".")[2])
