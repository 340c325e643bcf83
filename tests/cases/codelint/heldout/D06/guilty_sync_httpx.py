"""Sync clients of three libraries inside coroutines."""

import http.client

import httpx
import urllib3


class Announcements:
    def __init__(self):
        self.http = httpx.Client(timeout=5)
        self.pool = urllib3.PoolManager(timeout=5)

    async def latest(self, url):
        return self.http.get(url).json()  # expect: D06

    async def status(self, url):
        return self.pool.request("GET", url).status  # expect: D06


async def raw(host, path):
    conn = http.client.HTTPSConnection(host, timeout=5)
    conn.request("GET", path)  # expect: D06@raw
    return conn.getresponse().read()  # expect: D06@raw
