"""concurrent.futures' CancelledError in a thread is not the loop's."""

from concurrent.futures import CancelledError, Future


def collect(futures: list[Future]):
    results = []
    for future in futures:
        try:
            results.append(future.result(timeout=5))
        except CancelledError:
            results.append(None)
    return results
