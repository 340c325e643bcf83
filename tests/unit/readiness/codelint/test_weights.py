"""How heavy a finding is where its place decides: what happens again and again weighs more."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.check import Severity
from readiness.codelint import analyse

_READ = """
async def on_{what}({what}):
    return open("limits.json").read()
"""
_FLUSH = """
class Flusher:
    async def run(self):
        {loop}
            await self.flush()

    async def flush(self):
        try:
            await self.sink.write(self.rows)
        except BaseException:
            return
"""
_SENT = """
def body(symbol, side, qty):
    return dict({words}qty={qty})
"""


def _weight(folder: Path, rule: str, text: str) -> Severity:
    (folder / "bot.py").write_text(text, encoding="utf-8")
    [found] = [each for each in analyse(folder).findings if each.rule_id == rule]
    return found.severity


@pytest.mark.parametrize(
    ("what", "weight"), [("fill", Severity.HIGH), ("settings", Severity.MEDIUM)]
)
def test_a_file_that_is_read_per_event_weighs_more(
    tmp_path: Path, what: str, weight: Severity
) -> None:
    """A stall of milliseconds at each fill adds up; one at a change of settings does not."""
    assert _weight(tmp_path, "D11", _READ.format(what=what)) is weight


@pytest.mark.parametrize(
    ("loop", "weight"), [("while True:", Severity.HIGH), ("if self.rows:", Severity.MEDIUM)]
)
def test_a_swallowed_cancellation_weighs_more_in_a_loop(
    tmp_path: Path, loop: str, weight: Severity
) -> None:
    """The coroutine ends, but the loop that awaits it goes on after the cancellation."""
    assert _weight(tmp_path, "D22", _FLUSH.format(loop=loop)) is weight


@pytest.mark.parametrize(
    ("words", "qty", "weight"),
    [
        ("symbol=symbol, side=side, ", "str(float(qty))", Severity.HIGH),
        ("symbol=symbol, side=side, order_type='Market', ", "float(qty)", Severity.HIGH),
        ("symbol=symbol, side=side, ", "float(qty)", Severity.MEDIUM),
        ("symbol=symbol, ", "str(float(qty))", Severity.MEDIUM),
    ],
)
def test_a_float_weighs_more_in_the_request_of_an_order(
    tmp_path: Path, words: str, qty: str, weight: Severity
) -> None:
    """There 0.00001 is spelled 1e-05, which exchanges refuse; in a row to look at it is not."""
    assert _weight(tmp_path, "T08", _SENT.format(words=words, qty=qty)) is weight
