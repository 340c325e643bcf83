"""Signal bot on aiogram; two coroutines are called like plain functions."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message

router = Router()


async def notify(bot: Bot, chat: int, text: str) -> None:
    await bot.send_message(chat, text, request_timeout=5)


class Journal:
    async def append(self, line: str) -> None:
        print(line)


@router.message(Command("flat"))
async def on_flat(message: Message, bot: Bot, journal: Journal) -> None:
    notify(bot, message.chat.id, "closing everything")  # expect: D01
    journal.append(f"flat asked by {message.from_user.id}")  # expect: D01
    await message.answer("ok")
