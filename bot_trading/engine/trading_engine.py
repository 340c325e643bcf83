"""The engine as its users see it: start, give it signals, close, halt, stop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    Announce,
    CloseLeg,
    HaltTrading,
    OrderDenied,
    ResumeTrading,
    SignalDecided,
    SignalReceived,
)
from bot_trading.domain.order import Order
from bot_trading.domain.reports import ExchangeSnapshot
from bot_trading.domain.signal import Signal
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.loop import EngineLoop
from bot_trading.engine.recovery import restore
from bot_trading.engine.report import report_status
from bot_trading.engine.risk_manager import RiskManager
from bot_trading.engine.state import CoreConfig
from bot_trading.execution.reconcile import leg_differences
from bot_trading.log import get_logger
from bot_trading.portfolio.audit import wallet_difference
from bot_trading.ports import ExchangeClient, SignalSource, Store

__all__ = ["TradingEngine"]

_LINES_KEPT = 200
_AUDIT_PAUSE_S = 0.1

log = get_logger(__name__)


class TradingEngine:
    """One account's core with its store and exchanges; it takes ownership of both."""

    def __init__(
        self,
        config: CoreConfig,
        store: Store,
        clients: Mapping[str, ExchangeClient],
        leverage: Decimal,
        clock: Callable[[], int] = now_us,
        signals: SignalSource | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._clients = clients
        self._leverage = leverage
        self._clock = clock
        self._signals = signals
        self._waiters: dict[str, list[asyncio.Future[Order | OrderDenied]]] = {}
        self._loop: EngineLoop | None = None
        self.lines: deque[tuple[int, str, str]] = deque(maxlen=_LINES_KEPT)
        self.decided = 0

    @property
    def loop(self) -> EngineLoop:
        """The running loop; RuntimeError before `start`."""
        if self._loop is None:
            raise RuntimeError("the engine has not been started")
        return self._loop

    @property
    def risk_manager(self) -> RiskManager:
        """Asks the controls without reserving anything."""
        return RiskManager(self.loop.state)

    async def start(self) -> None:
        """Lock the account, load what is stored, prove the exchanges, then listen and trade.

        Raises `AccountLocked`, `StoreUnavailable`, or the exchange's `AuthRejected`,
        `PositionModeMismatch`, `ExchangeUnavailable`; nothing is left open then.
        """
        try:
            await self._store.open(self._config.account)
            stored = await self._store.load()
            for name, client in self._clients.items():
                await client.open()
                for instrument_id in self._config.instrument_ids:
                    if instrument_id.exchange == name:
                        await client.set_leverage(instrument_id.symbol, self._leverage)
        except BaseException:
            await self._close_connections()
            raise
        state = restore(self._config, stored, self._clock())
        self._loop = EngineLoop(
            state, self._store, self._clients, self._heard, self._clock, self._signals
        )
        self._loop.start()

    async def wait(self) -> None:
        """Until something ends the engine; raises what did."""
        await self.loop.wait()

    async def audit(self, tries: int = 20) -> tuple[str, ...]:
        """What does not add up between us and the exchanges: legs and wallet, to the last decimal.

        Asked again while messages are under way; empty when everything agrees.
        """
        problems: list[str] = []
        for name, client in self._clients.items():
            found: list[str] = []
            for _ in range(tries):
                found = self._audit_differences(name, await self._read_all(name, client))
                if not found:
                    break
                await asyncio.sleep(_AUDIT_PAUSE_S)
            problems += found
        return tuple(problems)

    async def stop(self) -> bool:
        """Take back resting entries, keep stops, write everything down; False if it could not."""
        is_clean = await self.loop.stop()
        await self._close_connections()
        for waiters in self._waiters.values():
            for future in waiters:
                future.cancel()
        return is_clean

    async def process_signal(self, signal: Signal, timeout_s: float = 5.0) -> Order | OrderDenied:
        """Follow a signal: an Order once its send was answered or is UNKNOWN, or an OrderDenied.

        Cancelling the caller cancels nothing, and giving the same signal again is answered with the
        same order. Raises TimeoutError when nothing was decided in `timeout_s`.
        """
        future: asyncio.Future[Order | OrderDenied] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(signal.signal_id, []).append(future)
        self.loop.publish(SignalReceived(signal=signal, ts_init_us=self._clock()))
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(future)
        finally:
            waiters = self._waiters.get(signal.signal_id, [])
            if future in waiters:
                waiters.remove(future)
            if not waiters:
                self._waiters.pop(signal.signal_id, None)

    def close_position_partial(self, leg_id: LegId, close_ratio: Decimal, request_id: str) -> None:
        """Close `close_ratio` (0 < r ≤ 1) of a leg at market, reduce-only, through risk.

        `request_id` makes a repetition harmless. Raises ValueError for a ratio outside its range.
        """
        if not 0 < close_ratio <= 1:
            raise ValueError(f"close_ratio is {close_ratio}: it lies above 0 and at most at 1")
        self.loop.publish(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=close_ratio,
                request_id=request_id,
                ts_init_us=self._clock(),
            )
        )

    def halt(self, who: str, why: str, state: TradingState = TradingState.HALTED) -> None:
        """Stop new risk; protection keeps resting."""
        event = HaltTrading(who=who, why=why, state=state, ts_init_us=self._clock())
        self.loop.publish(event)

    def resume(self, who: str, why: str, state: TradingState = TradingState.ACTIVE) -> None:
        """Allow new risk again, or only exits with REDUCING: a person's step, never a rule's."""
        event = ResumeTrading(who=who, why=why, state=state, ts_init_us=self._clock())
        self.loop.publish(event)

    def status(self) -> CoreStatus:
        """One look at the core."""
        return report_status(self.loop.state)

    def _heard(self, command: Announce | SignalDecided) -> None:
        if isinstance(command, Announce):
            self.lines.append((self._clock(), command.level, command.text))
            log.log(_LEVELS[command.level], command.text)
            return
        self.decided += 1
        for future in self._waiters.pop(command.signal_id, ()):
            if not future.done():
                future.set_result(command.result)

    async def _read_all(self, name: str, client: ExchangeClient) -> ExchangeSnapshot:
        symbols = [each.symbol for each in self._config.instrument_ids if each.exchange == name]
        return await client.take_snapshot(symbols, self.loop.state.since_us.get(name, 0))

    def _audit_differences(self, name: str, snapshot: ExchangeSnapshot) -> list[str]:
        state = self.loop.state
        found = [str(each) for each in leg_differences(name, state.legs, snapshot.legs)]
        origin = state.wallet_origin.get(name)
        if origin is None:
            return [*found, f"{name}: was never reconciled, so its wallet cannot be explained"]
        legs = [leg for leg in state.legs.values() if leg.leg_id.exchange == name]
        unexplained = wallet_difference(*origin, snapshot.balance.wallet_balance, legs)
        if unexplained:
            found.append(f"{name}: {unexplained:f} of the wallet's change is not explained by legs")
        return found

    async def _close_connections(self) -> None:
        for client in self._clients.values():
            await client.close()
        await self._store.close()


_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
