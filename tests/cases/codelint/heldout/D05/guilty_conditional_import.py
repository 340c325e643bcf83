try:
    from time import sleep as pause
except ImportError:
    pause = None


class LoginRetry:
    def __init__(self, session):
        self.session = session

    async def login(self):
        while not await self.session.login():
            pause(1.5)  # expect: D05
