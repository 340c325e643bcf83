from .state import GLOBAL_LOCK, LEG


async def apply(amount):
    async with GLOBAL_LOCK:
        async with LEG.lock:  # expect: D29@cycle
            LEG.quantity += amount


async def reset():
    async with LEG.lock:
        async with GLOBAL_LOCK:  # expect: D29@cycle
            LEG.quantity = 0
