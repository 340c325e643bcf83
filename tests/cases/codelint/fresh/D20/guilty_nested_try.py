async def replay(rows, apply, log):
    for row in rows:
        try:
            try:
                await apply(row)
            except ValueError:
                log.warning("bad row")
        except:  # noqa: E722  # expect: D20
            log.exception("row %s", row)


async def drain(queue, apply):
    try:
        async for row in queue:
            await apply(row)
    except:  # noqa: E722  # expect: D20
        return False
    return True
