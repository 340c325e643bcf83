"""Signs and signals around a start: what is there before the first turn halts the first turn."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bot_trading import early_halt
from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import OrderDenied
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.halt_sign import Sign, leave, read
from bot_trading.halt_watch import heeding_signs
from bot_trading.storage.memory import MemoryStore
from tests.builders.core import a_core_config, a_signal
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.waiting import wait_until

HALT = Sign(resumes=False, who="ann", why="lunch")
RESUME = Sign(resumes=True, who="bea", why="looked")


@pytest.fixture(autouse=True)
def _handler_of_before() -> Iterator[None]:
    """Each test leaves the process's own answer to the signal as it was."""
    before = signal.getsignal(signal.SIGUSR1)
    early_halt.take()
    yield
    signal.signal(signal.SIGUSR1, before)
    early_halt.take()


def _an_engine() -> tuple[TradingEngine, ModelClient]:
    client = ModelClient(ModelExchange())
    model = client.model
    engine = TradingEngine(
        a_core_config(), MemoryStore(), {"bybit": client}, Decimal(3), clock=lambda: model.now_us
    )
    return engine, client


@asynccontextmanager
async def _started(engine: TradingEngine) -> AsyncIterator[None]:
    """The engine runs, and its exchange agrees with it."""
    await engine.start()
    try:
        yield
    finally:
        await engine.stop()


async def test_a_file_that_is_there_halts_before_the_first_turn(tmp_path: Path) -> None:
    """The core is halted by its first turn, and never sends an entry once its exchange agrees."""
    leave(tmp_path, HALT)
    engine, client = _an_engine()
    async with heeding_signs(engine, tmp_path), _started(engine):
        await asyncio.sleep(0)
        state = engine.loop.state
        assert (state.trading_state, state.trading_state_why) == (TradingState.HALTED, "ann: lunch")
        await wait_until(lambda: state.health["bybit"].not_ready == "")
        denied = await engine.process_signal(a_signal())
        assert isinstance(denied, OrderDenied)
        assert denied.control == "trading_state"
    assert client.model.orders == {}


async def test_a_signal_of_before_the_start_halts(tmp_path: Path) -> None:
    """Kept while the process began, it counts as if the engine had been there."""
    early_halt.listen()
    os.kill(os.getpid(), signal.SIGUSR1)
    engine, _ = _an_engine()
    async with heeding_signs(engine, tmp_path), _started(engine):
        await wait_until(lambda: engine.loop.turns > 0)
        assert engine.loop.state.trading_state_why == "SIGUSR1: a signal to the process"


async def test_a_signal_while_the_engine_starts_halts(tmp_path: Path) -> None:
    """Exchanges are still being opened; the process neither dies nor forgets."""
    engine, _ = _an_engine()
    async with heeding_signs(engine, tmp_path):
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        async with _started(engine):
            await wait_until(lambda: engine.loop.turns > 0)
            assert engine.loop.state.trading_state is TradingState.HALTED


async def test_a_signal_after_the_end_does_not_kill(tmp_path: Path) -> None:
    """What is read back and told at the end of a run is told."""
    engine, _ = _an_engine()
    async with heeding_signs(engine, tmp_path):
        pass
    os.kill(os.getpid(), signal.SIGUSR1)
    assert early_halt.take()


async def test_a_resume_waits_for_the_engine(tmp_path: Path) -> None:
    """A start that is refused does not use it up; one that runs follows it once."""
    leave(tmp_path, RESUME)
    refused, _ = _an_engine()
    async with heeding_signs(refused, tmp_path):
        await asyncio.sleep(0.6)
    assert read(tmp_path) == RESUME
    engine, _ = _an_engine()
    async with heeding_signs(engine, tmp_path), _started(engine):
        engine.halt("core", "a rule")
        await wait_until(lambda: read(tmp_path) is None)
        state = engine.loop.state
        await wait_until(lambda: state.trading_state is TradingState.ACTIVE)
