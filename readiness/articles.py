"""The control table: what RTS 6 and SEC rule 15c3-5 ask for, and what this very run shows of it.

RTS 6 is Delegated Regulation (EU) 2017/589, SEC is 17 CFR 240.15c3-5. A row rests on evidence that
checks of the run hold; where its check could not measure, or was not run, nothing is shown. What no
program can do says who must. It judges nothing: the checks do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from readiness.check import CheckResult, Evidence, FindingKind, Outcome

__all__ = ["RULES", "Control", "Standing", "control_table"]

RISK, WIRE, RESILIENCE = "Risk Management", "Exchange APIs", "Resilience"
SHOWN_MOST = 12  # Pieces of evidence of one row; the check itself shows the rest.


class Standing(StrEnum):
    """What the run says of one rule."""

    SHOWN = "shown"
    BROKEN = "broken"
    NOT_SHOWN = "not shown"
    BY_PERSONS = "by persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One row: rule, what it asks for, how it stands, by what, and what was measured."""

    rule: str
    asks: str
    standing: Standing
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What is looked for: evidence of these checks that names the rule or begins with a word.

    A check without a word is cited by its outcome. `persons` says who does what no program can.
    """

    name: str
    asks: str
    cites: Mapping[str, tuple[str, ...]]
    persons: str = ""


def _rule(
    name: str, asks: str, cites: Mapping[str, tuple[str, ...]] | None = None, persons: str = ""
) -> _Rule:
    return _Rule(name=name, asks=asks, cites=cites or {RISK: ()}, persons=persons)


RULES: tuple[_Rule, ...] = (
    _rule(
        "RTS 6 Art. 5-7",
        "tested apart from production, and against the exchange's order scenarios",
        {WIRE: ("session",), "Dry Run": ()},
    ),
    _rule("RTS 6 Art. 8", "limits of price, value, orders and positions are set beforehand"),
    _rule("RTS 6 Art. 9", "yearly self-assessment", {}, "sign it; this report is material for it"),
    _rule(
        "RTS 6 Art. 10",
        "stress: more messages and a worse market than ever met",
        {RISK: ("stress",), "Dry Run": ()},
    ),
    _rule("RTS 6 Art. 11", "material changes are known", {"V2 Compatibility": ()}),
    _rule("RTS 6 Art. 12", "kill function", {RISK: ("limits and kill switch",)}),
    _rule(
        "RTS 6 Art. 13", "surveillance for manipulation", {}, "watch across accounts and members"
    ),
    _rule(
        "RTS 6 Art. 14",
        "business goes on after a failure",
        {RESILIENCE: (), WIRE: ("session bybit-restart",)},
    ),
    _rule("RTS 6 Art. 15(1)(a)", "price collars, per order and over time"),
    _rule("RTS 6 Art. 15(1)(b)", "largest value of an order"),
    _rule("RTS 6 Art. 15(1)(c)", "largest volume of an order"),
    _rule("RTS 6 Art. 15(1)(d)", "most messages"),
    _rule("RTS 6 Art. 15(2)", "an order counts in the limits once it is sent"),
    _rule("RTS 6 Art. 15(3)", "repeated execution is stopped until a person allows it again"),
    _rule("RTS 6 Art. 15(4)", "limits of market and credit risk"),
    _rule("RTS 6 Art. 16", "alerts within five seconds", {RISK: ("alert",)}),
    _rule(
        "RTS 6 Art. 17",
        "own records agree with the exchange's, at once and all the time",
        {RISK: (), RESILIENCE: ()},
    ),
    _rule("RTS 6 Art. 18", "no secrets lie about", {"Code": ()}),
    _rule("SEC (b)", "the controls are written down", {}, "keep docs/risk.md with the records"),
    _rule("SEC (c)(1)(i)", "thresholds of capital and credit, in aggregate"),
    _rule("SEC (c)(1)(ii)", "erroneous and duplicate orders are refused"),
    _rule(
        "SEC (c)(2)(i)-(iii)",
        "permitted instruments, authorised persons",
        {},
        "say who may trade what; keys that may withdraw are refused",
    ),
    _rule("SEC (c)(2)(iv)", "a record of each order and execution at once"),
    _rule("SEC (d)", "the controls are not in the strategy's hands"),
    _rule("SEC (e)", "yearly review, certified", {}, "certify it; this report is material for it"),
)


def control_table(results: Sequence[CheckResult]) -> tuple[Control, ...]:
    """Every rule with what these results show of it; nothing where they show nothing at all.

    A rule that only a piece of evidence names comes last.
    """
    by_name = {result.name: result for result in results}
    known = {rule.name for rule in RULES}
    risk = by_name.get(RISK)
    named = dict.fromkeys(_named(one) for one in risk.evidence) if risk is not None else {}
    more = [_rule(name, "as the check names it") for name in named if name and name not in known]
    table = tuple(_control(rule, by_name) for rule in (*RULES, *more))
    is_shown = any(row.standing in {Standing.SHOWN, Standing.BROKEN} for row in table)
    return table if is_shown else ()


def _control(rule: _Rule, by_name: Mapping[str, CheckResult]) -> Control:
    if rule.persons:
        return Control(
            rule=rule.name, asks=rule.asks, standing=Standing.BY_PERSONS, why=rule.persons
        )
    standings, reasons = [], []
    evidence: list[Evidence] = []
    for name, words in rule.cites.items():
        found = list(_cited(rule, by_name.get(name), words))
        standing, reason = _standing(rule, by_name.get(name), name, words, found)
        standings.append(standing)
        reasons.append(reason)
        evidence += found
    worst = next((one for one in (Standing.BROKEN, Standing.NOT_SHOWN) if one in standings), None)
    return Control(
        rule=rule.name,
        asks=rule.asks,
        standing=worst or Standing.SHOWN,
        why="; ".join(reasons),
        evidence=tuple(evidence[:SHOWN_MOST]),
    )


def _cited(rule: _Rule, result: CheckResult | None, words: tuple[str, ...]) -> Iterator[Evidence]:
    """What a check holds for a rule: by the rule's name in brackets, or by the first words."""
    for one in result.evidence if result is not None else ():
        if _named(one) == rule.name or (words and one.what.startswith(words)):
            yield one


