"""A new id for each attempt is no id at all."""

import asyncio
import uuid


async def enter(venue, intent):
    for pause_s in (0.5, 1, 2):
        try:
            async with asyncio.timeout(3):
                return await venue.place_order(  # expect: D40
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    reduce_only=False,
                    client_order_id=uuid.uuid4().hex,
                )
        except TimeoutError:
            await asyncio.sleep(pause_s)
    raise TimeoutError(intent.symbol)


async def enter_again(venue, intent, left=3):
    try:
        async with asyncio.timeout(3):
            return await venue.place_order(  # expect: D40
                symbol=intent.symbol,
                side=intent.side,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                reduce_only=False,
            )
    except TimeoutError:
        if not left:
            raise
        return await enter_again(venue, intent, left - 1)
