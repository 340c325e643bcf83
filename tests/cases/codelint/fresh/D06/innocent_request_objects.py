"""Building a request, or naming an exception of the library, sends nothing."""

import requests


def signed(url: str, key: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers={"X-MBX-APIKEY": key}).prepare()


async def describe(url: str, key: str) -> str:
    request = signed(url, key)
    return f"{request.method} {request.url}"


async def is_network_error(error: Exception) -> bool:
    return isinstance(error, requests.ConnectionError | requests.Timeout)
