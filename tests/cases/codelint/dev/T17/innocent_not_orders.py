"""Errors swallowed where no order depends on them: metrics and a banner."""

import logging

logger = logging.getLogger(__name__)


class Metrics:
    def __init__(self, sender):
        self.sender = sender

    async def emit(self, name, value):
        try:
            await self.sender.send(name, value)
        except Exception:
            logger.debug("metric %s lost", name)


def banner() -> str:
    try:
        from importlib.metadata import version

        return version("bot-trading")
    except Exception:
        return "unknown version"
