"""asyncio.run in the entry point, and in a thread of its own."""

import asyncio


async def serve(stop: asyncio.Event) -> int:
    await stop.wait()
    return 0


def run_in_new_loop() -> int:
    async def once() -> int:
        stop = asyncio.Event()
        stop.set()
        return await serve(stop)

    return asyncio.run(once())


async def isolated() -> int:
    return await asyncio.to_thread(run_in_new_loop)


def main() -> int:
    return run_in_new_loop()


if __name__ == "__main__":
    raise SystemExit(main())
