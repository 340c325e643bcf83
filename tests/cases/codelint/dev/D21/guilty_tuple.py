import logging
from asyncio import CancelledError

log = logging.getLogger(__name__)


async def read_ticker(client, symbol):
    try:
        return await client.ticker(symbol)
    except (CancelledError, ConnectionError) as error:  # expect: D21
        log.warning("ticker %s: %s", symbol, error)
    return None
