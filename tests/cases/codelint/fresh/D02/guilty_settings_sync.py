"""FastAPI start-up that keeps coroutines instead of their answers."""

from fastapi import FastAPI

app = FastAPI()


async def read_limits(path: str) -> dict:
    return {"path": path}


class Clock:
    async def offset_ms(self) -> int:
        return 0


@app.get("/limits")
async def limits() -> dict:
    loaded = read_limits("/etc/bot/limits.json")  # expect: D02
    return {"status": "loaded"}


@app.get("/clock")
async def clock() -> dict:
    watch = Clock()
    offset = watch.offset_ms()  # expect: D02
    return {"status": "synchronised"}
