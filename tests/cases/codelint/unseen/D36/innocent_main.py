"""The command line owns the loop; the coroutines only run in it."""

import asyncio
import sys


async def check(symbols: list[str]) -> int:
    await asyncio.sleep(0)
    return len(symbols)


def main(arguments: list[str]) -> int:
    loop = asyncio.new_event_loop()
    try:
        count = loop.run_until_complete(check(arguments))
    finally:
        loop.close()
    print(f"{count} symbols", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
