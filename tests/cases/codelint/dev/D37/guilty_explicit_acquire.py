from threading import RLock

STATE_LOCK = RLock()
STATE = {}


async def reconcile(source):
    STATE_LOCK.acquire()  # expect: D37@reconcile
    try:
        legs = await source.legs()  # expect: D37@reconcile
        STATE.clear()
        STATE.update(legs)
    finally:
        STATE_LOCK.release()
