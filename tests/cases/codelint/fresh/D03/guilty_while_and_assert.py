async def caught_up(reader) -> bool:
    return await reader.lag() == 0


async def follow(reader, sleep):
    while not caught_up(reader):  # expect: D03
        await sleep(1)


async def verify(reader):
    assert caught_up(reader), "reader lags"  # expect: D03


async def lagging(readers):
    return [reader for reader in readers if not caught_up(reader)]  # expect: D03
