import asyncio

turn = asyncio.Lock()


async def write(rows, row, encode):
    locked = await turn.acquire()  # expect: D31
    try:
        rows.append(encode(row))
    except ValueError:
        return False
    turn.release()
    return locked


async def write_all(rows, more, encode):
    for row in more:
        await turn.acquire()  # expect: D31
        if row is None:
            break
        rows.append(encode(row))
        turn.release()
