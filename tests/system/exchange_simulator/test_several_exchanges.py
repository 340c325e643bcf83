"""Several exchanges in one process: one market, a price basis between them, own accounts."""

import json
import urllib.request
from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.world import WorldOptions, build_world
from tests.system.exchange_simulator.running import simulator
from tests.unit.exchange_simulator.builders import KEY, MINUTE_US, SECRET, START_US, Client, frames
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker

D = Decimal
NAMES = "bybit,binance,okx"


def asked(url: str) -> Any:
    """Return the decoded answer to a GET."""
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
        return json.load(answer)


def candles_of(facts: dict[str, Any]) -> dict[str, dict[int, list[Decimal]]]:
    """Read the last candles of BTC from each exchange in its own language: prices by open time."""
    urls = {name: facts[name]["rest_url"] for name in NAMES.split(",")}
    bybit = asked(f"{urls['bybit']}/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1")
    rows = {
        "bybit": bybit["result"]["list"],
        "binance": asked(f"{urls['binance']}/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=200"),
        "okx": asked(f"{urls['okx']}/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1m&limit=200")[
            "data"
        ],
    }
    return {
        name: {int(row[0]): [D(text) for text in row[1:5]] for row in listed}
        for name, listed in rows.items()
    }


def test_three_exchanges_serve_one_market_at_three_prices() -> None:
    """Every closed candle differs by the basis asked for, and by nothing else."""
    options = ("--market", NAMES, "--basis-bps", "binance=20", "--basis-bps", "okx=-10")
    with simulator(*options, "--seed", "3") as facts:
        assert len({facts[name]["rest_url"] for name in NAMES.split(",")}) == 3
        candles = candles_of(facts)
    shared = sorted(set.intersection(*(set(rows) for rows in candles.values())))[:-1]
    assert len(shared) >= 90
    for name, sign, bps in (("binance", 1, 20), ("okx", -1, 10)):
        apart = {
            other - price
            for stamp in shared
            for price, other in zip(candles["bybit"][stamp], candles[name][stamp], strict=True)
        }
        assert len(apart) == 1
        (basis,) = apart
        price = candles["bybit"][shared[0]][0]
        assert basis * sign == pytest.approx(price * bps / 10_000, rel=D("0.1"))


def world(**basis: str) -> tuple[Bybit, Client, Binance, Speaker]:
    """Two exchanges under virtual time, and a client of each."""
    options = WorldOptions(
        markets=("bybit", "binance"),
        symbols=("BTCUSDT",),
        api_key=KEY,
        api_secret=SECRET,
        limits_on=False,
        basis_bps={name: D(text) for name, text in basis.items()},
    )
    built = build_world(options, START_US)
    bybit, binance = cast(Bybit, built["bybit"]), cast(Binance, built["binance"])
    return bybit, Client(bybit), binance, Speaker(binance)


def bought(client: Client, side: str, leg: int) -> Decimal:
    """Trade 0.1 BTC at Bybit and return the price."""
    fields = {"category": "linear", "symbol": "BTCUSDT", "orderType": "Market", "qty": "0.1"}
    answer = client.post("order/create", **fields, side=side, positionIdx=leg)
    order_id = answer["result"]["orderId"]
    rows = client.get("execution/list", category="linear", orderId=order_id)["result"]["list"]
    assert sum(D(row["execQty"]) for row in rows) == D("0.1")
    return sum((D(row["execValue"]) for row in rows), D(0)) / D("0.1")


def test_an_arbitrage_locks_in_the_basis() -> None:
    """Bought where it is cheap and sold where it is dear, the pair no longer feels the market."""
    bybit, client, binance, speaker = world(binance="30")
    cheap = bought(client, "Buy", 1)
    sold = speaker.order("SELL", "SHORT", "0.1")
    dear = D(sold["avgPrice"])
    market = bybit.exchange.market("BTCUSDT")
    apart = binance.exchange.market("BTCUSDT").last - market.last
    assert apart == pytest.approx(D("0.003") * market.last, rel=D("0.1"))
    assert abs(dear - cheap - apart) <= 2
    worth = []
    for _ in range(30):
        now_us = bybit.exchange.clock.wall_us + MINUTE_US
        for exchange in (bybit, binance):
            exchange.advance(now_us)
        long = bybit.exchange.accounts[KEY].held()[0]
        short = binance.exchange.accounts[KEY].held()[0]
        worth.append(
            long.unrealised(bybit.exchange.market("BTCUSDT").mark)
            + short.unrealised(binance.exchange.market("BTCUSDT").mark)
        )
    assert len(set(worth)) == 1
    assert worth[0] == (dear - cheap - apart) * D("0.1")


def test_accounts_and_books_of_two_exchanges_never_touch() -> None:
    """What is traded, eaten or owed at one is unknown at the other."""
    bybit, client, binance, speaker = world()
    private = client.socket("/v5/private", "order", "position", "wallet")
    frames(private)
    before = asked_state(client)
    speaker.order("BUY", "LONG", "0.5")
    speaker.order("SELL", "LONG", "0.1", price="999999")
    assert asked_state(client) == before
    assert frames(private) == []
    assert binance.exchange.accounts[KEY].held()[0].qty == D("0.5")
    assert bybit.exchange.accounts[KEY].wallet == bybit.exchange.accounts[KEY].deposited


def asked_state(client: Client) -> list[Any]:
    """What Bybit says about the account and the book."""
    pair = {"category": "linear", "symbol": "BTCUSDT"}
    return [
        client.get("position/list", **pair)["result"],
        client.get("order/realtime", **pair)["result"],
        client.get("account/wallet-balance", accountType="UNIFIED")["result"],
        client.get("market/orderbook", **pair)["result"],
    ]


def test_the_same_seed_gives_each_exchange_the_same_market() -> None:
    """Without a basis the last price is one and the same at every moment."""
    bybit, _, binance, _ = world()
    for minute in range(1, 200, 7):
        for exchange in (bybit, binance):
            exchange.advance(START_US + minute * MINUTE_US)
        markets = [exchange.exchange.market("BTCUSDT") for exchange in (bybit, binance)]
        assert markets[0].last == markets[1].last
        assert markets[0].mark == markets[1].mark
