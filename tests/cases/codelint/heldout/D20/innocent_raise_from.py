"""A bare except whose every path raises."""


class StoreError(Exception):
    pass


async def save(store, row):
    try:
        await store.save(row)
    except:
        store.mark_dirty()
        if row.is_exit:
            raise
        raise
