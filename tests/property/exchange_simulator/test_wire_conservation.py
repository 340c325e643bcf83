"""The rules of conservation hold under requests in Binance's and OKX's words, as under the core's.

Each machine lets two hedge-mode clients send what they like; what the wire tells them, in answers
and in streams, must agree with itself and with the books of the exchange.
"""

from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange_simulator.connection import Connection
from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.okx.protocol import Okx
from exchange_simulator.state import Exchange
from tests.property.exchange_simulator.conservation import check_all
from tests.unit.exchange_simulator.builders import START_MS, frames, go, hedger, make_exchange
from tests.unit.exchange_simulator.protocols.binance import speaking as binance_words
from tests.unit.exchange_simulator.protocols.okx import speaking as okx_words

D = Decimal
RATES = {START_MS + hours * 28_800_000: 0.0007 for hours in range(50)}
MOVES = st.lists(st.integers(-400, 400), min_size=30, max_size=30)
who = st.integers(0, 1)
legs = st.sampled_from(("LONG", "SHORT"))
ratios = st.integers(-300, 300).map(lambda number: 1 + D(number) / 10_000)
CODES_OF_DEFECTS = (-1000, "50026")


def scripted(moves: list[int]) -> Exchange:
    """A market of random moves in basis points, with two clients who can be ruined."""
    price, script = D(60_000), ["60000"]
    for move in moves:
        price = (price * (1 + D(move) / 10_000)).quantize(D("0.1"))
        script.append(str(price))
    exchange = make_exchange(script, rates=RATES)
    hedger(exchange, "20000", "A")
    hedger(exchange, "3000", "B")
    return exchange


class _Flow(RuleBasedStateMachine):
    """What both machines share: time, prices, and the invariants of the core."""

    exchange: Exchange

    def price(self, ratio: Decimal) -> str:
        """A price near the market, on a tick."""
        return str((self.exchange.market("BTCUSDT").last * ratio).quantize(D("0.1")))

    @rule(minutes=st.sampled_from((0.25, 0.5, 1, 2)))
    def pass_time(self, minutes: float) -> None:
        """Let the market move."""
        go(self.exchange, minutes)

    @invariant()
    def money_and_quantities_are_conserved(self) -> None:
        """All rules of conservation hold."""
        if hasattr(self, "exchange"):
            check_all(self.exchange, list(self.exchange.accounts.values()))


