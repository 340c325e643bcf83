import asyncio


async def report(lines):
    for line in lines:
        await asyncio.sleep(0)
        print(line)


async def on_timer(lines):
    other = asyncio.new_event_loop()
    try:
        other.run_until_complete(report(lines))  # expect: D36
    finally:
        other.close()


async def on_exit(lines):
    asyncio.get_event_loop().run_until_complete(report(lines))  # expect: D36
