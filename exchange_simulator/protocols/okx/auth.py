"""Checks key, passphrase, time and signature of requests and of logins on WebSockets."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from exchange_simulator.model import Account
from exchange_simulator.protocols.okx.wire import ApiError
from exchange_simulator.state import Exchange

__all__ = ["PASSPHRASE", "account_of_login", "account_of_request", "sign"]

PASSPHRASE = "Simulator1!"  # noqa: S105 - there is nothing to protect; clients must send one.
_WINDOW_MS = 30_000


def sign(secret: str, message: bytes) -> str:
    """Return the base64 HMAC-SHA256 of a message."""
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def _milliseconds(text: str) -> int:
    """Read an ISO time in UTC, or seconds since 1970 with or without a fraction."""
    try:
        if text.endswith("Z"):
            return int(datetime.fromisoformat(text[:-1] + "+00:00").timestamp() * 1000)
        if len(text) > 20:
            raise ValueError
        return int(float(text) * 1000)
    except (ValueError, OverflowError):
        raise ApiError("50112", "Invalid OK-ACCESS-TIMESTAMP", 401) from None


def account_of_request(
    exchange: Exchange, headers: Mapping[str, str], method: str, target: str, body: bytes
) -> Account:
    """Return the account that signed a request; header names are lower case.

    Raises:
        ApiError: 50103-50107 for a missing header, 50111 key, 50105 passphrase, 50112 and 50102
            time, 50113 signature; all with HTTP 401.
    """
    values = {}
    for name, code in (
        ("key", "50103"),
        ("passphrase", "50104"),
        ("sign", "50106"),
        ("timestamp", "50107"),
    ):
        values[name] = headers.get(f"ok-access-{name}", "")
        if not values[name]:
            text = f"Request header OK-ACCESS-{name.upper()} can not be empty."
            raise ApiError(code, text, 401)
    account = exchange.accounts.get(values["key"])
    if account is None:
        raise ApiError("50111", "Invalid OK-ACCESS-KEY", 401)
    if values["passphrase"] != PASSPHRASE:
        raise ApiError("50105", "Request header OK-ACCESS-PASSPHRASE incorrect.", 401)
    if abs(_milliseconds(values["timestamp"]) - exchange.clock.wall_ms) > _WINDOW_MS:
        raise ApiError("50102", "Timestamp request expired", 401)
    head = f"{values['timestamp']}{method}{target}".encode(errors="replace")
    expected = sign(account.api_secret, head + body).encode()
    if not hmac.compare_digest(expected, values["sign"].encode(errors="replace")):
        raise ApiError("50113", "Invalid Sign", 401)
    return account


def account_of_login(exchange: Exchange, args: object) -> Account:
    """Return the account of a login's arguments.

    Raises:
        ApiError: 60005 key, 60024 passphrase, 60006 time, 60007 signature, 60009 otherwise.
    """
    first = args[0] if isinstance(args, list) and args else None
    if not isinstance(first, dict):
        raise ApiError("60009", "Login failed.")
    account = exchange.accounts.get(str(first.get("apiKey", "")))
    if account is None:
        raise ApiError("60005", "Invalid apiKey")
    if first.get("passphrase") != PASSPHRASE:
        raise ApiError("60024", "Wrong passphrase")
    stamp = str(first.get("timestamp", ""))
    try:
        age_ms = abs(_milliseconds(stamp) - exchange.clock.wall_ms)
    except ApiError:
        raise ApiError("60004", "Invalid timestamp") from None
    if age_ms > _WINDOW_MS:
        raise ApiError("60006", "Timestamp request expired")
    expected = sign(account.api_secret, f"{stamp}GET/users/self/verify".encode(errors="replace"))
    given = str(first.get("sign", "")).encode(errors="replace")
    if not hmac.compare_digest(expected.encode(), given):
        raise ApiError("60007", "Invalid sign")
    return account
