"""How clients reach an exchange: the only two things that a simulated network replaces.

Everything above, signing and parsing included, is the same whether bytes travel over sockets or
within one process under virtual time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from picows import WSListener, WSTransport, ws_connect

from bot_trading.exchanges.http import HttpAnswer, HttpTransport

__all__ = ["FRAME_BYTES_MAX", "REAL_NETWORK", "Connect", "Http", "Network"]

FRAME_BYTES_MAX = 4 * 1024 * 1024

Connect = Callable[[Callable[[], WSListener], str], Awaitable[WSTransport]]
"""Opens a WebSocket to a URL for the listener that a factory makes; raises as `ws_connect` does."""


class Http(Protocol):
    """See `HttpTransport` for what each call promises and raises."""

    async def open(self) -> None:
        """Prepare."""

    async def close(self) -> None:
        """Close every connection."""

    async def get(self, target: str, headers: Mapping[str, str], timeout_ms: int) -> HttpAnswer:
        """GET a path with its query."""

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """POST a body."""

    async def call(
        self, method: str, target: str, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """Ask by any method, without a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """`http` makes a transport to a base address, `connect` a WebSocket."""

    http: Callable[[str], Http]
    connect: Connect


async def _connect(listener: Callable[[], WSListener], url: str) -> WSTransport:
    transport, _ = await ws_connect(listener, url, max_frame_size=FRAME_BYTES_MAX, max_redirects=0)
    return transport


REAL_NETWORK = Network(http=HttpTransport, connect=_connect)
