STREAMS = {}


def register(name, stream):
    STREAMS[name] = stream


def drop(name):
    del STREAMS[name]


async def ping_all():
    for name in STREAMS:  # expect: D28
        await STREAMS[name].ping()
