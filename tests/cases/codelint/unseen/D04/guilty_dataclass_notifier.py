"""The kill switch tells the operator before it stops the strategy."""

from dataclasses import dataclass

import aiohttp


@dataclass
class Telegram:
    token: str
    chat: str

    async def alert(self, text: str) -> None:
        url = f"https://api.telegram.org/bot{self.token}/sendMessage"
        limit = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=limit) as session:
            await session.post(url, json={"chat_id": self.chat, "text": text})


@dataclass
class KillSwitch:
    telegram: Telegram
    engaged: bool = False

    async def engage(self, reason: str) -> None:
        self.engaged = True
        self.telegram.alert(f"kill switch: {reason}")  # expect: D04
