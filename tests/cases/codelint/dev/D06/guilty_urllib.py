import json
from urllib.request import urlopen


async def latest_index(url: str) -> dict:
    with urlopen(url, timeout=4) as reply:  # expect: D06
        return json.load(reply)
