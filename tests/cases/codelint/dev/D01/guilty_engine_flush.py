"""Signal engine that persists each decision before it moves on."""

import asyncio
import logging

logger = logging.getLogger(__name__)


async def persist_decision(journal, decision):
    await asyncio.sleep(0)
    journal.append(decision)


async def notify(channel, text):
    await channel.send(text)


class SignalEngine:
    def __init__(self, journal, channel):
        self.journal = journal
        self.channel = channel
        self.handled = 0

    async def on_signal(self, signal):
        if signal.confidence < 0.6:
            return None
        persist_decision(self.journal, signal)  # expect: D01
        self.handled += 1
        logger.info("handled %s", signal.symbol)
        return signal

    async def on_halt(self, reason):
        if reason:
            notify(self.channel, f"halted: {reason}")  # expect: D01
        self.handled = 0
