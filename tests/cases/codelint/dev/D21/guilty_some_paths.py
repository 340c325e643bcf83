"""Cancellation that is re-raised on one path only."""

import asyncio


async def serve(handler, state):
    try:
        await handler()
    except asyncio.CancelledError as error:  # expect: D21
        if state.closing:
            raise error
        state.note("cancelled, but not by us")


async def attempt(handler, tries):
    for left in range(tries, 0, -1):
        try:
            return await handler()
        except asyncio.CancelledError:  # expect: D21
            if left == 1:
                raise
