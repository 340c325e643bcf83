class Consumer:
    def __init__(self, queue, handler):
        self.queue = queue
        self.handler = handler
        self.running = True
        self.idle = 0

    async def run(self):
        while self.running:  # expect: D39
            if self.queue.empty():
                self.idle += 1
                continue
            self.handler(self.queue.get_nowait())
