"""An editor's half sentence."""

import time


async def pause(:
    time.sleep(1)
