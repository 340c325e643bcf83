class Spin:
    def __init__(self):
        self.held = False
        self.tries = 0

    async def take(self):
        while self.held:  # expect: D39
            self.tries = self.tries + 1
        self.held = True

    async def wait_all(self, tasks):
        while any(not task.done() for task in tasks):  # expect: D39
            pass
        return [task.result() for task in tasks]
