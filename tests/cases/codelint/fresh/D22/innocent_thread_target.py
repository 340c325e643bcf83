"""A thread hands whatever happened to its future."""

import threading
from concurrent.futures import Future


def in_thread(function, *args) -> Future:
    future: Future = Future()

    def run() -> None:
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


async def doubled(values, keep):
    try:
        await keep(values)
    except Exception as error:
        raise RuntimeError("not kept") from error
    return [2 * value for value in values]
