"""A synchronous web handler in another thread waits for the loop."""

import asyncio
import threading

from flask import Flask

app = Flask(__name__)
LOOP = asyncio.new_event_loop()


async def status() -> dict:
    await asyncio.sleep(0)
    return {"status": "ok"}


@app.get("/status")
def show() -> dict:
    return asyncio.run_coroutine_threadsafe(status(), LOOP).result(timeout=5)


def main() -> None:
    threading.Thread(target=LOOP.run_forever, daemon=True).start()
    app.run(port=0)
