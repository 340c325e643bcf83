"""The command that downloads says in one sentence what it cannot do."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bot_trading.download import app
from bot_trading.errors import BotTradingError

GIVEN = ("--database", "postgresql://127.0.0.1:1/none", "--from", "2026-04-01")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--exchange", "nowhere"), "nowhere is not among trading.exchanges"),
        (("--to", "2026-03-01"), "--from 2026-04-01 must lie before --to 2026-03-01"),
        (("--to", "soon"), "'soon' is no date"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    more: tuple[str, ...], sentence: str
) -> None:
    """Nothing is connected to before the words are understood."""
    done = CliRunner().invoke(app, [*GIVEN, *more])
    assert isinstance(done.exception, BotTradingError)
    assert sentence in str(done.exception)
