import asyncio


async def refresh_margin(account):
    await account.refresh()


class Timer:
    def __init__(self, account):
        self.account = account

    def schedule(self):
        loop = asyncio.get_running_loop()
        loop.call_later(30, self.on_timer)

    def on_timer(self):
        refresh_margin(self.account)  # expect: D01
        self.schedule()
