"""The blocking helper runs at import and in the main function, before any loop."""

import asyncio
import tomllib
from pathlib import Path


def read_settings(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


class App:
    def __init__(self, settings: dict) -> None:
        self.settings = settings

    async def run(self) -> str:
        await asyncio.sleep(0)
        return self.settings["name"]


def main() -> None:
    settings = read_settings(Path("bot.toml"))
    print(asyncio.run(App(settings).run()))
