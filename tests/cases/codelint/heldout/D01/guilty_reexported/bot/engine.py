import bot.io


async def on_event(stream, event):
    try:
        bot.io.write_event(stream, event)  # expect: D01|D04
    finally:
        event.mark_seen()
