"""From a candle to the prices inside it, such that the prices make exactly that candle again.

The path starts at the open, touches both extremes, and ends at the close. It depends on the seed,
the symbol and the candle alone, so any moment can be computed without its past.
"""

from itertools import pairwise
from random import Random
from typing import NamedTuple

from exchange_simulator.market.tape import TapeCandle

__all__ = ["Path", "path_of"]


class Path(NamedTuple):
    """Prices in ticks, volumes in units, and whether a buyer took each trade."""

    prices: list[int]
    volumes: list[int]
    buyers: list[bool]


def path_of(candle: TapeCandle, *, points: int, seed: int) -> Path:
    """Return a path of `points` trades whose first, highest, lowest and last are the candle's.

    Volumes sum to the candle's volume; a point without volume moved no price that counts, except
    in candles whose volume is smaller than the number of anchors.
    """
    rng = Random((seed * 1_000_003 + candle.open_ms) & 0xFFFF_FFFF_FFFF)  # noqa: S311
    anchors = _anchors(candle, points, rng)
    prices = _prices(candle, anchors, rng)
    volumes = _volumes(candle.volume, points, [index for index, _ in anchors], rng)
    return Path(prices, volumes, _buyers(prices, rng))


def _anchors(candle: TapeCandle, points: int, rng: Random) -> list[tuple[int, int]]:
    """Return (index, price) of open, both extremes and close, in order of time."""
    last = points - 1
    first_at = rng.randrange(1, max(2, last // 2))
    second_at = rng.randrange(first_at + 1, max(first_at + 2, last))
    rising = candle.close >= candle.open
    low_first = rng.random() < (0.75 if rising else 0.25)
    extremes = (candle.low, candle.high) if low_first else (candle.high, candle.low)
    return [
        (0, candle.open),
        (first_at, extremes[0]),
        (second_at, extremes[1]),
        (last, candle.close),
    ]


def _prices(candle: TapeCandle, anchors: list[tuple[int, int]], rng: Random) -> list[int]:
    """Join the anchors by noisy straight lines that stay inside the candle."""
    noise = max(0, (candle.high - candle.low) // 8)
    prices = [anchors[0][1]]
    for (start, price_from), (end, price_to) in pairwise(anchors):
        span = end - start
        for step in range(1, span):
            straight = price_from + (price_to - price_from) * step // span
            wobble = int(noise * (rng.random() * 2 - 1))
            prices.append(min(candle.high, max(candle.low, straight + wobble)))
        prices.append(price_to)
    return prices


def _volumes(total: int, points: int, anchors: list[int], rng: Random) -> list[int]:
    """Split the volume in whole units; the anchors get theirs first."""
    weights = [rng.random() + 0.2 for _ in range(points)]
    scale = total / sum(weights)
    volumes = [int(weight * scale) for weight in weights]
    rest = total - sum(volumes)
    order = anchors + [index for index in range(points) if index not in anchors]
    for index in order:
        if rest <= 0:
            break
        if volumes[index] == 0 or index in anchors:
            volumes[index] += 1
            rest -= 1
    volumes[anchors[-1]] += rest
    return volumes


def _buyers(prices: list[int], rng: Random) -> list[bool]:
    """A rising price was taken by a buyer, a falling one by a seller, else either."""
    buyers = [rng.random() < 0.5]
    for before, after in pairwise(prices):
        buyers.append(rng.random() < 0.5 if before == after else after > before)
    return buyers
