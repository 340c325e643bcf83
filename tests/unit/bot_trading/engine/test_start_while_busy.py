"""A start while the exchange asks to be left alone for a while."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import RateLimited
from bot_trading.storage.memory import MemoryStore
from tests.builders.core import a_core_config
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange


class Busy(ModelClient):
    """An exchange that refuses to be opened `refusals` times."""

    refusals = 0
    retry_at_ms: int | None = None

    async def open(self) -> None:
        """Refused while `refusals` are left."""
        if self.refusals:
            self.refusals -= 1
            raise RateLimited("too many requests", self.retry_at_ms)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits double from here instead of from a second."""
    monkeypatch.setattr("bot_trading.engine.trading_engine._LATE_FIRST_S", 0.02)


def _started_on(client: ModelClient) -> TradingEngine:
    model = client.model
    return TradingEngine(
        a_core_config(), MemoryStore(), {"bybit": client}, Decimal(1), clock=lambda: model.now_us
    )


@pytest.mark.parametrize("retry_after_ms", [None, 50])
async def test_a_start_waits_for_an_exchange_that_asks_it_to(retry_after_ms: int | None) -> None:
    """Too many requests is an answer: the start is tried again instead of given up."""
    client = Busy(ModelExchange())
    client.refusals = 3
    if retry_after_ms is not None:
        client.retry_at_ms = client.model.now_us // 1000 + retry_after_ms
    engine = _started_on(client)
    await engine.start()
    assert (client.refusals, engine.loop.state.config.account) == (0, "test")
    await engine.stop()


async def test_a_start_does_not_wait_for_ever() -> None:
    """An exchange that asks for longer than the bound is a refusal, and is asked once."""
    client = Busy(ModelExchange())
    client.refusals, client.retry_at_ms = 5, client.model.now_us // 1000 + 3_600_000
    with pytest.raises(RateLimited, match="too many"):
        await _started_on(client).start()
    assert client.refusals == 4
    assert client.is_closed
