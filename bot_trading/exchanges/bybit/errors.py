"""What Bybit's return codes prove: acceptance, refusal, or nothing.

Sources: the vendor's V5 error page, and for the ambiguous ones the list that nautilus_trader's
Bybit adapter uses. A code that is in no list proves nothing either.
"""

from __future__ import annotations

from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    RateLimited,
    RequestRefused,
)

__all__ = [
    "ALREADY_SO",
    "DUPLICATE_ID",
    "NOT_MODIFIED",
    "TIMESTAMP_REFUSED",
    "TOO_MANY_VISITS",
    "error_of_code",
    "proves_refusal",
]

ALREADY_SO = frozenset({110025, 110026, 110027, 110043})  # What was asked for was so already.
NOT_MODIFIED = 34040  # The same TP/SL, or a parameter missing: only re-reading tells.
DUPLICATE_ID = 110072  # The client order id was accepted before.
TIMESTAMP_REFUSED = 10002
TOO_MANY_VISITS = frozenset({10006, 10018})
KEY_REFUSED = frozenset({10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 33004})
LATER = frozenset(
    {429, 10000, 10016, 10019, 10429, 20003, 110079, 170001, 170005, 170007, 170032, 500000}
)
REFUSED_ELSEWHERE = frozenset({10001, TIMESTAMP_REFUSED, 10017, 10027, 10029, NOT_MODIFIED})
REFUSED_FROM, REFUSED_TO = 110001, 110999  # Derivatives' own refusals, but for LATER and 110072.


def proves_refusal(code: int) -> bool:
    """True when this code on an order call proves that nothing of the request took effect."""
    if code in LATER or code in TOO_MANY_VISITS or code == DUPLICATE_ID:
        return False
    return code in KEY_REFUSED or code in REFUSED_ELSEWHERE or REFUSED_FROM <= code <= REFUSED_TO


def error_of_code(code: int, message: str, *, offset_ms: int, retry_at_ms: int) -> ExchangeError:
    """The exception of a refused read, in one sentence that says what to do."""
    said = message[:200]
    if code in TOO_MANY_VISITS:
        return RateLimited(f"bybit {code}: too many requests ({said})", retry_at_ms or None)
    if code in LATER:
        return ExchangeUnavailable(f"bybit {code}: {said or 'try later'}")
    if code == TIMESTAMP_REFUSED:
        return AuthRejected(
            f"bybit 10002: the request's time was refused; this clock differs from the exchange's "
            f"by {offset_ms} ms as last measured: synchronise it (NTP), or raise recv_window_ms"
        )
    advice = KEY_ADVICE.get(code)
    if advice is not None:
        return AuthRejected(f"bybit {code}: {advice}")
    if code in KEY_REFUSED:
        return AuthRejected(f"bybit {code}: {said}")
    return RequestRefused(str(code), said)


KEY_ADVICE = {
    10003: "the API key is unknown: check the key, and that it belongs to this address "
    "(main, testnet and demo have keys of their own)",
    10004: "the signature is wrong: the API secret does not belong to this API key; correct it",
    10005: "the API key lacks a permission: allow reading and trading of contracts for it",
    10010: "the API key is bound to other IP addresses: add this machine's address to the key",
    33004: "the API key has expired: create a new one",
}
