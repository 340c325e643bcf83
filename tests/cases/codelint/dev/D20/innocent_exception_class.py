"""`except Exception` lets cancellation through since Python 3.8."""

import logging

log = logging.getLogger(__name__)


async def refresh_loop(source, clock, period_s):
    while True:
        try:
            await source.refresh()
        except Exception:
            log.exception("refresh failed, trying again in %s s", period_s)
        await clock.sleep(period_s)
