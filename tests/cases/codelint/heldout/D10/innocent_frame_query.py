"""`query` of a DataFrame and of a parsed URL is no database call."""

from urllib.parse import urlsplit


class Screener:
    def __init__(self, frame):
        self.db = frame

    def query(self, text):
        return self.db.query(text)


class Api:
    def __init__(self, screener: Screener):
        self.screener = screener

    async def screen(self, url):
        return self.screener.query(urlsplit(url).query)
