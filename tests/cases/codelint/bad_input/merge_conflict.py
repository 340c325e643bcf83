"""A merge that nobody finished."""

import time


async def pause():
<<<<<<< HEAD
    time.sleep(1)
=======
    time.sleep(2)
>>>>>>> release
