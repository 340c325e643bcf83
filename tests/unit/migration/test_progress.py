"""What a run shows: a bar per stream, how fast it is, and what goes into quarantine."""

from __future__ import annotations

import io

from rich.console import Console

from migration.progress import shown


def test_each_stream_has_its_bar() -> None:
    """Rows done and rows in quarantine are shown under the stream's name."""
    text = io.StringIO()
    console = Console(file=text, width=120)
    with shown(console, {"orders": 30, "trades": 10}) as advance:
        advance("orders", 18, 2)
        advance("orders", 9, 1)
        advance("trades", 10, 0)
    said = text.getvalue()
    assert "orders" in said
    assert "30/30" in said
    assert "3 in quarantine" in said
    assert "10/10" in said
    assert "rows/s" in said


def test_a_stream_without_rows_is_no_obstacle() -> None:
    """A table that is empty shows nothing done."""
    text = io.StringIO()
    with shown(Console(file=text, width=120), {"signals": 0}):
        pass
    assert "0/0" in text.getvalue()
