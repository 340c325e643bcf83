"""Thin Bybit V5 client over one aiohttp session with a deadline; Decimal in, Decimal out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType

import aiohttp

RECV_WINDOW_MS = 5_000
READ_ATTEMPTS = 3


class ExchangeError(Exception):
    """The exchange answered with an error code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"exchange error {code}: {text}")
        self.code = code


class OutcomeUnknownError(Exception):
    """No answer came in time: the order may or may not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    symbol: str
    side: str
    order_type: str
    quantity: Decimal
    price: Decimal | None
    position_idx: int
    reduce_only: bool
    client_order_id: str


def order_body(request: OrderRequest) -> dict[str, object]:
    if request.position_idx not in (1, 2):
        raise ValueError(f"{request.client_order_id}: position_idx {request.position_idx}, not 1 or 2")
    body: dict[str, object] = {
        "category": "linear",
        "symbol": request.symbol,
        "side": request.side,
        "orderType": request.order_type,
        "qty": str(request.quantity),
        "positionIdx": request.position_idx,
        "reduceOnly": request.reduce_only,
        "orderLinkId": request.client_order_id,
    }
    if request.price is not None:
        body["price"] = str(request.price)
    return body


class BybitClient:
    def __init__(self, base: str, key: str, secret: bytes, timeout_s: int = 5) -> None:
        self._key = key
        self._secret = secret
        limit = aiohttp.ClientTimeout(total=timeout_s, connect=2)
        self._session = aiohttp.ClientSession(base, timeout=limit)

    async def __aenter__(self) -> BybitClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    def _headers(self, payload: str) -> dict[str, str]:
        stamp = str(time.time_ns() // 1_000_000)
        text = f"{stamp}{self._key}{RECV_WINDOW_MS}{payload}"
        digest = hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
        return {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": str(RECV_WINDOW_MS),
            "X-BAPI-SIGN": digest,
            "Content-Type": "application/json",
        }

    async def _post(self, path: str, body: dict[str, object]) -> dict:
        payload = json.dumps(body, separators=(",", ":"))
        async with self._session.post(path, data=payload, headers=self._headers(payload)) as reply:
            answer = await reply.json()
        if answer["retCode"] != 0:
            raise ExchangeError(answer["retCode"], answer["retMsg"])
        return answer["result"]

    async def _get(self, path: str, query: str) -> dict:
        """Reads may be repeated: each attempt is signed anew."""
        for attempt in range(READ_ATTEMPTS - 1):
            try:
                return await self._get_once(path, query)
            except (aiohttp.ClientConnectionError, TimeoutError):
                await asyncio.sleep(0.2 * 2**attempt)
        return await self._get_once(path, query)

    async def _get_once(self, path: str, query: str) -> dict:
        headers = self._headers(query)
        async with self._session.get(f"{path}?{query}", headers=headers) as reply:
            answer = await reply.json()
        if answer["retCode"] != 0:
            raise ExchangeError(answer["retCode"], answer["retMsg"])
        return answer["result"]

    async def place_order(self, request: OrderRequest) -> str:
        try:
            result = await self._post("/v5/order/create", order_body(request))
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise OutcomeUnknownError(request.client_order_id) from error
        return result["orderId"]

    async def cancel_order(self, symbol: str, client_order_id: str) -> None:
        body: dict[str, object] = {
            "category": "linear",
            "symbol": symbol,
            "orderLinkId": client_order_id,
        }
        await self._post("/v5/order/cancel", body)

    async def get_equity(self) -> Decimal:
        result = await self._get("/v5/account/wallet-balance", "accountType=UNIFIED")
        return Decimal(result["list"][0]["totalEquity"])
