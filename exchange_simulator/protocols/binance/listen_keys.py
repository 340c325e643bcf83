"""Listen keys: who may read an account's stream, for sixty minutes after the last keepalive."""

from hashlib import blake2b

from exchange_simulator.model import Account
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.state import Exchange

__all__ = ["ListenKeys"]

_LIFE_US = 60 * 60_000_000
_NONE = (
    "This listenKey does not exist. Please use `POST /fapi/v1/listenKey` to recreate `listenKey`"
)


class ListenKeys:
    """At most one key per account, by the wall clock."""

    def __init__(self, exchange: Exchange) -> None:
        """Start without keys."""
        self._exchange = exchange
        self._keys: dict[int, str] = {}
        self._accounts: dict[str, Account] = {}
        self._expires_us: dict[str, int] = {}

    def create(self, account: Account) -> str:
        """Return the account's key, new if it has none, and prolong it."""
        key = self._keys.get(account.account_id)
        if key is None:
            text = self._exchange.identifier("listenKey").encode()
            key = blake2b(text, digest_size=32).hexdigest()
            self._keys[account.account_id] = key
            self._accounts[key] = account
        self._expires_us[key] = self._exchange.clock.wall_us + _LIFE_US
        return key

    def prolong(self, account: Account) -> str:
        """Keep the account's key alive and return it.

        Raises:
            ApiError: -1125, it has none.
        """
        if account.account_id not in self._keys:
            raise ApiError(-1125, _NONE)
        return self.create(account)

    def key_of(self, account: Account) -> str:
        """Return the account's key, or an empty text."""
        return self._keys.get(account.account_id, "")

    def delete(self, account: Account) -> str:
        """Forget the account's key; returns it, or an empty text."""
        key = self._keys.pop(account.account_id, "")
        self._accounts.pop(key, None)
        self._expires_us.pop(key, None)
        return key

    def take_expired(self) -> list[str]:
        """Forget the keys whose time is over and return them."""
        now_us = self._exchange.clock.wall_us
        expired = [key for key, until_us in self._expires_us.items() if until_us <= now_us]
        for key in expired:
            self.delete(self._accounts[key])
        return expired
