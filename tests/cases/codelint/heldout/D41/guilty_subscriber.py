import asyncio


class Topic:
    def __init__(self):
        self.subscribers = set()

    def subscribe(self):
        queue = asyncio.Queue()
        self.subscribers.add(queue)
        return queue

    def publish(self, row):
        for queue in self.subscribers:
            queue.put_nowait(row)


async def follow(topic: Topic, handler):
    rows = topic.subscribe()
    while True:
        handler(await rows.get())  # expect: D41


class Desk:
    def __init__(self):
        self.answers = asyncio.Queue(maxsize=-1)

    async def ask(self, sender, question):
        await sender.send(question)
        return await self.answers.get()  # expect: D41
