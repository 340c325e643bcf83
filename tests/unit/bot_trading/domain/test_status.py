"""What a core says of itself survives the way through a database row."""

from __future__ import annotations

import msgspec

from bot_trading.domain.status import CoreStatus
from bot_trading.engine.report import report_status
from tests.builders.core import a_ready_state


def test_a_status_reads_back_as_it_was_written() -> None:
    """Decimals and enums come back equal from their JSON form."""
    status = report_status(a_ready_state())
    assert msgspec.convert(msgspec.to_builtins(status), CoreStatus, strict=False) == status
