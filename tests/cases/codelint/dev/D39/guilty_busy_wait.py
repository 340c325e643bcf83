"""Loops that never let the event loop run."""

import time


class Handshake:
    def __init__(self, socket):
        self.socket = socket
        self.authenticated = False

    def on_auth(self):
        self.authenticated = True

    async def wait_auth(self):
        while not self.authenticated:  # expect: D39
            pass
        return self.socket


async def spin_until(deadline):
    while time.monotonic() < deadline:  # expect: D39
        continue
