"""Whether inputs still look like those of training: population stability index per feature.

PSI = sum over bins of (live - trained) * ln(live / trained), bins being the deciles of training.
Slow features differ from week to week, and symbols from each other, without meaning anything: each
feature's limit is the largest PSI of any one symbol's week within training, and at least the usual
0.25.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.refusals import ArtifactRefused

__all__ = ["DriftWatch", "Reference", "encode_reference", "make_reference", "psi", "read_reference"]

_BINS = 10
_PSI_MIN = 0.25
_SHARE_FLOOR = 1e-4
_WEEK_ROWS_MIN = 150
_WEEK_US = 7 * 86_400_000_000
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Per feature: inner decile edges (features, 9), trained shares (features, 10), PSI limit."""

    edges: Floats
    shares: Floats
    limits: Floats


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    edges: list[list[float]]
    shares: list[list[float]]
    limits: list[float]


def make_reference(
    rows: Floats, decided_us: Ints, symbol_at: npt.NDArray[np.signedinteger]
) -> Reference:
    """From the rows that a model learned from, their instants and the number of their symbol."""
    steps = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = np.round(np.quantile(rows, steps, axis=0).T, 10)
    shares = _shares(edges, rows)
    week = decided_us // _WEEK_US * 1_000 + symbol_at
    limits = np.full(len(edges), _PSI_MIN)
    for value in np.unique(week):
        part = rows[week == value]
        if len(part) >= _WEEK_ROWS_MIN:
            limits = np.maximum(limits, _psi(shares, _shares(edges, part)))
    return Reference(edges=edges, shares=shares, limits=limits)


def psi(reference: Reference, rows: Floats) -> Floats:
    """The index of each feature over these rows."""
    return _psi(reference.shares, _shares(reference.edges, rows))


def encode_reference(reference: Reference) -> bytes:
    """The reference as JSON, numbers to six significant digits where that is enough."""
    stored = _Stored(
        edges=reference.edges.tolist(),
        shares=np.round(reference.shares, _DIGITS).tolist(),
        limits=np.round(reference.limits, _DIGITS).tolist(),
    )
    return msgspec.json.encode(stored)


def read_reference(data: bytes, feature_count: int) -> Reference:
    """Read what `encode_reference` wrote; raises `ArtifactRefused` for another shape."""
    try:
        stored = msgspec.json.decode(data, type=_Stored)
        reference = Reference(
            edges=np.array(stored.edges, dtype=np.float64),
            shares=np.array(stored.shares, dtype=np.float64),
            limits=np.array(stored.limits, dtype=np.float64),
        )
    except (msgspec.DecodeError, ValueError) as error:
        raise ArtifactRefused(f"the model's drift reference cannot be read: {error}") from error
    wanted = ((feature_count, _BINS - 1), (feature_count, _BINS), (feature_count,))
    if (reference.edges.shape, reference.shares.shape, reference.limits.shape) != wanted:
        raise ArtifactRefused(
            f"the drift reference is for {len(reference.edges)} features, not {feature_count}"
        )
    return reference


class DriftWatch:
    """The last week of inputs against the reference, one row an hour and symbol.

    Counts are kept as rows come and go, so that a row costs the same however many are kept.
    `share_max` is the share of features above their limits from which a model is drifting; it says
    nothing before `rows_min` rows were seen.
    """

    def __init__(
        self,
        reference: Reference,
        *,
        rows_kept: int = 2_000,
        rows_min: int = 500,
        share_max: float = 0.2,
        every_us: int = 3_600_000_000,
    ) -> None:
        features = len(reference.edges)
        self._reference = reference
        self._bins = np.zeros((rows_kept, features), dtype=np.int8)
        self._counts = np.zeros((features, _BINS))
        self._seen = 0
        self._rows_min = rows_min
        self._share_max = share_max
        self._every_us = every_us
        self._seen_us: dict[str, int] = {}
        self._share = 0.0

    def add(self, symbol: str, row: Floats, ts_event_us: int) -> None:
        """Note a row of features, unless the symbol's last one is less than an hour old."""
        if ts_event_us - self._seen_us.get(symbol, -self._every_us) < self._every_us:
            return
        self._seen_us[symbol] = ts_event_us
        features = np.arange(len(row))
        slot = self._seen % len(self._bins)
        if self._seen >= len(self._bins):
            self._counts[features, self._bins[slot]] -= 1
        self._bins[slot] = (self._reference.edges <= row[:, None]).sum(axis=1)
        self._counts[features, self._bins[slot]] += 1
        self._seen += 1
        if self._seen >= self._rows_min:
            live = self._counts / min(self._seen, len(self._bins))
            over = _psi(self._reference.shares, live) > self._reference.limits
            self._share = float(over.mean())

    @property
    def drifted_share(self) -> float:
        """Share of features above their limits."""
        return self._share

    @property
    def is_drifting(self) -> bool:
        """True when too many features left the range in which the model learned."""
        return self._share > self._share_max


def _shares(edges: Floats, rows: Floats) -> Floats:
    counts = np.empty((len(edges), _BINS))
    for at, edge in enumerate(edges):
        bins = np.searchsorted(edge, rows[:, at], side="right")
        counts[at] = np.bincount(bins, minlength=_BINS)
    return counts / len(rows)


def _psi(trained: Floats, live: Floats) -> Floats:
    before = np.maximum(trained, _SHARE_FLOOR)
    after = np.maximum(live, _SHARE_FLOOR)
    result: Floats = np.sum((after - before) * np.log(after / before), axis=1)
    return result
