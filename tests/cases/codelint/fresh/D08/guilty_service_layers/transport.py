import json
import urllib.request


class Transport:
    def __init__(self, base: str) -> None:
        self.base = base

    def call(self, path: str) -> dict:
        with urllib.request.urlopen(self.base + path, timeout=5) as reply:
            return json.load(reply)
