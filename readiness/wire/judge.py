"""Judges what a bot sent: legs, reduce-only, doubled orders, protection, limits, reconnection.

Nothing of the bot is known but its traffic, and nothing of the account but what the exchange knew,
so any bot of any language can be judged. `docs/readiness.md` lists the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from readiness.check import Finding, Location, Severity
from readiness.wire import command_rules, socket_rules, state_rules
from readiness.wire.words import Traffic

__all__ = ["RULES", "judge_traffic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: how bad it is to break it, how to mend that, and every place where it was broken."""

    severity: Severity
    fix: str
    breaks: Callable[[Traffic], Iterator[str]]


def _critical(fix: str, breaks: Callable[[Traffic], Iterator[str]]) -> Rule:
    return Rule(severity=Severity.CRITICAL, fix=fix, breaks=breaks)


def _high(fix: str, breaks: Callable[[Traffic], Iterator[str]]) -> Rule:
    return Rule(severity=Severity.HIGH, fix=fix, breaks=breaks)


RULES: dict[str, Rule] = {
    "W01": _high(
        "Give every order an id of its own (orderLinkId, newClientOrderId, clOrdId)",
        command_rules.nameless,
    ),
    "W02": _critical(
        "Name the long or the short leg in every order and stop "
        "(positionIdx 1 or 2, positionSide, posSide)",
        command_rules.legless,
    ),
    "W03": _critical(
        "Let closing orders reduce only, in the exchange's own way", command_rules.not_reducing
    ),
    "W04": _critical(
        "Ask by the order's own id what became of it before it is sent again",
        command_rules.doubled,
    ),
    "W05": _critical(
        "Send the stop with the entry, or before it, for all of the leg", state_rules.unprotected
    ),
    "W06": _high(
        "Wait for the limit's reset after a refusal for the rate, longer each time",
        command_rules.impatient,
    ),
    "W07": _high("Log in and subscribe again on every new socket", socket_rules.unsubscribed),
    "W08": _high("Read positions and orders after each new socket", socket_rules.unreconciled),
    "W09": _high("Wait before a socket is opened again", socket_rules.storms),
    "W10": _high("Cancel what closes a leg when the leg is flat", state_rules.orphans),
    "W11": _critical(
        "Read positions and orders after a start, before the first entry",
        command_rules.unread_start,
    ),
    "W12": _critical(
        "Read the position mode at the start, and refuse to trade in another one",
        command_rules.wrong_mode,
    ),
    "W13": _critical("Enter nothing while prices are old", socket_rules.stale),
    "W14": _high("Stop entering where the exchange does not answer", command_rules.dead),
    "W15": _high("Wait longer before each further attempt", socket_rules.constant_back_off),
    "W16": _high(
        "Count a socket that carries no data as dead, and open another", socket_rules.unnoticed
    ),
}


def judge_traffic(
    traffic: Traffic, scenario: str, asked: Collection[str] = tuple(RULES)
) -> list[Finding]:
    """Everything wrong in one session by the rules that are `asked`; each names the first place
    and counts the others."""
    found = []
    for rule_id, rule in RULES.items():
        said = list(rule.breaks(traffic)) if rule_id in asked else []
        if said:
            more = f", and {len(said) - 1} times more" if len(said) > 1 else ""
            found.append(
                Finding(
                    rule_id=rule_id,
                    severity=rule.severity,
                    message=f"{traffic.exchange}: {said[0]}{more}",
                    fix=rule.fix,
                    location=Location(path=f"wire/{scenario}"),
                )
            )
    return found
