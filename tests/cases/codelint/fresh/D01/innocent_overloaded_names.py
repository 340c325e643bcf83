"""Equal method names, one plain and one asynchronous, each called as it must be."""


class MemoryTape:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def append(self, line: str) -> None:
        self.lines.append(line)


class RemoteTape:
    def __init__(self, sender) -> None:
        self.sender = sender

    async def append(self, line: str) -> None:
        await self.sender.send(line)


class Both:
    def __init__(self, near: MemoryTape, far: RemoteTape) -> None:
        self.near = near
        self.far = far

    async def append(self, line: str) -> None:
        self.near.append(line)
        await self.far.append(line)
