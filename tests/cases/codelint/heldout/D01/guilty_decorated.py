"""Alert dispatcher; the coroutine function hides behind a decorator of ours."""

import functools
import logging

logger = logging.getLogger(__name__)


def logged(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        logger.debug("call %s", function.__name__)
        return await function(*args, **kwargs)

    return wrapper


@logged
async def send_alert(channel, text):
    await channel.post(text)


async def on_drawdown(channel, ratio, limit):
    if ratio > limit:
        send_alert(channel, f"drawdown {ratio:.1%}")  # expect: D01
        return True
    return False
