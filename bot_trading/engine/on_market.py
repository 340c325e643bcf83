"""What the core does with candles and prices."""

from __future__ import annotations

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.messages import Announce, Command, LoadCandles
from bot_trading.domain.reports import CandleClosed, CandleHistory, QuoteSeen
from bot_trading.engine.decide import enter
from bot_trading.engine.on_exits import look_after_instrument
from bot_trading.engine.on_legs import close_expired
from bot_trading.engine.on_routes import is_heard_here
from bot_trading.engine.risk_watch import note_price
from bot_trading.engine.state import EngineState
from bot_trading.market.candles import Continuity, continuity
from bot_trading.market.volatility import AtrWindow, take_in
from bot_trading.strategy.momentum import MomentumSpec, MomentumWindow, on_candle

__all__ = ["ask_for_candles", "on_candle_closed", "on_candle_history", "on_quote"]


def on_candle_closed(state: EngineState, event: CandleClosed, out: list[Command]) -> None:
    """A live candle: feed the strategy and follow its signal, or ask for what is missing."""
    candle = event.candle
    instrument_id = candle.instrument_id
    problem = candle.problem()
    if problem is not None:
        state.counters["impossible_candles"] += 1
        text = f"candle of {instrument_id} is impossible and was dropped: {problem}"
        out.append(Announce(level="WARNING", text=text))
        return
    last_open_us = state.last_open_us.get(instrument_id)
    follows = continuity(last_open_us, candle)
    if follows is Continuity.REPEATED:
        return
    if follows is Continuity.GAP or last_open_us is None:
        ask_for_candles(state, instrument_id, out)
        return
    state.last_open_us[instrument_id] = candle.open_us
    _time_moves(state, instrument_id.exchange, candle.close_us)
    close_expired(state, out)
    if state.atr_candles:
        take_in(_atr_window(state, instrument_id), candle)
    spec = state.config.momentum
    if spec is None:
        return
    signal = on_candle(state.windows[instrument_id], spec, candle)
    if signal is not None and is_heard_here(state, instrument_id):
        enter(state, signal, out)


def on_candle_history(state: EngineState, event: CandleHistory, out: list[Command]) -> None:
    """Candles that were asked for rebuild the strategy's window; no signal is followed from them.

    A candle that closed on the wire meanwhile and is newer than the history stays missing: the
    next one shows the gap, and the history is asked for again.
    """
    instrument_id = event.instrument_id
    usable = [candle for candle in event.candles if candle.problem() is None]
    if not usable or len(usable) < len(event.candles):
        text = f"history of {instrument_id} holds {len(usable)} usable candles"
        out.append(Announce(level="WARNING", text=f"{text} of {len(event.candles)}"))
    if not usable:
        return
    state.pacing.forget(("candles", instrument_id))
    state.last_open_us[instrument_id] = usable[-1].open_us
    _time_moves(state, instrument_id.exchange, usable[-1].close_us)
    if state.config.momentum is not None:
        state.windows[instrument_id] = _rebuilt_window(state.config.momentum, usable)
    if state.atr_candles:
        state.atr_windows.pop(instrument_id, None)
        for candle in usable:
            take_in(_atr_window(state, instrument_id), candle)


def on_quote(state: EngineState, event: QuoteSeen, out: list[Command]) -> None:
    """Prices moved; one that is older than what we hold is dropped."""
    quote = event.quote
    held = state.quotes.get(quote.instrument_id)
    if held is not None and quote.ts_event_us < held.ts_event_us:
        state.counters["late_quotes"] += 1
        return
    state.put_quote(quote)
    note_price(state, quote)
    _time_moves(state, quote.instrument_id.exchange, quote.ts_event_us)
    if state.exits:
        look_after_instrument(state, quote.instrument_id, out)


def ask_for_candles(state: EngineState, instrument_id: InstrumentId, out: list[Command]) -> None:
    """Ask for the history of an instrument, unless it was asked for a moment ago."""
    config, key = state.config, ("candles", instrument_id)
    if not state.pacing.is_due(key, state.now_us):
        return
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    out.append(
        LoadCandles(
            instrument_id=instrument_id,
            interval_s=state.config.candle_interval_s,
            limit=state.config.warmup_candles,
        )
    )


def _atr_window(state: EngineState, instrument_id: InstrumentId) -> AtrWindow:
    """The volatility of an instrument, unknown at first."""
    window = state.atr_windows.get(instrument_id)
    if window is None:
        window = state.atr_windows[instrument_id] = AtrWindow(period=state.atr_candles)
    return window


def _rebuilt_window(spec: MomentumSpec, candles: list[Candle]) -> MomentumWindow:
    """A window that has seen the candles after the last gap among them."""
    window = MomentumWindow.empty(spec)
    last_open_us: int | None = None
    for candle in candles:
        if continuity(last_open_us, candle) is Continuity.GAP:
            window = MomentumWindow.empty(spec)
        on_candle(window, spec, candle)
        last_open_us = candle.open_us
    return window


def _time_moves(state: EngineState, exchange: str, ts_event_us: int) -> None:
    health = state.exchange_health(exchange)
    if ts_event_us > health.market_us:
        health.market_us = ts_event_us
