"""The loop is driven by the program's main function."""

import argparse
import asyncio


async def trade(symbol: str) -> None:
    await asyncio.sleep(0)
    print(symbol)


def main() -> None:
    parser = argparse.ArgumentParser(description="trade one symbol")
    parser.add_argument("symbol")
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(trade(parser.parse_args().symbol))
    finally:
        loop.close()


if __name__ == "__main__":
    main()
