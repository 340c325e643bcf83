"""Coroutines that go straight into something that runs them."""

import anyio


async def warm(symbol: str) -> None:
    await anyio.sleep(0)
    print(symbol)


async def main(symbols: list[str]) -> None:
    async with anyio.create_task_group() as group:
        for symbol in symbols:
            group.start_soon(warm, symbol)
    with anyio.fail_after(2):
        await warm("ETHUSDT")


if __name__ == "__main__":
    anyio.run(main, ["BTCUSDT", "SOLUSDT"])
