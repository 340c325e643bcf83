"""The asynchronous subprocess, with a deadline and a kill that is waited for."""

import asyncio


async def compress(path: str) -> int:
    process = await asyncio.create_subprocess_exec("zstd", "-q", path)
    try:
        return await asyncio.wait_for(process.wait(), 120)
    except TimeoutError:
        process.kill()
        await asyncio.wait_for(process.wait(), 5)
        raise


class Runner:
    """`run` of an object of ours is no subprocess."""

    def run(self, command: list[str]) -> list[str]:
        return command[1:]


async def arguments(runner: Runner, command: list[str]) -> list[str]:
    await asyncio.sleep(0)
    return runner.run(command)
