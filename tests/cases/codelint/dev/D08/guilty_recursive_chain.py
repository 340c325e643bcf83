"""Pagination by recursion: two synchronous functions down to the sleep."""

import time


def pause(page: int) -> None:
    time.sleep(0.2 * page)


def read_page(source, cursor, page=1):
    rows, cursor = source.read(cursor)
    if cursor:
        pause(page)
        rows = rows + read_page(source, cursor, page + 1)
    return rows


def read_history(source):
    return read_page(source, None)


async def backfill(source, sink):
    rows = read_history(source)  # expect: D08
    for row in rows:
        await sink.put(row)
