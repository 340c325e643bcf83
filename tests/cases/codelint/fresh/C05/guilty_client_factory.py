"""Keys in the call that makes the client."""

import ccxt.async_support as ccxt
from aiogram import Bot


def venue() -> ccxt.okx:
    return ccxt.okx(
        {
            "apiKey": "6f1d3c52-8a0b-4e7f-9c26-b4d5e7a91f30",  # expect: C05@okx
            "secret": "8D2F61C0A93B57E4F10C6B7A2E9D4835",  # expect: C05@okx
            "timeout": 5000,
        }
    )


def bot() -> Bot:
    return Bot("6820394715:AAFx8mQ2vRzK7pL0nYtW3sHcJ9dBgE5uVkI")  # expect: C05
