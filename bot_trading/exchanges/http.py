"""The HTTP transport under every exchange client: bytes in, status, headers and bytes out.

It knows nothing of signatures or JSON, never follows a redirect and never sends anything twice, so
that the caller alone decides what a failure means.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from yarl import URL

from bot_trading.errors import ExchangeUnavailable

__all__ = ["HttpAnswer", "HttpTransport", "RequestNotSent", "closed_on_failure"]

CONNECTIONS_MAX = 64


class RequestNotSent(ExchangeUnavailable):
    """The request provably never left this machine."""


@asynccontextmanager
async def closed_on_failure(close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Nothing stays open where the block raises."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            # codelint: ok D43 because a second cancellation ends the process, and its sockets
            await close()


class HttpAnswer(NamedTuple):
    """What came back; `headers` is case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpTransport:
    """One kept-alive session to one base address such as `https://api.bybit.com`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def open(self) -> None:
        """Prepare the session; connections are made by the first requests."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),  # Each call has one deadline of ours.
            )

    async def close(self) -> None:
        """Close every connection; open() may follow."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, target: str, headers: Mapping[str, str], timeout_ms: int) -> HttpAnswer:
        """GET `target`, a path with its query exactly as it was signed.

        Raises `RequestNotSent` when no connection could be made, and `ExchangeUnavailable` when the
        answer is lost or late.
        """
        url = URL(self._base_url + target, encoded=True)
        return await self._request("GET", url, None, headers, timeout_ms)

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """POST `body` as it is; raises as `get` does."""
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = URL(self._base_url + path, encoded=True)
        return await self._request("POST", url, body, headers, timeout_ms)

    async def call(
        self, method: str, target: str, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """Ask by any method, PUT and DELETE too, without a body; raises as `get` does."""
        url = URL(self._base_url + target, encoded=True)
        return await self._request(method, url, None, headers, timeout_ms)

    async def _request(
        self,
        method: str,
        url: URL,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_ms: int,
    ) -> HttpAnswer:
        if self._session is None:
            raise RequestNotSent(f"the connection to {self._base_url} is closed: open it first")
        try:
            async with (
                asyncio.timeout(timeout_ms / 1000),
                self._session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return HttpAnswer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RequestNotSent(f"no connection to {self._base_url}: {error}") from error
        except TimeoutError as error:
            raise ExchangeUnavailable(
                f"{self._base_url} did not answer {url.raw_path} within {timeout_ms} ms"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ExchangeUnavailable(
                f"{self._base_url} broke off while answering {url.raw_path}: "
                f"{type(error).__name__} {error}"  # Its repr would show the signed headers.
            ) from error
