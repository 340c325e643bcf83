"""Pays funding between legs and the market at every funding boundary.

Amount = quantity x mark price x rate; with a positive rate a long pays and a short receives.
"""

from exchange_simulator.fills import log_change
from exchange_simulator.model import (
    ZERO,
    Account,
    CreateCause,
    Execution,
    ExecutionKind,
    Leg,
    StopKind,
)
from exchange_simulator.state import Exchange, money

__all__ = ["next_funding_ms", "settle_funding"]


def next_funding_ms(exchange: Exchange) -> int | None:
    """Return the first boundary after now at which a held leg is due, or None without legs."""
    due = [
        exchange.markets[symbol].next_funding_ms(exchange.now_ms)
        for symbol, accounts in exchange.exposed.items()
        if accounts
    ]
    return min(due) if due else None


def settle_funding(exchange: Exchange, settlement_ms: int) -> None:
    """Settle every held leg whose symbol has a boundary at this moment."""
    for symbol, account_ids in exchange.exposed.items():
        market = exchange.markets[symbol]
        if not account_ids or market.next_funding_ms(settlement_ms - 1) != settlement_ms:
            continue
        for account_id in sorted(account_ids):
            account = exchange.by_id[account_id]
            for leg in account.held():
                if leg.symbol == symbol:
                    _settle(exchange, account, leg, settlement_ms)


def _settle(exchange: Exchange, account: Account, leg: Leg, settlement_ms: int) -> None:
    market = exchange.markets[leg.symbol]
    if leg.side is None:
        return
    rate = market.funding_rate(settlement_ms)
    mark = market.mark
    value = leg.qty * mark
    paid = money(value * rate) * leg.side.sign
    if exchange.rules.funding_from_isolated and account.isolated(leg.symbol, leg.index):
        leg.extra_margin -= paid
    account.wallet -= paid
    account.funding_paid += paid
    account.realised_ever -= paid
    exchange.crowd.wallet += paid
    exchange.crowd.funding_paid -= paid
    leg.realised_now -= paid
    leg.realised_ever -= paid
    leg.updated_ms = exchange.now_ms
    execution_id = exchange.identifier("execution")
    execution = Execution(
        execution_id=execution_id,
        match_id=execution_id,
        kind=ExecutionKind.FUNDING,
        order_id=f"{settlement_ms}-{account.account_id}-{leg.symbol}-{leg.index}",
        client_id="",
        symbol=leg.symbol,
        side=leg.side,
        leg_index=leg.index,
        order_kind=None,
        stop_kind=StopKind.NONE,
        create_cause=CreateCause.USER,
        order_price=ZERO,
        order_qty=ZERO,
        price=mark,
        qty=leg.qty,
        value=value,
        fee=paid,
        fee_rate=rate,
        coin_fee=ZERO,
        maker=False,
        closed_qty=ZERO,
        leaves=ZERO,
        realised=ZERO,
        mark=mark,
        index=market.index,
        time_ms=settlement_ms,
        seq=market.seq,
    )
    exchange.tell_execution(account, execution)
    log_change(exchange, account, leg, execution, kind="SETTLEMENT")
    exchange.touch_leg(account, leg)
    exchange.touch_wallet(account)
