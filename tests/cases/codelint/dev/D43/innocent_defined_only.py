"""A coroutine function, and a lambda, that are only made in finally."""


async def guarded(job, hooks):
    try:
        return await job()
    finally:

        async def flush():
            await hooks.flush()

        hooks.on_exit(flush)
        hooks.on_exit(lambda: hooks.flush())
