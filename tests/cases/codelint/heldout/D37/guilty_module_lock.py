import threading

TABLE_LOCK = threading.RLock()
TABLE = {}


async def load(source):
    with TABLE_LOCK, source.section():  # expect: D37@load
        for key in source.keys():
            TABLE[key] = await source.read(key)  # expect: D37@load


async def store(sink):
    if TABLE_LOCK.acquire(timeout=1):  # expect: D37@store
        try:
            await sink.write(dict(TABLE))  # expect: D37@store
        finally:
            TABLE_LOCK.release()