class BinanceFlow(_Flow):
    """Two clients of Binance's protocol."""

    @initialize(moves=MOVES)
    def open(self, moves: list[int]) -> None:
        """Open the exchange and a user stream for each client."""
        self.exchange = scripted(moves)
        binance = Binance(self.exchange, limits_on=False)
        self.clients = [binance_words.Speaker(binance, key) for key in ("A", "B")]
        self.streams: list[Connection] = [client.user_stream() for client in self.clients]
        self.fills: list[dict[str, Decimal]] = [{}, {}]

    def _sound(self, answer: Any) -> Any:
        """No answer is a defect of ours."""
        rows = answer if isinstance(answer, list) else [answer]
        assert all(row.get("code") not in CODES_OF_DEFECTS for row in rows if isinstance(row, dict))
        return answer

    @rule(who=who, leg=legs, opens=st.booleans(), size=st.integers(1, 900), ratio=ratios)
    def limit(self, who: int, leg: str, opens: bool, size: int, ratio: Decimal) -> None:
        """A limit order of either side on either leg."""
        side = "BUY" if (leg == "LONG") is opens else "SELL"
        more = {"price": self.price(ratio)}
        self._sound(self.clients[who].order(side, leg, str(D(size) / 1000), **more))

    @rule(who=who, leg=legs, opens=st.booleans(), size=st.integers(1, 900))
    def market(self, who: int, leg: str, opens: bool, size: int) -> None:
        """A market order of either side on either leg."""
        side = "BUY" if (leg == "LONG") is opens else "SELL"
        self._sound(self.clients[who].order(side, leg, str(D(size) / 1000)))

    @rule(
        who=who,
        leg=legs,
        kind=st.sampled_from(("STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")),
        ratio=ratios,
        whole=st.booleans(),
    )
    def conditional(self, who: int, leg: str, kind: str, ratio: Decimal, whole: bool) -> None:
        """A stop, a take profit or a trailing stop, of the whole leg or of a part."""
        side = "SELL" if leg == "LONG" else "BUY"
        size = {"closePosition": "true"} if whole else {"quantity": "0.05"}
        where = {"callbackRate": "1"} if "TRAIL" in kind else {"triggerPrice": self.price(ratio)}
        self._sound(self.clients[who].algo(kind, side, leg, **size, **where))

    @rule(who=who, pick=st.integers(0, 20), size=st.integers(1, 900), ratio=ratios)
    def modify(self, who: int, pick: int, size: int, ratio: Decimal) -> None:
        """Reprice and resize an open order."""
        rows = self.clients[who].call("GET", "v1/openOrders")
        if rows:
            row = rows[pick % len(rows)]
            named = {"symbol": "BTCUSDT", "orderId": row["orderId"], "side": row["side"]}
            change = {"quantity": str(D(size) / 1000), "price": self.price(ratio)}
            self._sound(self.clients[who].call("PUT", "v1/order", **named, **change))

    @rule(who=who, pick=st.integers(0, 20))
    def cancel(self, who: int, pick: int) -> None:
        """Cancel an open order."""
        rows = self.clients[who].call("GET", "v1/openOrders")
        if rows:
            named = {"symbol": "BTCUSDT", "orderId": rows[pick % len(rows)]["orderId"]}
            assert self.clients[who].call("DELETE", "v1/order", **named)["status"] == "CANCELED"

    @rule(who=who, leverage=st.integers(1, 50), kind=st.sampled_from(("ISOLATED", "CROSSED")))
    def configure(self, who: int, leverage: int, kind: str) -> None:
        """Change leverage and margin type."""
        client = self.clients[who]
        self._sound(client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=leverage))
        self._sound(client.call("POST", "v1/marginType", symbol="BTCUSDT", marginType=kind))

    @rule(who=who, leg=legs, kind=st.sampled_from((1, 2)))
    def move_margin(self, who: int, leg: str, kind: int) -> None:
        """Add margin to an isolated leg, or take it back."""
        fields = {"symbol": "BTCUSDT", "positionSide": leg, "amount": "25", "type": kind}
        self._sound(self.clients[who].call("POST", "v1/positionMargin", **fields))

    @invariant()
    def the_wire_agrees_with_itself(self) -> None:
        """Positions, trades and streamed fills are one, leg by leg; the account's sums add up."""
        for number, client in enumerate(getattr(self, "clients", [])):
            for name, event in binance_words.events(self.streams[number]):
                row = event.get("o", {})
                if name == "ORDER_TRADE_UPDATE" and D(row["l"]):
                    sums = self.fills[number]
                    signed = D(row["l"]) * (1 if row["S"] == "BUY" else -1)
                    sums[row["ps"]] = sums.get(row["ps"], D(0)) + signed
            held = {
                row["positionSide"]: D(row["positionAmt"])
                for row in client.call("GET", "v2/positionRisk", symbol="BTCUSDT")
            }
            assert held == {side: self.fills[number].get(side, D(0)) for side in held}
            assert held["LONG"] >= 0 >= held["SHORT"]
            account = client.call("GET", "v2/account")
            wallet, profit = D(account["totalWalletBalance"]), D(account["totalUnrealizedProfit"])
            assert D(account["totalMarginBalance"]) == wallet + profit
            assert sum(D(row["unrealizedProfit"]) for row in account["positions"]) == profit


