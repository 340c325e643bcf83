FATAL = (BaseException,)


async def follow(stream, log):
    while stream.alive:
        try:
            await stream.step()
        except FATAL:  # expect: D22
            log.warning("step failed")


async def retry(call, tries):
    error = None
    for _ in range(tries):
        try:
            return await call()
        except BaseException as caught:  # expect: D22
            error = str(caught)
    return error
