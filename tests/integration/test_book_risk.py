"""The book's risk over real sockets: returns of the exchange's own candles, groups by a process."""

from __future__ import annotations

from decimal import Decimal

from bot_trading import correlation
from bot_trading.domain.returns import ReturnHistory
from bot_trading.engine.bootstrap import build_database, build_engine
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.risk.returns import BookSpec
from bot_trading.storage import schema
from tests.builders.running_simulator import running_simulator
from tests.builders.sessions import settings_for
from tests.builders.waiting import wait_until


async def test_a_start_reads_the_past_of_every_symbol(database_url: str) -> None:
    """Hourly returns, aligned, measured at once: no leg is open, so that nothing can be lost."""
    await schema.upgrade(database_url)
    options = ("--symbols", "BTCUSDT,ETHUSDT", "--position-mode", "hedge", "--speed", "1")
    async with running_simulator(*options) as simulator:
        place = simulator.config()
        names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
        settings = settings_for({"bybit": {name: getattr(place, name) for name in names}})
        keys = Credentials(api_key=simulator.api_key, api_secret=simulator.api_secret)
        engine = build_engine(settings, "book", build_database(database_url), {"bybit": keys})
        await engine.start()
        try:
            book = engine.loop.state.risk.book
            await wait_until(lambda: book.history is not None)
            history = book.history
            assert history is not None
            assert set(history.returns) == {"BTCUSDT", "ETHUSDT"}
            assert (history.period_s, history.missing) == (3600, {})
            assert history.count >= settings.risk.book.returns_min
            assert Decimal(0) < book.unit("BTCUSDT", is_long=True).value_at_risk < Decimal("0.3")
            assert (book.figures.value_at_risk, book.is_measured) == (0, True)
        finally:
            await engine.stop()


async def test_groups_come_from_a_process_of_their_own() -> None:
    """Two that move as one, one against them, and one by itself; it ends with its answer."""
    waves = [Decimal(1 if (n * 7) % 5 < 2 else -1) / 100 for n in range(200)]
    other = [Decimal(1 if (n * n) % 7 < 3 else -1) / 100 for n in range(200)]
    history = ReturnHistory(
        period_s=3600,
        horizon_s=3600,
        until_us=0,
        returns={
            "A": tuple(waves),
            "B": tuple(each * 3 for each in waves),
            "C": tuple(-each for each in waves),
            "D": tuple(other),
            "STILL": tuple([Decimal(0)] * 200),
        },
        missing={},
    )
    groups = await correlation.estimate(history, BookSpec())
    assert set(groups) == {frozenset("ABC"), frozenset("D")}
