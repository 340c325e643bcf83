"""What the cut-over believes of an exchange: its answers, and nothing when they do not come."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from migration.bybit import Account, AnswerLost, OpenOrder, Position
from migration.draining import Drained, Holdings, drain, look
from migration.errors import MigrationError

LONG = {"symbol": "BTCUSDT", "side": "Buy", "size": "0.5", "positionIdx": 0}
SHORT = {"symbol": "ETHUSDT", "side": "Sell", "size": "3", "positionIdx": 0}
FLAT = {"symbol": "SOLUSDT", "side": "", "size": "0", "positionIdx": 0}
RESTING = {"symbol": "BTCUSDT", "orderId": "1", "reduceOnly": False, "closeOnTrigger": False}


class Desk:
    """A socket that gives prepared answers and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def says(self, *results: Any, code: int = 0) -> None:
        """Prepare results under one code; bytes are sent as they are."""
        for result in results:
            is_raw = isinstance(result, bytes)
            body = {"retCode": code, "retMsg": "words", "result": result}
            self.answers.append(result if is_raw else json.dumps(body).encode())


@pytest.fixture
def desk() -> Desk:
    """An exchange's counter."""
    return Desk()


@contextmanager
def served(desk: Desk) -> Iterator[Account]:
    """An account whose requests reach the desk over a socket."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            desk.asked.append(
                (self.command, self.path, dict(self.headers), self.rfile.read(length))
            )
            if not desk.answers:
                self.close_connection = True
                return
            body = desk.answers.pop(0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    account = Account(f"http://127.0.0.1:{server.server_port}/", "key", "secret")
    try:
        yield account
    finally:
        account.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _page(*rows: dict[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"list": list(rows), "nextPageCursor": cursor}


def test_positions_are_read_page_by_page(desk: Desk) -> None:
    """Every page is asked for; flat rows are no positions; sizes are exact."""
    desk.says(_page(LONG, FLAT, cursor="a%3D"), _page(SHORT))
    with served(desk) as account:
        assert account.positions() == [
            Position(symbol="BTCUSDT", side="Buy", size=Decimal("0.5"), position_idx=0),
            Position(symbol="ETHUSDT", side="Sell", size=Decimal(3), position_idx=0),
        ]
    assert "cursor" not in desk.asked[0][1]
    assert "cursor=a%253D" in desk.asked[1][1]


def test_requests_are_signed_over_what_is_sent(desk: Desk) -> None:
    """The signature covers time, key, window and the very query or body."""
    desk.says(_page(), {})
    with served(desk) as account:
        account.open_orders()
        account.cancel(OpenOrder(symbol="BTCUSDT", order_id="7", reduce_only=False))
    for method, path, headers, body in desk.asked:
        sent = body.decode() if method == "POST" else path.partition("?")[2]
        sent = f"{headers['X-BAPI-TIMESTAMP']}key{headers['X-BAPI-RECV-WINDOW']}{sent}"
        expected = hmac.new(b"secret", sent.encode(), hashlib.sha256).hexdigest()
        assert headers["X-BAPI-SIGN"] == expected
        assert "secret" not in str(headers)


def test_a_close_is_reduce_only_and_not_too_large(desk: Desk) -> None:
    """The other side, at most what the exchange takes at once, under the position's own index."""
    desk.says({"list": [{"lotSizeFilter": {"maxMktOrderQty": "0.2"}}]}, {})
    position = Position(symbol="BTCUSDT", side="Buy", size=Decimal("0.5"), position_idx=0)
    with served(desk) as account:
        account.close_position(position, "cutover-1")
    body = json.loads(desk.asked[1][3])
    assert (body["side"], body["qty"], body["positionIdx"]) == ("Sell", "0.2", 0)
    assert body["reduceOnly"] is True
    assert body["orderLinkId"] == "cutover-1"


@pytest.mark.parametrize(("indices", "expected"), [([0], False), ([1, 2], True), ([2, 1], True)])
def test_the_mode_is_what_the_exchange_lists(
    desk: Desk, indices: list[int], expected: bool
) -> None:
    """Two legs are hedge mode, one row of index 0 is one-way."""
    desk.says(_page(*({"positionIdx": index} for index in indices)))
    with served(desk) as account:
        assert account.is_hedged("BTCUSDT") is expected


@pytest.mark.parametrize("indices", [[], [1], [0, 1, 2]])
def test_a_listing_that_makes_no_sense_is_refused(desk: Desk, indices: list[int]) -> None:
    """No mode is guessed from anything else."""
    desk.says(_page(*({"positionIdx": index} for index in indices)))
    with served(desk) as account, pytest.raises(MigrationError, match="position indices"):
        account.is_hedged("BTCUSDT")


def test_an_unchanged_mode_is_fine_and_other_refusals_are_not(desk: Desk) -> None:
    """110025 says that nothing had to be done; any other code is told with its words."""
    desk.says({}, code=110025)
    desk.says({}, code=110024)
    with served(desk) as account:
        account.switch(hedge=True)
        with pytest.raises(MigrationError, match="refused /v5/position/switch-mode with 110024"):
            account.switch(hedge=True)
    assert json.loads(desk.asked[0][3])["mode"] == 3


@pytest.mark.parametrize("answer", [None, b"<html>busy</html>", b"[]", b"{}", b'{"retCode": null}'])
def test_no_answer_is_not_an_answer(desk: Desk, answer: bytes | None) -> None:
    """A lost connection, or words that are no answer, leave the outcome open."""
    if answer is not None:
        desk.says(answer)
    with served(desk) as account, pytest.raises(AnswerLost):
        account.switch(hedge=True)


def test_a_look_is_repeated_and_then_told(desk: Desk) -> None:
    """One lost answer is asked for again; an exchange that stays silent is named."""
    desk.says(b"busy", _page(LONG), _page(RESTING))
    with served(desk) as account:
        held = look(account)
        assert len(held.positions) == len(held.orders) == 1
        assert not held.is_flat
        with pytest.raises(MigrationError, match="does not answer"):
            look(account, tries=2)


def test_an_account_without_anything_needs_nothing(desk: Desk) -> None:
    """A flat account is drained without a single order."""
    desk.says(_page(FLAT), _page())
    said: list[str] = []
    nothing = Holdings(positions=(), orders=())
    with served(desk) as account:
        done = drain(account, name="x", deadline_s=5, report=said.append)
    assert done == Drained(found=nothing, closes_sent=0, cancels_sent=0, answers_lost=0)
    assert said == []


def test_protection_stays_until_its_position_is_closed(desk: Desk) -> None:
    """Entries are canceled at once, reduce-only orders only when no position is left."""
    stop = {**RESTING, "orderId": "2", "reduceOnly": True}
    most = {"list": [{"lotSizeFilter": {"maxMktOrderQty": "100"}}]}
    desk.says(_page(LONG), _page(RESTING, stop), {}, most, {})
    desk.says(_page(), _page(stop), {}, _page(), _page())
    with served(desk) as account:
        done = drain(account, name="x", deadline_s=30, report=lambda _: None)
    sent = [(path, json.loads(body)) for method, path, _, body in desk.asked if method == "POST"]
    assert [path.rpartition("/")[2] for path, _ in sent] == ["cancel", "create", "cancel"]
    assert [body["orderId"] for path, body in sent if path.endswith("cancel")] == ["1", "2"]
    assert (done.closes_sent, done.cancels_sent, done.answers_lost) == (1, 2, 0)
