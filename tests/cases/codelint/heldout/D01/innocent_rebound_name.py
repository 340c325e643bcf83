"""The coroutine function's name is bound to a plain function in another scope."""


async def publish(bus, event):
    await bus.publish(event)


def make_recorder():
    seen = []

    def publish(event):
        seen.append(event)

    publish("created")
    return publish, seen


async def relay(bus, events):
    record, _ = make_recorder()
    for event in events:
        record(event)
        await publish(bus, event)
