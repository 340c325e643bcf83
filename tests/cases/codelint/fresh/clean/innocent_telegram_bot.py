"""Alert bot on aiogram: bounded outbox, quiet hours, and a supervised sender."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time

from aiogram import Bot, Dispatcher, Router
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter
from aiogram.filters import Command
from aiogram.types import Message

log = logging.getLogger(__name__)
router = Router()
OUTBOX_SIZE = 200
TRIES = 4


@dataclass(frozen=True, slots=True)
class QuietHours:
    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        now = moment.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True)
class Alert:
    chat_id: int
    text: str
    is_urgent: bool


class Outbox:
    """Alerts wait here; when it is full the newest ordinary alert is counted and dropped."""

    def __init__(self, quiet: QuietHours) -> None:
        self._alerts: asyncio.Queue[Alert] = asyncio.Queue(maxsize=OUTBOX_SIZE)
        self._quiet = quiet
        self.dropped = 0

    def offer(self, alert: Alert) -> bool:
        if not alert.is_urgent and self._quiet.holds(datetime.now(UTC)):
            return False
        try:
            self._alerts.put_nowait(alert)
        except asyncio.QueueFull:
            self.dropped += 1
            log.error("outbox is full: %d alerts dropped", self.dropped)
            return False
        return True

    async def take(self) -> Alert:
        return await self._alerts.get()


class Sender:
    def __init__(self, bot: Bot, outbox: Outbox) -> None:
        self._bot = bot
        self._outbox = outbox

    async def run(self) -> None:
        while True:
            alert = await self._outbox.take()
            if not await self._sent(alert):
                log.error("alert to %s was not delivered", alert.chat_id)

    async def _sent(self, alert: Alert) -> bool:
        pause_s = 1.0
        for _ in range(TRIES):
            try:
                await self._bot.send_message(alert.chat_id, alert.text, request_timeout=5)
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except TelegramNetworkError as error:
                log.warning("telegram: %s", error)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 15)
            else:
                return True
        return False


@router.message(Command("ping"))
async def ping(message: Message) -> None:
    await message.answer("pong")


@router.message(Command("dropped"))
async def dropped(message: Message, outbox: Outbox) -> None:
    await message.answer(f"{outbox.dropped} alerts were dropped")


async def main() -> None:
    outbox = Outbox(QuietHours(time(22), time(6)))
    async with Bot(os.environ["TELEGRAM_TOKEN"]) as bot:
        dispatcher = Dispatcher(outbox=outbox)
        dispatcher.include_router(router)
        sender = asyncio.create_task(Sender(bot, outbox).run(), name="sender")
        polling = asyncio.create_task(dispatcher.start_polling(bot), name="polling")
        done, pending = await asyncio.wait(
            {sender, polling}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for task in done:
            task.result()


if __name__ == "__main__":
    asyncio.run(main())
