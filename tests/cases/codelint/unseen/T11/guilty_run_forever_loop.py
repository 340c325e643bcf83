"""A websocket that is run again in the moment in which it ends, in a thread of its own."""

import json
import threading

import websocket


class TradeFeed:
    def __init__(self, url: str, topics: list[str], reconcile) -> None:
        self.url = url
        self.topics = topics
        self.reconcile = reconcile
        self.last: dict = {}

    def _on_open(self, app: websocket.WebSocketApp) -> None:
        app.send(json.dumps({"op": "subscribe", "args": self.topics}))
        self.reconcile()

    def _on_message(self, app: websocket.WebSocketApp, raw: str) -> None:
        self.last = json.loads(raw)

    def run(self) -> None:
        while True:  # expect: T11
            app = websocket.WebSocketApp(
                self.url, on_open=self._on_open, on_message=self._on_message
            )
            app.run_forever(ping_interval=20, ping_timeout=10)

    def start(self) -> None:
        threading.Thread(target=self.run, name="trades", daemon=True).start()
