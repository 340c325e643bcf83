"""While loops that shrink their own state."""


async def parse_frames(buffer: bytearray, sink) -> int:
    count = 0
    while len(buffer) >= 2:
        size = buffer[0] + 2
        if len(buffer) < size:
            break
        sink.append(bytes(buffer[:size]))
        del buffer[:size]
        count += 1
    return count


async def round_down(quantity: int, step: int) -> int:
    while quantity % step:
        quantity -= 1
    return quantity
