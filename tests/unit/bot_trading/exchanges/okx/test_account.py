"""Which accounts and keys the bot trades with."""

from __future__ import annotations

import pytest

from bot_trading.domain.account import PositionMode
from bot_trading.errors import AuthRejected, PositionModeMismatch
from bot_trading.exchanges.okx.account import can_withdraw, check_account, mode_of
from bot_trading.exchanges.okx.wire import AccountConfig

GOOD = AccountConfig(uid="7", pos_mode="long_short_mode", perm="read_only,trade", acct_lv="2")


def test_a_futures_account_in_hedge_mode_will_do() -> None:
    """A key that reads and trades on it passes."""
    check_account(GOOD)
    assert mode_of(GOOD) is PositionMode.HEDGE
    assert not can_withdraw(GOOD)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"perm": "read_only,trade,withdraw"}, "remove the permission Withdraw"),
        ({"perm": "read_only"}, "permission Trade"),
        ({"perm": ""}, "permission Trade"),
        ({"acct_lv": "1"}, "spot mode"),
    ],
)
def test_a_key_that_may_too_much_or_too_little_is_refused(
    changes: dict[str, str], hint: str
) -> None:
    """One sentence tells what to change."""
    parts = {"uid": "7", "pos_mode": "long_short_mode", "perm": "read_only,trade", "acct_lv": "2"}
    with pytest.raises(AuthRejected, match=hint):
        check_account(AccountConfig(**(parts | changes)))


@pytest.mark.parametrize("word", ["net_mode", "", "some_new_mode"])
def test_every_mode_but_ours_is_refused(word: str) -> None:
    """An account whose legs would be netted, or kept in a way we do not know, is not traded."""
    account = AccountConfig(uid="7", pos_mode=word, perm="trade")
    assert mode_of(account) is PositionMode.ONE_WAY
    with pytest.raises(PositionModeMismatch, match="long_short_mode"):
        check_account(account)
