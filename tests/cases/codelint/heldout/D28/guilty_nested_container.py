"""Iteration over a live container in a loop with a condition, and over a nested one."""


class Streams:
    def __init__(self):
        self._open = {}
        self.topics = {"order": set(), "execution": set()}

    def add(self, name, stream):
        self._open[name] = stream
        self.topics["order"].add(name)

    def drop(self, name):
        del self._open[name]
        self.topics["order"].discard(name)

    async def close(self):
        for stream in self._open.values():  # expect: D28
            stream.mark()
            if stream.is_idle:
                await stream.close()

    async def resubscribe(self, sender):
        for name in self.topics["order"]:  # expect: D28
            await sender.send(name)
