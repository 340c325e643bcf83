"""Answers are told apart from failures: by isinstance, by match, by a helper."""

import asyncio
import logging

log = logging.getLogger(__name__)


def split(answers: list) -> tuple[list, list]:
    bad = [answer for answer in answers if isinstance(answer, Exception)]
    good = [answer for answer in answers if not isinstance(answer, BaseException)]
    return good, bad


async def sync(nodes) -> list:
    answers = await asyncio.gather(*(node.sync() for node in nodes), return_exceptions=True)
    good, bad = split(answers)
    for error in bad:
        log.error("sync failed: %r", error)
    return good


async def ask(nodes) -> int:
    failed = 0
    for answer in await asyncio.gather(*(n.ask() for n in nodes), return_exceptions=True):
        match answer:
            case BaseException():
                failed += 1
            case _:
                log.info("answer %s", answer)
    return failed
