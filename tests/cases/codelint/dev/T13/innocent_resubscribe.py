"""Topics are remembered and sent again on each connection."""


class BookFeed:
    def __init__(self, transport, books, gate):
        self.transport = transport
        self.books = books
        self.gate = gate
        self.topics = []

    async def connect(self, topics):
        self.topics = list(topics)
        await self._open()

    async def reconnect(self):
        self.gate.close()
        await self.transport.wait_backoff()
        await self._open()
        await self.books.reconcile()
        self.gate.open()

    async def _open(self):
        await self.transport.open()
        await self.transport.subscribe(self.topics)
