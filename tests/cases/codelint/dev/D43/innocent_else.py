"""The await stands after the try statement, or in its else branch."""


async def commit_last(conn, work):
    try:
        result = work(conn)
    except ValueError:
        conn.discard()
        raise
    else:
        await conn.commit()
    finally:
        conn.mark_idle()
    await conn.flush()
    return result
