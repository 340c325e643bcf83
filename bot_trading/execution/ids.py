"""Client order ids: derived from what the order is for, so that deciding twice gives one id, with
the tag of the core that decided, so that no other core takes the order for its own."""

from __future__ import annotations

import base64
import hashlib
import re

from bot_trading.domain.account import core_tag
from bot_trading.domain.order import OrderPurpose

__all__ = [
    *("KILL_SWITCH", "derive_client_order_id", "exchange_made_id", "former_client_order_ids"),
    "purpose_of_id",
]

KILL_SWITCH = "kill"  # In the place of an account: what it closes, it closes for every core.
_PURPOSES = {purpose.value[:3].lower(): purpose for purpose in OrderPurpose}
_DERIVED = re.compile(r"([a-z]{3})([0-9a-f]{6})[0-9a-f]{20}")
_DIGEST_BYTES = 13
_TAGGED_DIGEST_BYTES = 10


def derive_client_order_id(account: str, purpose: OrderPurpose, *parts: str) -> str:
    """An id of 29 letters and digits, the same for the same arguments and for ever: three of the
    purpose, the core's tag, and a digest.

    Every exchange takes it: OKX allows 32 letters and digits, Bybit and Binance 36 characters. The
    digest of 80 bits makes a collision of two different purposes out of reach.
    """
    digest = _digest(_TAGGED_DIGEST_BYTES, account, purpose.value, *parts)
    return f"{purpose.value[:3].lower()}{core_tag(account)}{digest}"


def former_client_order_ids(account: str, purpose: OrderPurpose, *parts: str) -> tuple[str, ...]:
    """The ids that earlier releases derived for the same, the newest first: they had no tag."""
    said = "\x1f".join((account, purpose.value, *parts)).encode()
    long_digest = base64.b32encode(hashlib.blake2b(said, digest_size=20).digest()).decode()
    word = purpose.value[:3].lower()
    digest = _digest(_DIGEST_BYTES, account, purpose.value, *parts)
    return (f"{word}{digest}", f"{word}-{long_digest.lower()[:26]}")


def purpose_of_id(client_order_id: str, account: str) -> OrderPurpose | None:
    """The purpose in an id that this account's core or the kill switch derived, None for any other.

    So an exit that was sent while the store was down is recognised after a crash. The ids of
    earlier releases have no tag: only the database knows them.
    """
    found = _DERIVED.fullmatch(client_order_id)
    if found is None or found[2] not in (core_tag(account), core_tag(KILL_SWITCH)):
        return None
    return _PURPOSES.get(found[1])


def exchange_made_id(exchange: str, exchange_order_id: str) -> str:
    """The key that we file an order under which the exchange, or a person, made without our id."""
    return f"xch{_digest(_DIGEST_BYTES, exchange, exchange_order_id)}"


def _digest(size: int, *parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=size).hexdigest()
