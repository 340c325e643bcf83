import asyncio


async def subscribed(socket, topic, rows):
    socket.mark(topic)
    try:
        async for row in socket:
            rows.append(row)
    except asyncio.CancelledError:
        socket.unmark(topic)
        raise
    except ConnectionError as error:
        socket.unmark(topic)
        raise RuntimeError(f"{topic} was lost") from error
