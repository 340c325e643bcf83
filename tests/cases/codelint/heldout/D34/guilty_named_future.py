import asyncio


async def persist_all(stores, row):
    writes = asyncio.gather(*(store.write(row) for store in stores), return_exceptions=True)  # expect: D34@w
    await writes  # expect: D34@w


async def broadcast(clients, text):
    jobs = [asyncio.create_task(client.send(text)) for client in clients]
    await asyncio.gather(*jobs, return_exceptions=True)  # expect: D34
    return len(jobs)
