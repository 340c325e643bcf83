"""What OKX's codes prove: acceptance, refusal, or nothing.

Source: the vendor's V5 error page, and its overview for haste: 50011 and 50061 answer a request
that was rejected, so nothing of it took effect. 50004 says of itself that it does not mean
failure; a code that is in no list proves nothing either.
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
    "DUPLICATE_ID",
    "GONE",
    "NO_SUCH_ORDER",
    "SUCCESS",
    "TIMESTAMP_REFUSED",
    "TOO_MANY_VISITS",
    "error_of_code",
    "proves_refusal",
]

SUCCESS = "0"
DUPLICATE_ID = "51016"  # The client order id was accepted before.
NO_SUCH_ORDER = "51603"
GONE = frozenset({"51400", "51401", "51402", "51603"})  # A cancel that came too late, or twice.
TIMESTAMP_REFUSED = "50102"
RATE_REFUSED = frozenset({"50011", "50061"})  # By the endpoint's limit, by the sub-account's.
TOO_MANY_VISITS = RATE_REFUSED | {"50040"}
KEY_REFUSED = frozenset(
    {"50100", "50101", "50103", "50104", "50105", "50106", "50107", "50110", "50111", "50112"}
    | {"50113", "50114", "50119", "50120", "50121", TIMESTAMP_REFUSED}
)
LATER = frozenset({"50001", "50004", "50013", "50026", "50005", "50024"})
REFUSED_ELSEWHERE = frozenset({"50002", "50014", "50015", "50016", "50030", "50037", "59000"})
# Orders' own refusals fill 51000 to 51999. These among them leave open what became of the order:
# timed out, being canceled already, being triggered already.
NO_PROOF = frozenset({DUPLICATE_ID, "51054", "51149", "51410", "51411", "51412", "51413"})
REFUSED_FROM, REFUSED_TO = 51000, 51999


def proves_refusal(code: str) -> bool:
    """True when this code on an order call proves that nothing of the request took effect."""
    if code in NO_PROOF or not (code.isascii() and code.isdigit() and len(code) == 5):
        return False
    if code in KEY_REFUSED or code in REFUSED_ELSEWHERE or code in RATE_REFUSED:
        return True
    return REFUSED_FROM <= int(code) <= REFUSED_TO


def error_of_code(code: str, message: str, *, offset_ms: int, retry_at_ms: int) -> ExchangeError:
    """The exception of a refused read, in one sentence that says what to do."""
    said = message[:200]
    if code in TOO_MANY_VISITS:
        return RateLimited(f"okx {code}: too many requests ({said})", retry_at_ms or None)
    if code in LATER:
        return ExchangeUnavailable(f"okx {code}: {said or 'try later'}")
    if code == TIMESTAMP_REFUSED:
        return AuthRejected(
            f"okx {code}: the request's time was refused; this clock differs from the exchange's "
            f"by {offset_ms} ms as last measured: synchronise it (NTP)"
        )
    if code in KEY_REFUSED:
        return AuthRejected(f"okx {code}: {KEY_ADVICE.get(code, said)}")
    return RequestRefused(code[:20], said)


KEY_ADVICE = {
    "50101": "the API key does not belong to this environment: demo trading and live trading have "
    "keys of their own, see the setting for demo trading",
    "50105": "the passphrase is wrong: give the one that the API key was created with",
    "50110": "the API key is bound to other IP addresses: add this machine's address to the key",
    "50111": "the API key is unknown: check the key, and that it belongs to this address",
    "50113": "the signature is wrong: the API secret does not belong to this API key; correct it",
    "50119": "the API key does not exist: create a new one",
    "50120": "the API key lacks a permission: allow reading and trading for it",
}
