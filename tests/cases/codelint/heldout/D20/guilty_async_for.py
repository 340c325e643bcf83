async def copy(source, sink):
    count = 0
    try:
        async for row in source:
            sink.append(row)
            count += 1
    except:  # expect: D20
        return -1
    return count
