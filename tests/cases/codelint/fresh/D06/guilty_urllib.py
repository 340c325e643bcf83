"""Fear and greed index fetched with the standard library inside a handler."""

import json
import urllib.request

import requests
from aiogram import Router
from aiogram.types import Message

router = Router()
http = requests.Session()


@router.message()
async def index(message: Message) -> None:
    with urllib.request.urlopen("https://api.alternative.me/fng/", timeout=5) as reply:  # expect: D06
        value = json.load(reply)["data"][0]["value"]
    await message.answer(str(value))


@router.callback_query()
async def rate(query) -> None:
    rate = http.get("https://open.er-api.com/v6/latest/USD", timeout=5).json()  # expect: D06
    await query.answer(str(rate["rates"]["EUR"]))
