"""Times and signatures of REST requests and sockets, at their exact edges."""

import hashlib
import hmac

import pytest

from exchange_simulator.protocols.bybit.auth import (
    account_of_request,
    check_time,
    sign,
    socket_account,
)
from exchange_simulator.protocols.bybit.wire import ApiError
from tests.unit.exchange_simulator.builders import KEY, SECRET, hedger, make_exchange

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("stamp", "accepted"),
    [(NOW - 5001, False), (NOW - 5000, True), (NOW + 999, True), (NOW + 1000, False)],
)
def test_the_time_window_has_exact_edges(stamp: int, accepted: bool) -> None:
    """server - window <= stamp < server + 1000."""
    if accepted:
        check_time(str(stamp), "5000", NOW)
        return
    with pytest.raises(ApiError) as caught:
        check_time(str(stamp), "5000", NOW)
    assert caught.value.code == 10002
    assert f"req_timestamp[{stamp}],server_timestamp[{NOW}],recv_window[5000]" in str(caught.value)


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "1.5", "9" * 30, "١٢٣"])
def test_a_stamp_that_is_no_number_is_a_parameter_error(stamp: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ApiError) as caught:
        check_time(stamp, "5000", NOW)
    assert caught.value.code == 10001


def test_a_signature_is_hex_hmac_sha256() -> None:
    """Lower-case hex of the secret over the message."""
    wanted = hmac.new(b"secret", b"message", hashlib.sha256).hexdigest()
    assert sign("secret", b"message") == wanted == wanted.lower()


def test_without_a_window_header_nothing_stands_in_its_place() -> None:
    """The default of 5000 counts for time; the signed text has no window."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    stamp = str(NOW)
    headers = {
        "x-bapi-api-key": KEY,
        "x-bapi-timestamp": stamp,
        "x-bapi-sign": sign(SECRET, f"{stamp}{KEY}".encode() + b"a=1"),
    }
    assert account_of_request(exchange, headers, b"a=1", NOW) is account
    with pytest.raises(ApiError) as caught:
        account_of_request(exchange, headers, b"a=2", NOW)
    assert caught.value.code == 10004
    assert "origin_string" in str(caught.value)


def test_a_signature_of_strange_characters_is_just_wrong() -> None:
    """A client's garbage never breaks the comparison."""
    exchange = make_exchange(["60000"] * 3)
    hedger(exchange)
    headers = {
        "x-bapi-api-key": KEY,
        "x-bapi-timestamp": str(NOW),
        "x-bapi-sign": "ü" * 64,
    }
    with pytest.raises(ApiError) as caught:
        account_of_request(exchange, headers, b"", NOW)
    assert caught.value.code == 10004


@pytest.mark.parametrize(
    ("expires", "text"),
    [(NOW, "error:request expired"), (True, "Params Error"), ("soon", "Params Error")],
)
def test_a_sockets_stamp_must_lie_ahead(expires: object, text: str) -> None:
    """expires <= now is refused."""
    exchange = make_exchange(["60000"] * 3)
    hedger(exchange)
    with pytest.raises(ApiError, match=text):
        socket_account(exchange, [KEY, expires, "0"], NOW)


def test_a_socket_signs_get_realtime_and_its_stamp() -> None:
    """HMAC of GET/realtime and expires."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    signature = sign(SECRET, f"GET/realtime{NOW + 1}".encode())
    assert socket_account(exchange, [KEY, NOW + 1, signature], NOW) is account
