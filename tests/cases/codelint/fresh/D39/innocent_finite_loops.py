"""Loops that end by what they compute themselves."""


async def digits(number: int, emit) -> None:
    found = []
    while number:
        number, digit = divmod(number, 10)
        found.append(digit)
    await emit(found)


async def drained(queue, emit) -> None:
    rows = []
    while not queue.empty():
        rows.append(queue.get_nowait())
    await emit(rows)


async def bisect(low: int, high: int, above) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if above(middle) else (middle, high)
    return high
