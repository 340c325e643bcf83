import asyncio


async def run(parts, stop):
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for part in parts:
            await part.close()  # expect: D43
        print("closed", stop)


async def with_report(job, report):
    try:
        answer = await job()
        return answer
    finally:
        try:
            await report.flush()  # expect: D43
        except OSError as error:
            print("report:", error)
