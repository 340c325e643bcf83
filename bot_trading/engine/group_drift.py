"""How far money wandered between the two exchanges of a pair, since the week began."""

from __future__ import annotations

from bot_trading.arbitrage.drift import BalanceDrift, balance_drift
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.messages import Announce, Command, Record, RiskEvent
from bot_trading.domain.risk import FigureName
from bot_trading.engine.state import EngineState

__all__ = ["drift_of", "note_drift"]


def drift_of(state: EngineState, spec: ArbitrageSpec) -> BalanceDrift | None:
    """What both exchanges confirmed last against what the week began with; None where an exchange
    told nothing."""
    starts = [state.risk.figure(FigureName.WEEK_START, name) for name in spec.exchanges]
    newest = [state.risk.figure(FigureName.EQUITY, name) for name in spec.exchanges]
    then = [None if each is None else each.value for each in starts]
    now = [None if each is None else each.value for each in newest]
    if then[0] is None or then[1] is None:
        return None
    return balance_drift((then[0], then[1]), (now[0], now[1]))


def note_drift(state: EngineState, spec: ArbitrageSpec, out: list[Command]) -> None:
    """Say how the shares moved; beyond the bound it is a risk event, since nothing here moves
    money back."""
    drift = drift_of(state, spec)
    if drift is None:
        return
    first, second = spec.exchanges
    percent = drift.drift_ratio * 100
    measured = f"{percent:+.2f} % towards {first}"
    text = f"balances drifted {measured}, {drift.to_move:.2f} would even it to {second}"
    is_beyond = abs(drift.drift_ratio) > spec.drift_max_ratio
    out.append(Announce(level="WARNING" if is_beyond else "INFO", text=text))
    if is_beyond:
        row = RiskEvent(
            event_id=f"balance_drift:{state.now_us}",
            control="balance_drift",
            measured=measured,
            limit=f"{spec.drift_max_ratio * 100:f} %",
            action="REPORTED",
            leg_id=None,
            signal_id=None,
            ts_init_us=state.now_us,
        )
        out.append(Record(row=row, ts_init_us=state.now_us))
