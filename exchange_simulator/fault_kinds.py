"""The catalogue of faults: what each is, which forms it has on which exchange, and where."""

from dataclasses import dataclass, field

__all__ = ["FAULTS", "FaultKind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """What a fault can be.

    `variants` by exchange, the first being the default; an exchange that is not there is told
    apart in `absent` by a sentence. `where` is the default place by exchange, or by exchange and
    variant where one has its own: a pattern of paths (with the method before it where one path does
    several things), "*" for any.
    """

    meaning: str
    variants: dict[str, tuple[str, ...]]
    where: dict[str, str] = field(default_factory=dict)
    timed: bool = False
    absent: dict[str, str] = field(default_factory=dict)

    def known(self, market: str) -> tuple[str, ...]:
        """Return the variants on an exchange, or of all exchanges for an empty name."""
        if market:
            return self.variants.get(market, ())
        return tuple(dict.fromkeys(name for row in self.variants.values() for name in row))


def _everywhere(*variants: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(("bybit", "binance", "okx"), variants)


_CREATE = {
    "bybit": "/v5/order/create",
    "binance": "POST /fapi/v1/order",
    "okx": "POST /api/v5/trade/order",
}
_CANCEL = {
    "bybit": "/v5/order/cancel",
    "binance": "DELETE /fapi/v1/order",
    "okx": "POST /api/v5/trade/cancel-order",
}
_NO_TRADING_STOP = (
    "stops are orders of their own there, and no request sets the same stop a second time"
)

FAULTS: dict[str, FaultKind] = {
    "F1": FaultKind(
        meaning="accepted, answer lost",
        variants=_everywhere("closed", "delayed"),
        where=_CREATE,
    ),
    "F2": FaultKind(
        meaning="accepted, answered with an error that says nothing",
        variants={
            "bybit": ("10016", "10000"),
            "binance": ("-1007", "-1006", "503"),
            "okx": ("50004", "50026", "50001"),
        },
        where=_CREATE,
    ),
    "F3": FaultKind(
        meaning="stale read",
        variants={"bybit": ("lag", "restart"), "binance": ("lag",), "okx": ("lag",)},
        where={
            "bybit": "/v5/order/[rh]*",
            "binance": "GET /fapi/v1/*rder*",
            "okx": "GET /api/v5/trade/order*",
        },
    ),
    "F4": FaultKind(
        meaning="cancel answered oddly",
        variants={
            "bybit": ("late", "gone", "double_filled"),
            "binance": ("late", "gone"),
            "okx": ("late", "gone"),
        },
        where=_CANCEL,
    ),
    "F5": FaultKind(
        meaning="private frames duplicated or reordered",
        variants=_everywhere("duplicate", "reverse", "hold"),
        where=dict.fromkeys(_CREATE, "private"),
    ),
    "F6": FaultKind(
        meaning="sockets answer pings but carry no data",
        variants=_everywhere("all", "private", "public"),
        timed=True,
    ),
    "F7": FaultKind(meaning="disconnect", variants=_everywhere("reset", "handshake"), timed=True),
    "F8": FaultKind(
        meaning="gap in the order book, or in the stream of its best prices",
        variants=_everywhere("skip", "unknown_level", "best"),
        where={
            **{"bybit": "orderbook.*", "binance": "*@depth*", "okx": "books*"},
            **{"bybit:best": "tickers.*", "binance:best": "*@bookTicker", "okx:best": "tickers"},
        },
    ),
    "F9": FaultKind(
        meaning="refused by rate limits, gateway, rights or state of the market",
        variants={
            "bybit": (
                *("10006", "403", "429", "502", "10005", "10010", "10027", "33004", "110063"),
                *("110066", "110079"),
            ),
            "binance": ("-1003", "418", "403", "502", "503", "-1008", "-1015", "-2015"),
            "okx": ("50011", "50061", "50013", "50001", "50026", "50110", "50120", "502"),
        },
    ),
    "F10": FaultKind(
        meaning="arrives beyond recv_window", variants=_everywhere("late"), where=_CREATE
    ),
    "F11": FaultKind(
        meaning="position mode switched",
        variants=_everywhere("one_way", "for_a_while"),
        timed=True,
    ),
    "F12": FaultKind(
        meaning="leg is flat when the closing order arrives",
        variants=_everywhere("flat"),
        where=_CREATE,
    ),
    "F13": FaultKind(
        meaning="leg closed while a conditional order still rests",
        variants=_everywhere("closed"),
        timed=True,
    ),
    "F14": FaultKind(
        meaning="leg shrinks below its resting closing orders",
        variants=_everywhere("half"),
        timed=True,
    ),
    "F15": FaultKind(
        meaning="trading stop answered 34040",
        variants={"bybit": ("ignored", "set")},
        where={"bybit": "/v5/position/trading-stop"},
        absent={"binance": _NO_TRADING_STOP, "okx": _NO_TRADING_STOP},
    ),
    "F16": FaultKind(
        meaning="history shorter than the position's life",
        variants=_everywhere("short"),
        where={
            "bybit": "/v5/execution/list",
            "binance": "GET /fapi/v1/userTrades",
            "okx": "GET /api/v5/trade/fills*",
        },
    ),
    "F17": FaultKind(meaning="maintenance", variants=_everywhere("refuse", "restart"), timed=True),
    "F18": FaultKind(meaning="fills in many pieces", variants=_everywhere("pieces"), where=_CREATE),
}
