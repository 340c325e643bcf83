async def hedge_size(legs):
    return sum(leg.size for leg in legs)


async def plan(legs, log, dry):
    if dry:
        size = hedge_size(legs)  # expect: D02
        log.info("dry run, %d legs", len(legs))
        return None
    size = await hedge_size(legs)
    return size


async def plan_late(legs, log):
    pending = hedge_size(legs)  # expect: D02
    if not legs:
        return 0
    pending = await hedge_size(legs[:1])
    log.info("first leg %s", pending)
    return pending
