"""Aged v2 databases for tests and benchmarks: `python -m legacy_v2.aged --help`, or `age(…)`."""

from legacy_v2.aged.database import DIRT_KINDS, SEQUENCE_BEHIND, AgedDatabase, age
from legacy_v2.aged.dirt import DIRT, DirtyRow

__all__ = ["DIRT", "DIRT_KINDS", "SEQUENCE_BEHIND", "AgedDatabase", "DirtyRow", "age"]
