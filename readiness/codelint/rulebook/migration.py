"""C01 to C05 on configuration and secrets, V01 to V06 on what v3 lost, X01 on suppressions."""

from __future__ import annotations

from readiness.codelint.rulebook.entry import CRITICAL, HIGH, LOW, MEDIUM, Rule

__all__ = ["MIGRATION"]

_COUNTERPART = "Bring it back, or state the reason in the configuration of the analysis."

MIGRATION = (
    Rule(
        "C01",
        CRITICAL,
        "Hedge mode is off",
        "Both legs of a symbol cannot live at once; every leg index is wrong.",
        "Set trading.hedge_mode: true.",
    ),
    Rule(
        "C02",
        HIGH,
        "Risk limit missing",
        "What is not limited is unlimited.",
        "State every limit of the section.",
    ),
    Rule(
        "C03",
        CRITICAL,
        "Live keys or live endpoint in a tracked file",
        "A test run trades real money, and everybody with the repository can.",
        "Take keys from the environment and default to the test network or dry run.",
    ),
    Rule(
        "C04",
        HIGH,
        "Default password",
        "Anybody who reaches the port owns orders and keys.",
        "Take the password from the environment, and refuse to start without it.",
    ),
    Rule(
        "C05",
        CRITICAL,
        "Secret in a tracked file",
        "Whoever reads the repository can act as you, also after the line is deleted.",
        "Revoke it, and read it from the environment.",
    ),
    Rule(
        "V01",
        MEDIUM,
        "Public name of v2 without a counterpart",
        "Something that users call is gone.",
        _COUNTERPART,
    ),
    Rule(
        "V02",
        HIGH,
        "Endpoint of v2 without a counterpart",
        "A client or a dashboard breaks on the day of the switch.",
        _COUNTERPART,
    ),
    Rule(
        "V03",
        MEDIUM,
        "Configuration key of v2 without a counterpart",
        "A limit that operators set has no effect any more.",
        _COUNTERPART,
    ),
    Rule(
        "V04",
        HIGH,
        "Table of v2 without a counterpart",
        "Its rows have nowhere to go.",
        _COUNTERPART,
    ),
    Rule(
        "V05",
        HIGH,
        "Scheduled job of v2 without a counterpart",
        "Reconciliation or reporting silently stops.",
        _COUNTERPART,
    ),
    Rule(
        "V06",
        HIGH,
        "Critical path that stayed synchronous",
        "The migration's aim is missed where it matters: this path still stops the loop.",
        "Make the path asynchronous from its entry to the driver.",
    ),
    Rule(
        "X01",
        LOW,
        "Suppression without a reason",
        "Nobody can tell later whether it was looked at.",
        "Write the reason after the rule ids: codelint: ok D27 because …",
    ),
)
