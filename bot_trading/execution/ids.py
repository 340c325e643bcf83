"""Client order ids: derived from what the order is for, so that deciding twice gives one id."""

from __future__ import annotations

import hashlib
import re

from bot_trading.domain.order import OrderPurpose

__all__ = ["derive_client_order_id", "exchange_made_id", "purpose_of_id"]

_PURPOSES = {purpose.value[:3].lower(): purpose for purpose in OrderPurpose}
_DERIVED = re.compile(r"([a-z]{3})[0-9a-f]{26}")


def derive_client_order_id(account: str, purpose: OrderPurpose, *parts: str) -> str:
    """An id of 29 letters and digits, the same for the same arguments and for ever.

    Every exchange takes it: OKX allows 32 letters and digits, Bybit and Binance 36 characters. The
    digest of 104 bits makes a collision of two different purposes out of reach.
    """
    return f"{purpose.value[:3].lower()}{_digest(account, purpose.value, *parts)}"


def purpose_of_id(client_order_id: str) -> OrderPurpose | None:
    """The purpose in an id that we derived, None for any other id.

    So an exit that was sent while the store was down is recognised after a crash.
    """
    found = _DERIVED.fullmatch(client_order_id)
    return _PURPOSES.get(found[1]) if found else None


def exchange_made_id(exchange: str, exchange_order_id: str) -> str:
    """The key that we file an order under which the exchange, or a person, made without our id."""
    return f"xch{_digest(exchange, exchange_order_id)}"


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=13).hexdigest()
