"""What an account and its key must be before the bot trades with them."""

from __future__ import annotations

from bot_trading.domain.account import PositionMode
from bot_trading.errors import AuthRejected, PositionModeMismatch
from bot_trading.exchanges.okx.wire import AccountConfig

__all__ = ["can_withdraw", "check_account", "mode_of"]

MODES = {"long_short_mode": PositionMode.HEDGE, "net_mode": PositionMode.ONE_WAY}
SPOT_ONLY = "1"


def check_account(account: AccountConfig) -> None:
    """Refuse a key that may too much or too little, and an account that keeps legs otherwise."""
    if can_withdraw(account):
        raise AuthRejected(
            "this API key may withdraw money, which a trading bot must not: remove the permission "
            "Withdraw from it, or create a key without it"
        )
    if "trade" not in account.perm.split(","):
        raise AuthRejected("this API key may only read: give it the permission Trade")
    if account.acct_lv == SPOT_ONLY:
        raise AuthRejected(
            "this account is in spot mode, which has no swaps: choose futures mode in its settings"
        )
    if mode_of(account) is not PositionMode.HEDGE:
        raise PositionModeMismatch(
            "this account is in net mode, expected hedge (long/short) mode: close its positions "
            "and orders, then switch the position mode (POST /api/v5/account/set-position-mode "
            "with long_short_mode, or the exchange's own settings)"
        )


def mode_of(account: AccountConfig) -> PositionMode:
    """ONE_WAY for every word but the one that we trade in."""
    return MODES.get(account.pos_mode, PositionMode.ONE_WAY)


def can_withdraw(account: AccountConfig) -> bool:
    return "withdraw" in account.perm.split(",")
