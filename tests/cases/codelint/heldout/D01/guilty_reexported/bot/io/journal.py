async def append_event(stream, event):
    stream.write(event.encode())
    await stream.drain()
