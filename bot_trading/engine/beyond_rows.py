"""What no row can keep: a stranger's dealings on an instrument that is never traded here."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import SYMBOL_MAX_CHARS, InstrumentId, is_keepable
from bot_trading.engine.state import EngineState

__all__ = ["is_beyond_rows"]


def is_beyond_rows(state: EngineState, instrument_id: InstrumentId, *quantities: Decimal) -> bool:
    """True where a symbol or a quantity fits no column, so that it is left to whoever made it.

    What is traded here fits, which its start has proved: a fact of it is never left out.
    """
    if instrument_id in state.config.instrument_ids:
        return False
    is_named = 0 < len(instrument_id.symbol) <= SYMBOL_MAX_CHARS
    return not is_named or not all(map(is_keepable, quantities))
