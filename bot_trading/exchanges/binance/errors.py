"""What Binance's error codes prove: refusal, or nothing.

Source: the vendor's page of USDⓈ-M error codes. Codes of 10xx and HTTP statuses of 5xx come from
what stands before the matching engine and say nothing of an order; a code that is in no list proves
nothing either.
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
    "NO_LISTEN_KEY",
    "NO_SUCH_ORDER",
    "TIMESTAMP_REFUSED",
    "TOO_MANY",
    "UNKNOWN_CANCEL",
    "error_of_code",
    "proves_refusal",
]

ALREADY_SO = frozenset({-4046, -4059, -5027})  # What was asked for was so already.
DUPLICATE_ID = -4116  # An open order has this client order id already.
NO_LISTEN_KEY = -1125
NO_SUCH_ORDER = -2013
TIMESTAMP_REFUSED = -1021
UNKNOWN_CANCEL = -2011  # The order of a cancel is not open.
TOO_MANY = frozenset({-1003, -1015})
KEY_REFUSED = frozenset({-1002, -1022, -2014, -2015})
LATER = frozenset({-1000, -1001, -1004, -1006, -1007, -1008, -1016})
NOT_PROCESSED = frozenset({-1015, TIMESTAMP_REFUSED, -1022, -1002})
_REFUSED = (
    range(-1199, -1099),  # A parameter.
    range(-2030, -2009),  # Order, key, margin, position.
    range(-4999, -3999),  # A filter or a setting.
    range(-5099, -5019),  # Fill-or-kill, post-only, an amendment.
)


def proves_refusal(code: int) -> bool:
    """True when this code on an order call proves that nothing of the request took effect."""
    if code == DUPLICATE_ID:
        return False
    return code in NOT_PROCESSED or any(code in codes for codes in _REFUSED)


def error_of_code(code: int, message: str, *, offset_ms: int, retry_at_ms: int) -> ExchangeError:
    """The exception of a refused read, in one sentence that says what to do."""
    said = message[:200]
    if code in TOO_MANY:
        return RateLimited(f"binance {code}: too many requests ({said})", retry_at_ms or None)
    if code in LATER:
        return ExchangeUnavailable(f"binance {code}: {said or 'try later'}")
    if code == TIMESTAMP_REFUSED:
        return AuthRejected(
            "binance -1021: the request's time was refused; this clock differs from the "
            f"exchange's by {offset_ms} ms as last measured: synchronise it (NTP), or raise "
            "recv_window_ms"
        )
    advice = KEY_ADVICE.get(code)
    if advice is not None:
        return AuthRejected(f"binance {code}: {advice}")
    return RequestRefused(str(code), said)


KEY_ADVICE = {
    -1002: "the API key may not do this: allow futures for it",
    -1022: "the signature is wrong: the API secret does not belong to this API key; correct it",
    -2014: "the API key is malformed: copy it again",
    -2015: "the API key is unknown, is bound to other IP addresses, or lacks a permission: check "
    "that it belongs to this address (main and test networks have keys of their own), allow "
    "futures for it, and add this machine's address",
}
