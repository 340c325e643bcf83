"""Signals from a model: what `bootstrap` puts together of features, model and threshold.

It is asked after each closed candle and answers inline. What it cannot know, because history is
missing or a candle was lost, is answered by the model room's fallback, which is not followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.signal import Signal
from bot_trading.log import get_logger
from bot_trading.ml.live import LivePredictor, SettledRate
from bot_trading.ml.manager import MLManager
from bot_trading.ports import ExchangeClient
from bot_trading.strategy.ml_signal import SignalGenerator, SignalSpec

__all__ = ["ModelSignals"]

# Two whole UTC days and what is left of the present one, for the longest context of a row.
_HISTORY_S = 3 * 86_400
_RATES = 12

_log = get_logger(__name__)


class ModelSignals:
    """One exchange's candles in, signals out. Implements `ports.SignalSource`."""

    def __init__(
        self, manager: MLManager, spec: SignalSpec, symbols: tuple[str, ...], interval_s: int
    ) -> None:
        self.exchange = spec.exchange
        self._interval_s = interval_s
        self._predictor = LivePredictor(manager, symbols, interval_s)
        self._generator = SignalGenerator(spec)
        self._market_us = self._funding_until_us = 0

    @property
    def problems(self) -> Mapping[str, str]:
        """Why a symbol has no features, by symbol; empty when all have.

        Features hold the funding rate that was settled last, so a further settlement is one too.
        """
        if self._market_us < self._funding_until_us:
            return self._predictor.problems
        why = "funding was settled since the history was read, or is not known"
        return dict.fromkeys(self._predictor.symbols, why) | self._predictor.problems

    @property
    def silences(self) -> Mapping[str, int]:
        """How often each reason kept it silent."""
        return self._generator.silences

    async def load(self, client: ExchangeClient) -> None:
        """Read candles and settled funding of every symbol; raises the client's ExchangeErrors."""
        candles, funding = {}, {}
        limit = _HISTORY_S // self._interval_s
        for symbol in self._predictor.symbols:
            instrument_id = InstrumentId(self.exchange, symbol)
            candles[symbol] = await client.get_candles(instrument_id, self._interval_s, limit)
            funding[symbol] = [
                SettledRate(ts_settled_us=settled.ts_settled_us, rate=float(settled.rate))
                for settled in await client.get_funding_rates(instrument_id, _RATES)
            ]
        self._funding_until_us = min(map(_next_settlement_us, funding.values()))
        problems = self._predictor.load(candles, funding)
        for symbol, why in problems.items():
            _log.warning("no features", symbol=symbol, why=why)

    def on_candle(self, candle: Candle) -> Signal | None:
        """The signal that this close leads to, or None; ages go by the market's clock, so that a
        replayed market is as fresh as a live one."""
        self._market_us = max(self._market_us, candle.close_us)
        found = self._predictor.on_candle(candle, candle.close_us)
        return self._generator.create_from_prediction(found) if found else None


def _next_settlement_us(rates: Sequence[SettledRate]) -> int:
    """When the next rate is due, by the distance of the last two; 0 where fewer are known."""
    if len(rates) < 2:
        return 0
    return 2 * rates[-1].ts_settled_us - rates[-2].ts_settled_us
