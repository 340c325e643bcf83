from asyncio import get_running_loop, run_coroutine_threadsafe


async def failed(job) -> bool:
    pending = run_coroutine_threadsafe(job(), get_running_loop())
    return pending.exception(10) is not None  # expect: D42


async def all_rows(sources):
    loop = get_running_loop()
    pending = [run_coroutine_threadsafe(source.rows(), loop) for source in sources]
    return [future.result() for future in pending]  # expect: D42
