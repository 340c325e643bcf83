import urllib.request

import aiohttp
import requests

LIMIT = aiohttp.ClientTimeout(total=None, sock_read=None)  # expect: T10@make


def make(connector):
    return aiohttp.ClientSession(connector=connector, timeout=LIMIT)  # expect: T10@make


def download(url):
    return requests.request("GET", url, timeout=None).content  # expect: T10


def head(url):
    with urllib.request.urlopen(url) as reply:  # expect: T10
        return reply.status
