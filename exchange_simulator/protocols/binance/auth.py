"""Checks signatures over the raw query and body, and the time they were made at."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.state import Exchange

__all__ = ["account_of_key", "check_signature", "check_time", "sign", "socket_account"]

_FUTURE_MS = 1000
_WINDOW_MS = 5000
_WINDOW_MAX_MS = 60_000
_NO_KEY = "API-key format invalid."
_WRONG_KEY = "Invalid API-key, IP, or permissions for action."
_WRONG_SIGNATURE = "Signature for this request is not valid."


def sign(secret: str, payload: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of a payload."""
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def account_of_key(exchange: Exchange, key: str) -> Account:
    """Return the account of an API key.

    Raises:
        ApiError: -2014 without a key, -2015 for an unknown one; both with HTTP 401.
    """
    if not key:
        raise ApiError(-2014, _NO_KEY, 401)
    account = exchange.accounts.get(key)
    if account is None:
        raise ApiError(-2015, _WRONG_KEY, 401)
    return account


def check_time(fields: Fields, server_ms: int) -> None:
    """Accept a timestamp when server - recvWindow <= timestamp < server + 1000.

    Raises:
        ApiError: -1021 outside of that, -1102 without a timestamp.
    """
    fields.required("timestamp")
    stamp_ms = fields.integer("timestamp", 0)
    window_ms = fields.integer("recvWindow", _WINDOW_MS, most=10**9)
    if stamp_ms >= server_ms + _FUTURE_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if stamp_ms < server_ms - min(window_ms, _WINDOW_MAX_MS):
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_signature(account: Account, query: bytes, body: bytes) -> None:
    """Check the signature, wherever it stands, over all else that was sent, query before body.

    Raises:
        ApiError: -1102 without a signature, -1022 for a wrong one.
    """
    found = b""
    parts: list[bytes] = []
    for source in (query, body):
        kept = []
        for pair in source.split(b"&"):
            name, _, value = pair.partition(b"=")
            if name == b"signature":
                found = value
            else:
                kept.append(pair)
        parts.append(b"&".join(kept))
    if not found:
        raise ApiError(
            -1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
        )
    if not hmac.compare_digest(sign(account.api_secret, b"".join(parts)).encode(), found):
        raise ApiError(-1022, _WRONG_SIGNATURE)


def socket_account(
    exchange: Exchange, params: Mapping[str, Any], fields: Fields, server_ms: int
) -> Account:
    """Return the account that signed a WebSocket request: over its parameters, sorted by name.

    Raises:
        ApiError: key, time or signature are missing or wrong.
    """
    account = account_of_key(exchange, fields.text("apiKey"))
    check_time(fields, server_ms)
    signature = str(params.get("signature", ""))
    payload = "&".join(
        f"{name}={_written(params[name])}" for name in sorted(params) if name != "signature"
    )
    expected = sign(account.api_secret, payload.encode(errors="replace"))
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise ApiError(-1022, _WRONG_SIGNATURE)
    return account


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