class OkxFlow(_Flow):
    """Two clients of OKX's protocol."""

    @initialize(moves=MOVES)
    def open(self, moves: list[int]) -> None:
        """Open the exchange and the orders channel for each client."""
        self.exchange = scripted(moves)
        okx = Okx(self.exchange, limits_on=False)
        self.clients = [okx_words.Speaker(okx, key) for key in ("A", "B")]
        orders = {"channel": "orders", "instType": "SWAP"}
        self.streams: list[Connection] = [
            client.socket("private", orders) for client in self.clients
        ]
        self.fills: list[dict[str, Decimal]] = [{}, {}]

    def _sound(self, envelope: Any) -> Any:
        """No answer is a defect of ours."""
        codes = [envelope["code"], *(row.get("sCode") for row in envelope["data"])]
        assert not set(codes) & set(CODES_OF_DEFECTS)
        return envelope

    @rule(who=who, leg=legs, opens=st.booleans(), size=st.integers(1, 900), ratio=ratios)
    def limit(self, who: int, leg: str, opens: bool, size: int, ratio: Decimal) -> None:
        """A limit order of either side on either leg."""
        side = "buy" if (leg == "LONG") is opens else "sell"
        more = {"px": self.price(ratio)}
        self._sound(self.clients[who].order(side, leg.lower(), str(D(size) / 10), **more))

    @rule(
        who=who,
        leg=legs,
        opens=st.booleans(),
        size=st.integers(1, 900),
        mode=st.sampled_from(("cross", "cross", "isolated")),
        away=st.integers(0, 300),
    )
    def market(self, who: int, leg: str, opens: bool, size: int, mode: str, away: int) -> None:
        """A market order, with attached stops if there is a distance."""
        side, sign = ("buy", 1) if (leg == "LONG") is opens else ("sell", -1)
        more: dict[str, Any] = {"tdMode": mode}
        if away and opens:
            gap = D(away) / 10_000 * sign
            stops = {"slTriggerPx": self.price(1 - gap), "slOrdPx": "-1"}
            stops |= {"tpTriggerPx": self.price(1 + gap), "tpOrdPx": "-1"}
            more["attachAlgoOrds"] = [stops]
        self._sound(self.clients[who].order(side, leg.lower(), str(D(size) / 10), **more))

    @rule(
        who=who,
        leg=legs,
        kind=st.sampled_from(("conditional", "oco", "trigger", "move_order_stop")),
        away=st.integers(1, 300),
        whole=st.booleans(),
    )
    def conditional(self, who: int, leg: str, kind: str, away: int, whole: bool) -> None:
        """An algo order on a leg, of all of it or of a part."""
        side, sign = ("sell", 1) if leg == "LONG" else ("buy", -1)
        gap = D(away) / 10_000 * sign
        fields: dict[str, Any] = {"slTriggerPx": self.price(1 - gap), "slOrdPx": "-1"}
        if kind == "oco":
            fields |= {"tpTriggerPx": self.price(1 + gap), "tpOrdPx": "-1"}
        elif kind == "trigger":
            fields = {"triggerPx": self.price(1 + gap), "orderPx": "-1"}
        elif kind == "move_order_stop":
            fields = {"callbackRatio": "0.01"}
        if whole:
            fields |= {"closeFraction": "1", "sz": ""}
        else:
            fields |= {"sz": "5", "cxlOnClosePos": "true"}
        self._sound(self.clients[who].algo(kind, side, leg.lower(), **fields))

    @rule(who=who, pick=st.integers(0, 20), size=st.integers(1, 900), ratio=ratios)
    def amend(self, who: int, pick: int, size: int, ratio: Decimal) -> None:
        """Reprice and resize an open order."""
        rows = self.clients[who].get("trade/orders-pending")["data"]
        if rows:
            named = {"instId": okx_words.PAIR, "ordId": rows[pick % len(rows)]["ordId"]}
            change = {"newSz": str(D(size) / 10), "newPx": self.price(ratio)}
            self._sound(self.clients[who].post("trade/amend-order", **named, **change))

    @rule(who=who, pick=st.integers(0, 20))
    def cancel(self, who: int, pick: int) -> None:
        """Cancel an open order."""
        rows = self.clients[who].get("trade/orders-pending")["data"]
        if rows:
            named = {"instId": okx_words.PAIR, "ordId": rows[pick % len(rows)]["ordId"]}
            assert self.clients[who].post("trade/cancel-order", **named)["code"] == "0"

    @rule(who=who, leg=legs, mode=st.sampled_from(("cross", "isolated")))
    def close(self, who: int, leg: str, mode: str) -> None:
        """Close a leg at the market."""
        fields = {"instId": okx_words.PAIR, "posSide": leg.lower(), "mgnMode": mode}
        self._sound(self.clients[who].post("trade/close-position", **fields, autoCxl=True))

    @rule(who=who, leverage=st.integers(1, 50))
    def configure(self, who: int, leverage: int) -> None:
        """Change leverage."""
        fields = {"instId": okx_words.PAIR, "lever": str(leverage), "mgnMode": "cross"}
        self._sound(self.clients[who].post("account/set-leverage", **fields))

    @invariant()
    def the_wire_agrees_with_itself(self) -> None:
        """Positions and streamed fills are one, leg by leg; the balance explains the equity."""
        for number, client in enumerate(getattr(self, "clients", [])):
            sums = self.fills[number]
            for frame in frames(self.streams[number]):
                for row in frame.get("data", []):
                    if D(row["fillSz"] or "0"):
                        opens = (row["side"] == "buy") is (row["posSide"] == "long")
                        signed = D(row["fillSz"]) * (1 if opens else -1)
                        key = f"{row['tdMode']} {row['posSide']}"
                        sums[key] = sums.get(key, D(0)) + signed
            rows = client.get("account/positions")["data"]
            held = {f"{row['mgnMode']} {row['posSide']}": D(row["pos"]) for row in rows}
            assert held == {side: size for side, size in sums.items() if size}
            assert all(size > 0 for size in held.values())
            (coin,) = client.get("account/balance")["data"][0]["details"]
            profit = sum((D(row["upl"]) for row in rows), D(0))
            assert D(coin["eq"]) == D(coin["cashBal"]) + profit


_SETTINGS = settings(max_examples=40, stateful_step_count=30, deadline=None)
BinanceFlow.TestCase.settings = _SETTINGS
OkxFlow.TestCase.settings = _SETTINGS
TestBinanceFlow = BinanceFlow.TestCase
TestOkxFlow = OkxFlow.TestCase
