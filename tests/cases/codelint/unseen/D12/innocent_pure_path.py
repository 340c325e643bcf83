"""Joins and suffixes of paths touch no disk."""

import asyncio
from pathlib import Path, PurePosixPath


async def archive_names(root: Path, symbols: list[str], day: str) -> list[str]:
    names = []
    for symbol in symbols:
        target = root / symbol / f"{day}.parquet"
        names.append(target.with_suffix(".zst").as_posix())
        await asyncio.sleep(0)
    return names


async def object_key(bucket: str, symbol: str) -> str:
    await asyncio.sleep(0)
    return str(PurePosixPath(bucket).joinpath("candles", symbol))
