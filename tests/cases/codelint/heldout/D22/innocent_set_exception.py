"""BaseException handed to a future, then raised; and a group's split."""

import asyncio


async def fill(future: asyncio.Future, job):
    try:
        result = await job()
    except BaseException as error:
        if not future.done():
            future.set_exception(error)
        raise
    future.set_result(result)


async def run_group(jobs):
    failures = []
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(job())
    except* ValueError as errors:
        failures.extend(errors.exceptions)
    return failures
