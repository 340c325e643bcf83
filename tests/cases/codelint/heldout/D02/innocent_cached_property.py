"""An attribute of the same name as a coroutine method of another class."""


class Remote:
    async def equity(self):
        return 0


class Local:
    def __init__(self, value):
        self.value = value

    def equity(self):
        return self.value


async def difference(remote: Remote, local: Local):
    ours = local.equity()
    theirs = await remote.equity()
    return theirs - ours
