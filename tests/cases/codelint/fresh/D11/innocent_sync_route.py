"""FastAPI runs plain handlers in its thread pool."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/version", response_class=PlainTextResponse)
def version() -> str:
    with open("VERSION", encoding="utf-8") as handle:
        return handle.read()


@app.get("/health")
async def health() -> dict:
    return {"status": "ok"}
