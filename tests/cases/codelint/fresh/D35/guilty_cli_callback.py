"""A synchronous wrapper around a coroutine, called from handlers of the loop."""

import asyncio

from aiogram import Router
from aiogram.types import Message

router = Router()


async def balance(user: int) -> str:
    await asyncio.sleep(0)
    return f"{user}: 0"


def balance_now(user: int) -> str:
    return asyncio.run(balance(user))  # expect: D35@bridge


@router.message()
async def on_balance(message: Message) -> None:
    await message.answer(balance_now(message.from_user.id))  # expect: D35@bridge


async def nested(user: int) -> str:
    return asyncio.run(balance(user))  # expect: D35
