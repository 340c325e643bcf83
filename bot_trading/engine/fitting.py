"""What a start finds out before it trades: exits below a tick, groups that nobody would follow."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import FINEST_STEP, SYMBOL_MAX_CHARS
from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ExchangeError, ExchangeUnavailable, RateLimited
from bot_trading.log import get_logger
from bot_trading.ports import ExchangeClient
from bot_trading.sltp.policy import ExitPolicy

__all__ = ["exits_misfit", "groups_misfit", "steps_misfit"]

log = get_logger(__name__)


async def exits_misfit(
    config: CoreConfig, name: str, client: ExchangeClient, now_us: int
) -> str | None:
    """Why the declared exits cannot work on a symbol of this exchange, or None.

    Only distances in quote coin can be judged without a price, and only they make it ask: those in
    percent, and instruments that change later, are judged at each entry. What an exchange does not
    tell now is judged then too.
    """
    policies = [each for each in (config.exits, config.short_exits) if _is_absolute(each)]
    symbols = [each.symbol for each in config.instrument_ids if each.exchange == name]
    if not policies or not symbols:
        return None
    try:
        instruments = (await client.take_snapshot(symbols, now_us)).instruments
    except ExchangeError as error:
        log.warning("ticks could not be read", name=name, reason=str(error))
        return None
    for instrument in instruments:
        for policy in policies:
            # At a price without bound every percent spans a tick, so that none is judged here.
            problem = policy and policy.problem_with(instrument, Decimal("Infinity"))
            if problem:
                return f"{problem}: write a distance of at least one tick"
    return None


async def steps_misfit(
    config: CoreConfig, name: str, client: ExchangeClient, now_us: int
) -> str | None:
    """Why orders on a symbol of this exchange could not be written down, or None.

    Raises `ExchangeUnavailable` or `RateLimited` where the exchange may answer later.
    """
    symbols = [each.symbol for each in config.instrument_ids if each.exchange == name]
    if not symbols:
        return None
    for symbol in symbols:
        if len(symbol) > SYMBOL_MAX_CHARS:
            return f"{symbol} is longer than {SYMBOL_MAX_CHARS} characters: take it out of symbols"
    try:
        instruments = (await client.take_snapshot(symbols, now_us)).instruments
    except (ExchangeUnavailable, RateLimited):
        raise
    except ExchangeError as error:
        log.warning("steps could not be read", name=name, reason=str(error))
        return None
    for instrument in instruments:
        for what, step in (("price", instrument.tick_size), ("quantity", instrument.qty_step)):
            if step % FINEST_STEP:
                return (
                    f"{instrument.instrument_id} moves its {what} by {step.normalize():f}, and"
                    f" orders are kept with at most 8 digits after the point: take it out of the"
                    " symbols"
                )
    return None


def groups_misfit(config: CoreConfig, groups: Iterable[LegGroup]) -> str | None:
    """Why an open group of two legs cannot be followed by this configuration, or None.

    Without its pair a leg would have neither a horizon nor the other leg to follow.
    """
    traded = () if config.arbitrage is None else config.arbitrage.exchanges
    symbols = {each.symbol for each in config.instrument_ids}
    for group in groups:
        places = {leg.exchange for leg in group.legs}
        is_followed = places == set(traded) and group.long_leg.symbol in symbols
        if not group.is_over and not is_followed:
            return (
                f"{group.group_id} holds {group.long_leg} and {group.short_leg}: start with"
                " strategy.source arbitrage on these exchanges and this symbol until it is over"
            )
    return None


def _is_absolute(policy: ExitPolicy | None) -> bool:
    trailing = None if policy is None else policy.trailing_stop
    return trailing is not None and trailing.distance_usdt is not None
