"""The group is handed to a helper; the group keeps every task and reads its outcome."""

import asyncio


async def flush(name: str, sink: dict[str, int]) -> None:
    await asyncio.sleep(0)
    sink[name] = sink.get(name, 0) + 1


def spawn(group: asyncio.TaskGroup, names: list[str], sink: dict[str, int]) -> None:
    for name in names:
        group.create_task(flush(name, sink), name=f"flush-{name}")


async def flush_all(names: list[str], sink: dict[str, int]) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        spawn(group, names, sink)
