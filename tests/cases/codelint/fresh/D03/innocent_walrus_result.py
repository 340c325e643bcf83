async def next_page(cursor: str) -> dict | None:
    return {"cursor": cursor} if cursor else None


async def pages(cursor: str) -> list[dict]:
    found = []
    while page := await next_page(cursor):
        found.append(page)
        cursor = page["cursor"][1:]
    return [page for page in found if page]


async def has_pages(cursor: str) -> bool:
    return (await next_page(cursor)) is not None
