"""Names that smell of requests and are plain memory."""

import asyncio


class Session:
    """What was traded since midnight; nothing here touches a network."""

    def __init__(self) -> None:
        self._trades: dict[str, int] = {}

    def get(self, symbol: str) -> int:
        return self._trades.get(symbol, 0)

    def post(self, symbol: str) -> None:
        self._trades[symbol] = self.get(symbol) + 1


async def trades_of(session: Session, symbols: list[str]) -> dict[str, int]:
    await asyncio.sleep(0)
    return {symbol: session.get(symbol) for symbol in symbols}
