"""The same seed and inputs give the same bytes in another process, whatever its hash seed."""

import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from random import Random

from exchange_simulator.faults import FaultPlan, FaultRule
from exchange_simulator.world import WorldOptions, build_world
from tests.system.exchange_simulator.running import ROOT
from tests.unit.exchange_simulator.builders import Client

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


def digest_of_a_session(seed: int) -> str:
    """Trade at random on three symbols under faults; return the hash of all that came out."""
    rules = (
        FaultRule(fault="F2", variant="10016", where="/v5/order/create", probability=0.1),
        FaultRule(fault="F5", variant="duplicate", where="private", probability=0.2),
        FaultRule(fault="F8", variant="skip", where="orderbook.*", probability=0.05),
    )
    options = WorldOptions(
        symbols=SYMBOLS,
        seed=seed,
        speed=Fraction(60),
        points=10,
        more_accounts=1,
        faults=FaultPlan(seed=seed, rules=rules),
    )
    bybit = build_world(options, 1_767_571_200_000_000)["bybit"]
    clients = [
        Client(bybit, f"{options.api_key}{end}", f"{options.api_secret}{end}")  # type: ignore[arg-type]
        for end in ("", "-2")
    ]
    private = ("order", "execution", "position", "wallet")
    sockets = [client.socket("/v5/private", *private) for client in clients]
    names = ("orderbook.50", "tickers", "kline.1", "publicTrade")
    topics = [f"{name}.{symbol}" for name in names for symbol in SYMBOLS]
    sockets.append(clients[0].socket("/v5/public/linear", *topics))
    rng = Random(seed)
    seen = hashlib.sha256()
    for step in range(150):
        bybit.advance(1_767_571_200_000_000 + step * 400_000)
        fields = {
            "category": "linear",
            "symbol": rng.choice(SYMBOLS),
            "side": rng.choice(("Buy", "Sell")),
            "orderType": "Market",
            "qty": str(rng.randrange(1, 40) / 10),
            "positionIdx": rng.choice((1, 2)),
        }
        body = json.dumps(fields).encode()
        reply = rng.choice(clients).raw("POST", "/v5/order/create", body)
        seen.update(reply.body)
        for socket in sockets:
            seen.update(b"".join(socket.drain()))
    hits = bybit.request(method="GET", target="/simulator/faults", headers={})
    seen.update(hits.body)
    return seen.hexdigest()


def test_processes_with_different_hash_seeds_agree() -> None:
    """Nothing depends on the order of a set or on an address in memory."""
    digests = set()
    for hash_seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.system.exchange_simulator.test_determinism"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=300,
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert digests != {""}


def test_another_seed_is_another_session() -> None:
    """The seed is what decides."""
    assert digest_of_a_session(1) != digest_of_a_session(2)


if __name__ == "__main__":
    sys.stdout.write(digest_of_a_session(7))
