"""Computation in while loops: bisection, draining a heap, walking a linked list."""

import heapq
from decimal import Decimal


async def implied(price, value_of, low: Decimal, high: Decimal):
    while high - low > Decimal("0.0001"):
        middle = (low + high) / 2
        if value_of(middle) < price:
            low = middle
        else:
            high = middle
    return low


async def due(heap, now_us):
    ready = []
    while heap and heap[0][0] <= now_us:
        ready.append(heapq.heappop(heap))
    return ready


async def depth(node):
    count = 0
    while node is not None:
        node = node.parent
        count += 1
    return count
