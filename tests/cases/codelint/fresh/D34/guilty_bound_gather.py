from asyncio import gather


async def hedge(legs, open_leg, log):
    jobs = [open_leg(leg) for leg in legs]
    results = await gather(*jobs, return_exceptions=True)  # expect: D34
    log.info("hedged %d legs", len(legs))
    return legs


async def store(writers, row):
    options = {"return_exceptions": True}
    await gather(*(writer.write(row) for writer in writers), **options)  # expect: D34
