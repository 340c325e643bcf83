"""BaseException for clean-up, re-raised; and outside any coroutine."""

import logging

logger = logging.getLogger(__name__)


async def in_transaction(conn, work):
    await conn.begin()
    try:
        result = await work(conn)
    except BaseException:
        conn.abort()
        raise
    await conn.commit()
    return result


def main(program) -> int:
    try:
        program()
    except BaseException as error:
        logger.critical("died: %r", error)
        return 3
    return 0
