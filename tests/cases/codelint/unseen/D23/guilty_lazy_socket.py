"""The trade socket is opened by whoever needs it first."""

import aiohttp


class TradeSocket:
    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        if self._socket is None or self._socket.closed:  # expect: D23@open
            socket = await self._session.ws_connect(self._url, heartbeat=15, timeout=5)
            self._socket = socket  # expect: D23@open
        return self._socket

    async def amend(self, body: dict) -> None:
        socket = await self._connected()
        await socket.send_json({"op": "order.amend", "args": [body]})

    async def ping(self) -> None:
        socket = await self._connected()
        await socket.ping()
