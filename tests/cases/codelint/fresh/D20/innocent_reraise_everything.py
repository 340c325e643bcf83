"""A bare except that counts and raises on; one that has no await inside."""


class Reader:
    def __init__(self, stream) -> None:
        self.stream = stream
        self.failures = 0

    async def next(self):
        try:
            return await self.stream.next()
        except:  # noqa: E722
            self.failures += 1
            raise


def parse(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
