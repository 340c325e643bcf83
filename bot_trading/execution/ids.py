"""Client order ids: derived from what the order is for, so that deciding twice gives one id."""

from __future__ import annotations

import base64
import hashlib
import re

from bot_trading.domain.order import OrderPurpose

__all__ = ["derive_client_order_id", "exchange_made_id", "purpose_of_id"]

_PURPOSES = {purpose.value[:3].lower(): purpose for purpose in OrderPurpose}
_DERIVED = re.compile(r"([a-z]{3})-[a-z2-7]{26}")


def derive_client_order_id(account: str, purpose: OrderPurpose, *parts: str) -> str:
    """A 30-character id over `[a-z0-9-]`, the same for the same arguments and for ever.

    Bybit allows 36 characters of `[A-Za-z0-9_-]`, Binance 36, OKX 32 letters and digits; the digest
    of 130 bits makes a collision of two different purposes out of reach.
    """
    text = "\x1f".join((account, purpose.value, *parts))
    digest = hashlib.blake2b(text.encode(), digest_size=20).digest()
    return f"{purpose.value[:3].lower()}-{base64.b32encode(digest).decode().lower()[:26]}"


def purpose_of_id(client_order_id: str) -> OrderPurpose | None:
    """The purpose in an id that we derived, None for any other id.

    So an exit that was sent while the store was down is recognised after a crash.
    """
    found = _DERIVED.fullmatch(client_order_id)
    return _PURPOSES.get(found[1]) if found else None


def exchange_made_id(exchange: str, exchange_order_id: str) -> str:
    """The key that we file an order under which the exchange, or a person, made without our id."""
    digest = hashlib.blake2b(f"{exchange}\x1f{exchange_order_id}".encode(), digest_size=20).digest()
    return f"xch-{base64.b32encode(digest).decode().lower()[:26]}"
