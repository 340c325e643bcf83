"""The compiler's memory is given back, and nothing that was changed goes with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot_trading.ml.memory import clean_mappings

ROOT = Path(__file__).resolve().parents[4]
MAPPING = """\
{addresses} {rights} 00001000 fe:00 {inode}                      {path}
Size:                 64 kB
Rss:                  {rss} kB
Private_Clean:        {rss} kB
Anonymous:            {anonymous} kB
VmFlags: rd ex mr mw me
"""
SCRIPT = """
import psutil
from bot_trading.ml.memory import ready_kernels
before = psutil.Process().memory_info().rss
given = ready_kernels()
from tests.builders.feature_tables import a_table
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
table, stream = a_table(203), FeatureStream(["A"])
batch = batch_features(table)
stream.load("A", table.cut(0, 200))
rows = table.matrix().T[200:]
assert all((stream.update({"A": row})[0] == batch[200 + at]).all() for at, row in enumerate(rows))
print(given, ready_kernels())
"""


def _mapping(addresses: str, rights: str, path: str, rss: int, anonymous: int) -> str:
    return MAPPING.format(
        addresses=addresses, rights=rights, inode=7, path=path, rss=rss, anonymous=anonymous
    )


def test_only_clean_pages_of_the_library_are_named() -> None:
    """What may be written, was changed, is not resident or belongs to another file is kept."""
    library = "/opt/my env/libllvmlite.so"
    text = "".join(
        (
            _mapping("1000-2000", "r-xp", library, 4, 0),
            _mapping("2000-3000", "rw-p", library, 4, 0),
            _mapping("3000-4000", "r--p", library, 4, 4),
            _mapping("4000-5000", "r--p", library, 0, 0),
            _mapping("5000-6000", "r-xp", "/lib/libc.so.6", 4, 0),
            _mapping("6000-7000", "rw-p", "", 4, 4),
            _mapping("7000-9000", "r--p", library, 8, 0),
        )
    )
    found = list(clean_mappings(text.splitlines(), "libllvmlite"))
    assert found == [(0x1000, 0x2000, 4096), (0x7000, 0x9000, 8192)]


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's view of memory")
def test_kernels_run_on_after_their_compiler_was_let_go() -> None:
    """Tens of megabytes are given back, once, and features are those of the batch to the bit."""
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    given, again = map(int, done.stdout.split())
    assert given == again > 20_000_000
