"""What a cut-over asks of Bybit, over V5 REST: positions, orders, reduce-only closes, the mode.

Every answer is the exchange's own; a request whose answer was lost is settled by asking again, and
closes are reduce-only, so that one which arrives twice cannot open anything.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import requests

from migration.errors import MigrationError

__all__ = ["Account", "AnswerLost", "OpenOrder", "Position"]

TIMEOUT_S = 10
RECV_WINDOW_MS = 5_000
HEDGE, ONE_WAY = 3, 0
MODE_UNCHANGED = 110025
DUPLICATE_ID = 110072
REDUCE_RULE = 110017  # "current position is zero": what should be closed is closed.


class AnswerLost(Exception):
    """The request may have arrived or not: only the exchange can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open position as the exchange reports it; `position_idx` 0 is one-way, 1 long, 2 short."""

    symbol: str
    side: str
    size: Decimal
    position_idx: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """A resting order; one that is reduce-only protects a position."""

    symbol: str
    order_id: str
    reduce_only: bool


class Account:
    """One account of the exchange, by its key. Raises MigrationError for every refusal."""

    def __init__(self, rest_url: str, api_key: str, api_secret: str) -> None:
        self._url = rest_url.rstrip("/")
        self._key = api_key
        self._secret = api_secret.encode()
        self._session = requests.Session()

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def user_id(self) -> str:
        """Which account this key belongs to."""
        result = self._get("/v5/user/query-api", {})
        return str(result.get("userID") or result.get("id") or "")

    def positions(self) -> list[Position]:
        """Every open USDT position."""
        rows = self._pages("/v5/position/list", {"settleCoin": "USDT", "limit": "200"})
        return [_position(row) for row in rows if Decimal(row["size"]) != 0]

    def open_orders(self) -> list[OpenOrder]:
        """Every order that rests, conditional ones and stops of positions included."""
        rows = self._pages("/v5/order/realtime", {"settleCoin": "USDT", "limit": "50"})
        return [
            OpenOrder(
                symbol=row["symbol"],
                order_id=row["orderId"],
                reduce_only=bool(row["reduceOnly"] or row["closeOnTrigger"]),
            )
            for row in rows
        ]

    def is_hedged(self, symbol: str) -> bool:
        """Does the exchange list two legs for this symbol?"""
        rows = self._get("/v5/position/list", {"category": "linear", "symbol": symbol})["list"]
        indices = {int(row["positionIdx"]) for row in rows}
        if indices not in ({0}, {1, 2}):
            raise MigrationError(f"the exchange lists {symbol} under position indices {indices}")
        return indices == {1, 2}

    def cancel(self, order: OpenOrder) -> None:
        """Cancel one order; one that is gone already is left to the next look."""
        self._post(
            "/v5/order/cancel",
            {"category": "linear", "symbol": order.symbol, "orderId": order.order_id},
            accept=(110001, 170142, 170213),
        )

    def close_position(self, position: Position, order_link_id: str) -> None:
        """Ask for a reduce-only market order of at most the position's size."""
        self._post(
            "/v5/order/create",
            {
                "category": "linear",
                "symbol": position.symbol,
                "side": "Sell" if position.side == "Buy" else "Buy",
                "orderType": "Market",
                "qty": format(min(position.size, self._largest(position.symbol)), "f"),
                "reduceOnly": True,
                "positionIdx": position.position_idx,
                "orderLinkId": order_link_id,
            },
            accept=(DUPLICATE_ID, REDUCE_RULE),
        )

    def switch(self, *, hedge: bool) -> None:
        """Switch every USDT symbol between one-way and hedge mode; no change is fine too."""
        mode = HEDGE if hedge else ONE_WAY
        body = {"category": "linear", "coin": "USDT", "mode": mode}
        self._post("/v5/position/switch-mode", body, accept=(MODE_UNCHANGED,))

    def _largest(self, symbol: str) -> Decimal:
        """The largest market order of this symbol."""
        query = {"category": "linear", "symbol": symbol}
        rows = self._get("/v5/market/instruments-info", query)["list"]
        return Decimal(rows[0]["lotSizeFilter"]["maxMktOrderQty"])

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            result = self._get(path, {"category": "linear", **query, **more})
            yield from result["list"]
            cursor = result.get("nextPageCursor") or ""
            if not cursor:
                return

    def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        text = urlencode(query)
        return self._ask("GET", f"{path}?{text}", text, None, ())

    def _post(self, path: str, body: Mapping[str, Any], accept: tuple[int, ...]) -> dict[str, Any]:
        text = json.dumps(body, separators=(",", ":"))
        return self._ask("POST", path, text, text.encode(), accept)

    def _ask(
        self, method: str, path: str, signed: str, body: bytes | None, accept: tuple[int, ...]
    ) -> dict[str, Any]:
        """The result of one request; AnswerLost where nobody can say whether it arrived."""
        stamp, window = str(time.time_ns() // 1_000_000), str(RECV_WINDOW_MS)
        text = f"{stamp}{self._key}{window}{signed}".encode()
        headers = {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": window,
            "X-BAPI-SIGN": hmac.new(self._secret, text, hashlib.sha256).hexdigest(),
            "Content-Type": "application/json",
        }
        try:
            answer = self._session.request(
                method, self._url + path, data=body, headers=headers, timeout=TIMEOUT_S
            )
            said = answer.json()
            code, result = int(said["retCode"]), said.get("result") or {}
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise AnswerLost(
                f"{method} {path.partition('?')[0]}: {type(error).__name__}"
            ) from error
        if code != 0 and code not in accept:
            raise MigrationError(
                f"the exchange refused {path.partition('?')[0]} with {code}: {said.get('retMsg')}"
            )
        return dict(result)


def _position(row: Mapping[str, Any]) -> Position:
    return Position(
        symbol=row["symbol"],
        side=row["side"],
        size=Decimal(row["size"]),
        position_idx=int(row["positionIdx"]),
    )
