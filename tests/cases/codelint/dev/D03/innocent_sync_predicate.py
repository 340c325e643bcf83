"""A synchronous predicate on an object that also has coroutine methods."""


class Session:
    def __init__(self):
        self._open = False

    async def connect(self, transport):
        await transport.open()
        self._open = True

    def is_open(self) -> bool:
        return self._open


async def ensure(session: Session, transport):
    if not session.is_open():
        await session.connect(transport)
    return session.is_open()
