"""Module-level counters, read before and written after the await."""

import logging

logger = logging.getLogger(__name__)

open_orders = 0
last_nonce = 0


async def submit(transport, order):
    global open_orders
    count = open_orders
    await transport.send(order)
    open_orders = count + 1  # expect: D26
    logger.info("open orders: %d", open_orders)


async def next_nonce(clock):
    global last_nonce
    nonce = last_nonce + 1
    await clock.sync()
    last_nonce = nonce  # expect: D26
    return nonce
