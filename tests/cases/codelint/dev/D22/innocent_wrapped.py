"""BaseException stored and raised at the end, cancellation included."""


async def run_all(jobs):
    first: BaseException | None = None
    for job in jobs:
        try:
            await job()
        except BaseException as error:
            first = error
            break
    if first is not None:
        raise first


async def keep_going(jobs, log):
    for job in jobs:
        try:
            await job()
        except Exception as error:
            log.error("job failed: %s", error)
            continue
