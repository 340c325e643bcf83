"""Reads code trees, never imports or runs them, and names what will cost money.

`analyse` is the one entry; `python -m readiness.codelint` is its command line.
"""

from __future__ import annotations

from readiness.codelint.analysis import Analysis, Config, analyse
from readiness.codelint.sources import NotAnalysed

__all__ = ["Analysis", "Config", "NotAnalysed", "analyse"]
