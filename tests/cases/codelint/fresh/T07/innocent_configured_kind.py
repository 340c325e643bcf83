"""The kind of the order is chosen by the plan; a refusal is reported upwards."""

import asyncio


class RefusedError(Exception):
    """The exchange did not take the order."""


async def submit(client, intent):
    kind = {"passive": "PostOnly", "taker": "Market"}[intent.style]
    async with asyncio.timeout(3):
        order = await client.place_order(
            symbol=intent.symbol,
            side=intent.side,
            order_type=kind,
            price=intent.price,
            quantity=intent.quantity,
            position_idx=intent.position_idx,
            client_order_id=intent.client_order_id,
            reduce_only=intent.reduce_only,
        )
    if order.status == "Rejected":
        raise RefusedError(f"{intent.client_order_id}: {order.reason}")
    return order
