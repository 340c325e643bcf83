"""Names are computed; no disk is touched."""

import os


async def target(folder: str, symbol: str) -> str:
    name = os.path.join(folder, f"{symbol}.parquet")
    stem, extension = os.path.splitext(os.path.basename(name))
    return f"{stem}.new{extension}"


async def level() -> str:
    return os.environ.get("LOG_LEVEL", "INFO")


async def identity() -> int:
    return os.getpid()
