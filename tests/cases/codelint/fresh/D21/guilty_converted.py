import asyncio


async def fetch(reader, log):
    try:
        return await reader.read()
    except asyncio.CancelledError as error:  # expect: D21
        log.warning("read was cancelled")
        raise RuntimeError("no row") from error


async def fetch_or_default(reader, default):
    try:
        row = await reader.read()
    except asyncio.CancelledError:  # expect: D21
        row = default
    return row
