"""T01 to T17: orders, legs, money, feeds."""

from __future__ import annotations

from readiness.codelint.rulebook.entry import CRITICAL, HIGH, MEDIUM, Rule

__all__ = ["TRADING"]

TRADING = (
    Rule(
        "T01",
        CRITICAL,
        "Order without its leg",
        "In hedge mode the exchange refuses index 0, or the order lands on no intended leg.",
        "Carry position_idx 1 or 2 from the intent to the order; give it no default.",
    ),
    Rule(
        "T02",
        CRITICAL,
        "Leg derived from the order side",
        "A BUY that closes a short is sent to the long leg: it opens instead of closing.",
        "Carry position_idx from the intent; the side never tells the leg.",
    ),
    Rule(
        "T03",
        CRITICAL,
        "Closing order without reduce-only",
        "A close that meets an already closed leg opens a position the other way.",
        "Send reduce_only=True, or the exchange's own mark of a close.",
    ),
    Rule(
        "T04",
        CRITICAL,
        "Position side and order side mixed up",
        "The comparison is never true, or the close goes to the wrong leg or direction.",
        "Convert by name: opening_side(leg), closing_side(leg).",
    ),
    Rule(
        "T05",
        HIGH,
        "Unknown order type, status or time turned into a default",
        "A rejected order looks new, a stop goes out as a market order, an old fill as one of now.",
        "Raise, or keep UNKNOWN and count it.",
    ),
    Rule(
        "T06",
        CRITICAL,
        "Order repeated with a stale signature or a new identity",
        "The retry is refused as too old, or doubles the order.",
        "Sign inside the loop, with one client order id made before it.",
    ),
    Rule(
        "T07",
        HIGH,
        "Market order as a fallback",
        "A price that could not be had becomes any price.",
        "Deny the order, or send a limit with a stated slippage bound.",
    ),
    Rule(
        "T08",
        MEDIUM,
        "Float for money",
        "Quantities miss the step by a hair and are refused; totals drift.",
        "Use Decimal from the wire string on.",
    ),
    Rule(
        "T09",
        HIGH,
        "Risk rounded upwards",
        "The order is larger than what risk allowed.",
        "Quantise with ROUND_DOWN to the instrument's step.",
    ),
    Rule(
        "T10",
        HIGH,
        "Client or query without a timeout",
        "A silent peer holds the connection for ever.",
        "State a total timeout where the client, pool or query is made.",
    ),
    Rule(
        "T11",
        HIGH,
        "Reconnect without back-off",
        "The exchange bans the address in the very minute when the bot must act.",
        "Back off exponentially with jitter, up to 30 s.",
    ),
    Rule(
        "T12",
        MEDIUM,
        "Back-off without a bound or a reset",
        "After a few drops the bot stays away for hours.",
        "Cap the delay and reset it after a stable connection.",
    ),
    Rule(
        "T13",
        CRITICAL,
        "Reconnect without subscribing again",
        "The socket is alive and silent: fills and prices stop.",
        "Authenticate and subscribe after each connect.",
    ),
    Rule(
        "T14",
        CRITICAL,
        "Reconnect without reconciliation",
        "What happened while the socket was down is never known.",
        "Ask orders, executions and positions by REST before trading goes on.",
    ),
    Rule(
        "T15",
        HIGH,
        "Truth taken from the last message",
        "A late or repeated message overwrites a newer balance or position.",
        "Compare sequence or update time, and reconcile by REST.",
    ),
    Rule(
        "T16",
        CRITICAL,
        "Stop canceled before the new one rests",
        "Between the two the position has no stop; if the second call fails, it stays so.",
        "Amend the stop, or place the new one first and cancel the old after it rests.",
    ),
    Rule(
        "T17",
        HIGH,
        "Error swallowed on an order path",
        "An order whose outcome is unknown is treated as not sent.",
        "Let the error rise, or record the order as UNKNOWN and ask the exchange.",
    ),
)
