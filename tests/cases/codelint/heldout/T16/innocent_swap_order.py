"""Place, confirm that it rests, then cancel the old one."""

import asyncio


async def move_stop(client, leg, trigger_price):
    async with asyncio.timeout(3):
        fresh = await client.place_stop(
            leg.symbol,
            position_idx=leg.position_idx,
            trigger_price=trigger_price,
            quantity=leg.quantity,
            client_order_id=leg.next_stop_id,
            reduce_only=True,
        )
    async with asyncio.timeout(3):
        resting = await client.get_order(leg.symbol, fresh.client_order_id)
    if resting.status != "UNTRIGGERED":
        raise RuntimeError(f"{fresh.client_order_id}: the new stop does not rest, the old one stays")
    async with asyncio.timeout(3):
        await client.cancel_stop(leg.symbol, leg.stop_id)
