"""Bot commands that start work and forget it."""

import asyncio
from asyncio import create_task as spawn

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

router = Router()


async def flatten(user: int) -> None:
    await asyncio.sleep(user)


@router.message(Command("flat"))
async def flat(message: Message) -> None:
    spawn(flatten(message.from_user.id))  # expect: D17
    await message.answer("closing")


@router.message(Command("all"))
async def all_users(message: Message, users: list[int]) -> None:
    for user in users:
        asyncio.create_task(flatten(user), name=f"flat-{user}")  # expect: D17
    [asyncio.ensure_future(flatten(user)) for user in users]  # expect: D17
