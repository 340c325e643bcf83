"""The asynchronous client of the same library; a session object that is only configured."""

import httpx
import requests


def make_session() -> requests.Session:
    session = requests.Session()
    session.headers.update({"User-Agent": "bot/3"})
    return session


class Announcements:
    def __init__(self):
        self.http = httpx.AsyncClient(timeout=5)

    async def latest(self, url):
        reply = await self.http.get(url)
        return reply.json()

    async def prepared(self, url):
        request = requests.Request("GET", url).prepare()
        return request.url
