import httpx
import psycopg2


def connect(dsn: str):
    return psycopg2.connect(dsn)  # expect: T10


class News:
    def __init__(self):
        self.client = httpx.AsyncClient(timeout=None)  # expect: T10

    async def latest(self, url: str) -> str:
        return (await self.client.get(url)).text
