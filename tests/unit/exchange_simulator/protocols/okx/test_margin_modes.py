"""OKX keeps an instrument's cross and isolated legs side by side, each with its own money."""

from decimal import Decimal

from exchange_simulator.protocols.okx.protocol import Okx
from tests.unit.exchange_simulator.builders import frames, go, hedger, make_exchange
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes, make_okx

FLAT = ["60000"] * 4
Held = dict[tuple[str, str], Decimal]


def held(client: Speaker) -> Held:
    """Sizes in contracts by margin mode and side."""
    rows = client.get("account/positions")["data"]
    return {(row["mgnMode"], row["posSide"]): Decimal(row["pos"]) for row in rows}


def four_legs() -> tuple[Okx, Speaker]:
    """Long and short, cross and isolated, of one instrument."""
    okx, client = make_okx(FLAT)
    for number, mode in enumerate(("cross", "isolated"), 1):
        client.order("buy", "long", str(10 * number), tdMode=mode)
        client.order("sell", "short", str(10 * number + 5), tdMode=mode)
    return okx, client


def test_four_legs_of_one_instrument_do_not_touch_each_other() -> None:
    """A closing order reduces the leg of its own margin mode, and never more than that leg."""
    _, client = four_legs()
    wanted = {("cross", "long"): 10, ("cross", "short"): 15}
    assert held(client) == {**wanted, ("isolated", "long"): 20, ("isolated", "short"): 25}
    client.order("sell", "long", "4", tdMode="isolated")
    assert held(client)[("isolated", "long")] == 16
    assert held(client)[("cross", "long")] == 10
    assert codes(client.order("sell", "long", "11")) == ("1", ["51112"])
    assert len({row["posId"] for row in client.get("account/positions")["data"]}) == 4


def test_one_mode_is_closed_and_the_other_stays() -> None:
    """close-position closes the leg of its mgnMode; a second time there is nothing to close."""
    _, client = four_legs()
    fields = {"instId": PAIR, "posSide": "long"}
    assert client.post("trade/close-position", **fields)["code"] != "0"
    assert client.post("trade/close-position", **fields, mgnMode="cross")["code"] == "0"
    assert client.post("trade/close-position", **fields, mgnMode="cross")["code"] == "51023"
    assert set(held(client)) == {
        ("cross", "short"),
        ("isolated", "long"),
        ("isolated", "short"),
    }


def test_each_mode_has_its_own_leverage() -> None:
    """Cross has one for the instrument, isolated one for each side."""
    _, client = four_legs()
    cross = {"instId": PAIR, "lever": "5", "mgnMode": "cross"}
    isolated = {"instId": PAIR, "lever": "20", "mgnMode": "isolated", "posSide": "short"}
    assert client.post("account/set-leverage", **cross)["code"] == "0"
    assert client.post("account/set-leverage", **isolated)["code"] == "0"
    rows = client.get("account/positions")["data"]
    assert {(row["mgnMode"], row["posSide"]): row["lever"] for row in rows} == {
        ("cross", "long"): "5",
        ("cross", "short"): "5",
        ("isolated", "long"): "10",
        ("isolated", "short"): "20",
    }
    listed = client.get("account/leverage-info", instId=PAIR, mgnMode="isolated")["data"]
    assert [row["lever"] for row in listed] == ["10", "20"]


def test_margin_is_moved_only_into_an_isolated_leg() -> None:
    """Added margin belongs to the leg that it was added to."""
    _, client = four_legs()
    fields = {"instId": PAIR, "posSide": "long", "type": "add", "amt": "100"}

    def margins() -> dict[tuple[str, str], str]:
        rows = client.get("account/positions")["data"]
        return {(row["mgnMode"], row["posSide"]): row["margin"] for row in rows}

    before = margins()
    assert client.post("account/position/margin-balance", **fields)["code"] == "0"
    after = margins()
    changed = {key: Decimal(after[key]) - Decimal(before[key]) for key in after if after[key]}
    assert changed == {("isolated", "long"): 100, ("isolated", "short"): 0}
    assert (after[("cross", "long")], after[("cross", "short")]) == ("", "")
    (balance,) = client.get("account/balance")["data"]
    (coin,) = balance["details"]
    own = sum(Decimal(text) for text in after.values() if text)
    assert Decimal(coin["isoEq"]) == own + Decimal(coin["isoUpl"])
    assert balance["isoEq"] == coin["isoEq"]


def test_orders_fills_bills_and_frames_tell_their_mode() -> None:
    """tdMode and mgnMode are the leg's, wherever it is told."""
    okx, client = make_okx(FLAT)
    stream = client.socket("private", {"channel": "orders", "instType": "SWAP"})
    client.order("buy", "long", "10", tdMode="isolated")
    client.order("buy", "long", "5", px="50000")
    rows = [row for frame in frames(stream) for row in frame.get("data", [])]
    assert {(row["ordType"], row["tdMode"]) for row in rows} == {
        ("market", "isolated"),
        ("limit", "cross"),
    }
    assert {row["mgnMode"] for row in client.get("account/bills")["data"]} == {"isolated"}
    algo = client.algo("conditional", "sell", "long", "", tdMode="isolated", closeFraction="1")
    assert codes(algo)[0] == "1"
    stop = {"slTriggerPx": "55000", "slOrdPx": "-1", "closeFraction": "1", "sz": ""}
    assert codes(client.algo("conditional", "sell", "long", tdMode="isolated", **stop))[0] == "0"
    assert codes(client.algo("conditional", "sell", "long", **stop)) == ("1", ["51023"])
    (row,) = client.get("trade/orders-algo-pending", ordType="conditional")["data"]
    assert row["tdMode"] == "isolated"
    go(okx.exchange)


def test_an_isolated_leg_is_liquidated_alone() -> None:
    """Its own margin is gone, and the cross leg beside it lives on."""
    exchange = make_exchange(["60000", "60000", "50000", "50000"])
    hedger(exchange)
    client = Speaker(Okx(exchange, limits_on=False))
    client.order("buy", "long", "10")
    client.order("buy", "long", "10", tdMode="isolated")
    go(exchange, 3)
    assert held(client) == {("cross", "long"): 10}
    (closed,) = client.get("account/positions-history")["data"]
    assert closed["mgnMode"] == "isolated"
    assert Decimal(-700) < Decimal(closed["pnl"]) < Decimal(-500)
