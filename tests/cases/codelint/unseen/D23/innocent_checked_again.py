"""The check is made once more under the lock, after the wait."""

import asyncio


class Session:
    def __init__(self, opener) -> None:
        self._opener = opener
        self._lock = asyncio.Lock()
        self._token: str | None = None

    async def token(self) -> str:
        if self._token is not None:
            return self._token
        async with self._lock:
            if self._token is None:
                async with asyncio.timeout(3):
                    self._token = await self._opener()
            return self._token
