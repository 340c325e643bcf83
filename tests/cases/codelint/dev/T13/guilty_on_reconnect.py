class BookFeed:
    def __init__(self, transport, books, gate):
        self.transport = transport
        self.books = books
        self.gate = gate
        self.topics = []

    async def connect(self, topics):
        self.topics = list(topics)
        await self.transport.open()
        await self.transport.subscribe(self.topics)

    async def reconnect(self):  # expect: T13@reconnect
        self.gate.close()
        await self.transport.wait_backoff()
        await self.transport.open()  # expect: T13@reconnect
        await self.books.reconcile()
        self.gate.open()