def _named(evidence: Evidence) -> str:
    """The rule that a piece of evidence names at its end, in brackets; "" without one."""
    _, bracket, rest = evidence.what.partition(" (")
    is_rule = rest.startswith(("RTS 6", "SEC"))
    return rest.removesuffix(")") if bracket and is_rule else ""


def _standing(
    rule: _Rule,
    result: CheckResult | None,
    name: str,
    words: tuple[str, ...],
    found: Sequence[Evidence],
) -> tuple[Standing, str]:
    """How a rule stands by one check, and why."""
    if result is None:
        return Standing.NOT_SHOWN, f"{name} was not run"
    if result.outcome is Outcome.BLOCKED:
        return Standing.NOT_SHOWN, f"{name} could not judge"
    if words and not found:
        return Standing.NOT_SHOWN, f"{name} measured nothing of it"
    known = {_control_of(one) for one in result.evidence if _named(one)}
    own = {_control_of(one) for one in found if _named(one)}
    broken = [
        finding
        for finding in result.findings
        if finding.kind is FindingKind.FAIL and _concerns(finding.message, own, known)
    ]
    if broken:
        return Standing.BROKEN, f"{name}: {broken[0].message}"
    return Standing.SHOWN, f"{name}: {len(found)} measured" if found else f"{name} passed"


def _control_of(evidence: Evidence) -> str:
    return evidence.what.partition(" (")[0]


def _concerns(message: str, own: set[str], known: set[str]) -> bool:
    """A finding that names controls concerns those; one that names none concerns every rule."""
    mentioned = known & set(message.replace(":", " ").split())
    return not mentioned or not own or bool(mentioned & own)
