async def try_all(sources):
    for source in sources:
        try:
            return await source.price()
        except BaseException:  # expect: D22
            continue
    return None


async def poll(source, sink):
    while source.is_open:
        try:
            async for row in source:
                sink.append(row)
        except BaseException as error:  # expect: D22
            sink.note(error)
