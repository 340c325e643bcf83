"""Loops that count themselves to an end, and one whose condition awaits."""


async def pages(size, per_page):
    page = 0
    while page * per_page < size:
        page += 1
    return page


async def collect(reader):
    rows = []
    while (row := await reader.next()) is not None:
        rows.append(row)
    return rows


async def digits(number):
    out = []
    while True:
        number, digit = divmod(number, 10)
        out.append(digit)
        if not number:
            return out
