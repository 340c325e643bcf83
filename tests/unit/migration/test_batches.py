"""Lines of a flow's query become lines for three tables, unread but for key and verdict."""

from __future__ import annotations

import pytest

from migration.batches import Batch

ID = b"236d6e1d-4d58-8000-8000-000000000001"
CLEAN = b"1\t\\N\t\\N\t-86\t\\N\t" + ID + b"\tBTC\\tUSDT\t\\N\n"
NOISY = b'2\t\\N\t\\N\t87\t{"fee": "0.3"}\t' + ID + b"\tETHUSDT\t1\n"
DIRTY = b'17\t{symbol:missing}\t{"id": 17, "note": "a\\\\tb"}\t5\t\\N\t\\N\tX\t1\n'


@pytest.fixture
def batch() -> Batch:
    """A batch of orders."""
    return Batch(prefix=b"orders->public.orders\torders\t")


def test_a_clean_row_goes_to_the_target_and_the_key_map(batch: Batch) -> None:
    """The target gets its columns as they came; the key map gets key, id, digest and residue."""
    batch.add(CLEAN)
    assert batch.values == [ID + b"\tBTC\\tUSDT\t\\N\n"]
    assert batch.keys == [b"orders->public.orders\torders\t1\t" + ID + b"\t-86\t\\N\n"]
    assert batch.rejected == []


def test_residue_goes_to_the_key_map(batch: Batch) -> None:
    """What the target cannot hold stays beside the key."""
    batch.add(NOISY)
    assert batch.keys[0].endswith(b'\t87\t{"fee": "0.3"}\n')


def test_a_dirty_row_goes_into_quarantine_whole(batch: Batch) -> None:
    """Nothing of a dirty row reaches the target; its JSON keeps its escapes."""
    batch.add(DIRTY)
    assert (batch.values, batch.keys) == ([], [])
    assert batch.rejected == [
        b'orders->public.orders\torders\t17\t{symbol:missing}\t{"id": 17, "note": "a\\\\tb"}\t5\n'
    ]


def test_a_batch_knows_how_far_it_reaches(batch: Batch) -> None:
    """The last key and the number of rows are those of all lines, dirty ones included."""
    for line in (CLEAN, NOISY, DIRTY):
        batch.add(line)
    assert (batch.rows, batch.last_key) == (3, 17)
    assert Batch.key_of(DIRTY) == 17
    assert Batch.key_of(b"-5\t\\N\n") == -5
