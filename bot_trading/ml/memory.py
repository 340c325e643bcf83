"""Serving runs compiled kernels and compiles nothing more, so the compiler's code is given back.

Loading a kernel, even one from the cache, pages in most of LLVM's library: some seventy megabytes
that no prediction needs again. They are clean copies of a file, so Linux may forget them at once
and read them anew should anybody ever compile.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot_trading.features.stream import FeatureStream

__all__ = ["clean_mappings", "ready_kernels"]

COMPILER = "libllvmlite"
SMAPS = Path("/proc/self/smaps")
HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)")
VALUE = re.compile(r"(Rss|Anonymous): +(\d+) kB")


@functools.cache
def ready_kernels() -> int:
    """Load the kernels of features, then let go of their compiler; how many bytes it held.

    Done once a process, before its loop runs. Nothing is given back where the system cannot tell
    which pages are clean, as anywhere but on Linux.
    """
    FeatureStream(()).update({})
    try:
        with SMAPS.open(encoding="utf-8") as lines:
            found = list(clean_mappings(lines, COMPILER))
        forget = ctypes.CDLL(None, use_errno=True).madvise
        advice = mmap.MADV_DONTNEED
    except (OSError, AttributeError):
        return 0
    forget.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(held for low, high, held in found if forget(low, high - low, advice) == 0)


def clean_mappings(lines: Iterable[str], name: str) -> Iterator[tuple[int, int, int]]:
    """First and last address and resident bytes of a library's mappings without a changed page.

    `lines` are those of proc(5)'s smaps. A page that was changed is lost when it is forgotten, so
    a mapping that may be written, or that holds a page of its own, is left alone.
    """
    low = high = resident = 0
    is_wanted = False
    for line in lines:
        head, value = HEAD.match(line), VALUE.match(line)
        if head:
            low, high = int(head[1], 16), int(head[2], 16)
            is_wanted = "w" not in head[3] and name in head[4].rpartition("/")[2]
        elif value and value[1] == "Rss":
            resident = int(value[2]) * 1024
        elif value and is_wanted and resident and value[2] == "0":
            yield low, high, resident
