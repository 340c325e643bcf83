"""Checks signatures over the raw bytes that were sent, and the time they were sent at."""

import hashlib
import hmac
from collections.abc import Mapping

from exchange_simulator.model import Account
from exchange_simulator.protocols.bybit.wire import ApiError
from exchange_simulator.state import Exchange

__all__ = ["account_of_request", "check_time", "sign", "socket_account"]

_FUTURE_MS = 1000
_WINDOW_DEFAULT = "5000"


def sign(secret: str, message: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of a message."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def check_time(stamp: str, window: str, server_ms: int) -> None:
    """Accept a stamp when server - window <= stamp < server + 1000.

    Raises:
        ApiError: 10002 outside of that, 10001 where the numbers are none.
    """
    if not (stamp.isascii() and stamp.isdigit() and window.isascii() and window.isdigit()):
        raise ApiError(10001, "params error: req_timestamp or recv_window invalid")
    if len(stamp) > 18 or len(window) > 9:
        raise ApiError(10001, "params error: req_timestamp or recv_window invalid")
    stamp_ms, window_ms = int(stamp), int(window)
    if not server_ms - window_ms <= stamp_ms < server_ms + _FUTURE_MS:
        raise ApiError(
            10002,
            "invalid request, please check your server timestamp or recv_window param."
            f" req_timestamp[{stamp_ms}],server_timestamp[{server_ms}],recv_window[{window_ms}]",
        )


def account_of_request(
    exchange: Exchange, headers: Mapping[str, str], payload: bytes, server_ms: int
) -> Account:
    """Return the account that signed a REST request; header names are lower case.

    Raises:
        ApiError: a header is missing, the key is unknown, the time or the signature is wrong.
    """
    key = headers.get("x-bapi-api-key", "")
    stamp = headers.get("x-bapi-timestamp", "")
    window = headers.get("x-bapi-recv-window", "") or _WINDOW_DEFAULT
    signature = headers.get("x-bapi-sign", "")
    if not (key and stamp and signature):
        raise ApiError(10001, "empty value: apiTimestamp[] apiKey[] apiSignature[]")
    account = exchange.accounts.get(key)
    if account is None:
        raise ApiError(10003, "API key is invalid.")
    check_time(stamp, window, server_ms)
    sent_window = headers.get("x-bapi-recv-window", "")
    origin = f"{stamp}{key}{sent_window}".encode() + payload
    if not hmac.compare_digest(sign(account.api_secret, origin).encode(), signature.encode()):
        shown = origin.decode(errors="replace")
        raise ApiError(
            10004, f"error sign! origin_string[{shown}]. Please check your signature generation."
        )
    return account


def socket_account(exchange: Exchange, args: object, server_ms: int) -> Account:
    """Return the account of a WebSocket's auth arguments [key, expires, signature].

    Raises:
        ApiError: with the text that the private stream answers.
    """
    if not isinstance(args, list) or len(args) < 3:
        raise ApiError(10001, "Params Error")
    key, expires, signature = args[0], args[1], args[2]
    if not isinstance(key, str) or not isinstance(signature, str):
        raise ApiError(10001, "Params Error")
    stamp = str(expires)
    if isinstance(expires, bool) or not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 18:
        raise ApiError(10001, "Params Error")
    if int(stamp) <= server_ms:
        raise ApiError(10001, "error:request expired")
    account = exchange.accounts.get(key)
    if account is None:
        raise ApiError(10003, "API key is invalid.")
    wanted = sign(account.api_secret, f"GET/realtime{stamp}".encode())
    if not hmac.compare_digest(wanted.encode(), signature.encode()):
        raise ApiError(10004, "Params Error")
    return account
