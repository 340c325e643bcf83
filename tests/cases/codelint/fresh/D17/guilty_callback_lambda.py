import asyncio


class Socket:
    def __init__(self, listener) -> None:
        self.listener = listener

    def on_text(self, text: str) -> None:
        asyncio.ensure_future(self.listener.handle(text))  # expect: D17

    async def on_close(self, code: int) -> None:
        _ = asyncio.create_task(self.listener.closed(code))  # expect: D17
