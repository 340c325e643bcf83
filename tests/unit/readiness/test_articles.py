"""The control table says of each rule what this run shows, and never more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from readiness.articles import RULES, Control, Standing, control_table
from readiness.check import CheckResult, Evidence, Finding, Outcome, Severity
from readiness.checks.risk import limits_of
from readiness.checks.risk_drives import drives

ROOT = Path(__file__).resolve().parents[3]
COLLAR, VALUE = "RTS 6 Art. 15(1)(a)", "RTS 6 Art. 15(1)(b)"
RISK = CheckResult(
    name="Risk Management",
    outcome=Outcome.PASSED,
    is_critical=True,
    coverage_ratio=1.0,
    evidence=(
        Evidence(what=f"price_collar ({COLLAR})", measured="499, 500, 501: denied", limit="500"),
        Evidence(what=f"order_value ({VALUE})", measured="1999, 2000, 2001: denied"),
        Evidence(what="duplicate (SEC (c)(1)(ii))", measured="once"),
        Evidence(what="limits and kill switch over the wire", measured="9 passed"),
    ),
)


def row(rule: str, *results: CheckResult) -> Control:
    """One row of the table."""
    return next(one for one in control_table(results) if one.rule == rule)


def failed(message: str) -> CheckResult:
    """The same check with a finding."""
    found = Finding(rule_id="x", severity=Severity.CRITICAL, message=message, fix="f")
    return replace(RISK, outcome=Outcome.FAILED, findings=(found,))


def test_a_rule_shows_what_was_measured_of_it() -> None:
    """By the name of the rule, or by what the evidence is about."""
    collar = row(COLLAR, RISK)
    assert (collar.standing, collar.why) == (Standing.SHOWN, "Risk Management: 1 measured")
    assert [one.limit for one in collar.evidence] == ["500"]
    assert row("SEC (c)(1)(ii)", RISK).evidence[0].measured == "once"
    assert row("RTS 6 Art. 12", RISK).evidence[0].measured == "9 passed"


def test_what_was_not_run_or_could_not_judge_shows_nothing() -> None:
    """Nor does a check that measured nothing of the rule."""
    assert row("RTS 6 Art. 14", RISK).standing is Standing.NOT_SHOWN
    assert "Resilience was not run" in row("RTS 6 Art. 14", RISK).why
    assert row("RTS 6 Art. 16", RISK).why == "Risk Management measured nothing of it"
    blocked = CheckResult(name="Code", outcome=Outcome.BLOCKED, is_critical=True, reason="gone")
    assert row("RTS 6 Art. 18", RISK, blocked).why == "Code could not judge"
    assert control_table([blocked]) == ()


def test_a_finding_breaks_the_rule_that_it_names() -> None:
    """One that names a control breaks its rule alone, in whatever words; any other breaks all."""
    for message in ("price_collar by price: denied", "an order outside price_collar passes"):
        assert row(COLLAR, failed(message)).standing is Standing.BROKEN
        assert row(VALUE, failed(message)).standing is Standing.SHOWN
        assert row("RTS 6 Art. 8", failed(message)).standing is Standing.BROKEN
    assert row(VALUE, failed("the proofs ended with 1")).standing is Standing.BROKEN


def test_persons_do_what_no_program_can() -> None:
    """Whatever was measured."""
    assert row("RTS 6 Art. 9", RISK).standing is Standing.BY_PERSONS


def test_a_rule_that_only_the_check_names_is_not_lost() -> None:
    """It comes last."""
    more = Evidence(what="odd (RTS 6 Art. 99)", measured="1")
    table = control_table([replace(RISK, evidence=(*RISK.evidence, more))])
    assert (table[-1].rule, table[-1].standing) == ("RTS 6 Art. 99", Standing.SHOWN)


def test_every_rule_that_the_drives_name_has_its_row() -> None:
    """With what it asks for."""
    names = {rule.name for rule in RULES}
    named = {drive.article for drive in drives(limits_of(ROOT / "config/bot.yaml"))}
    assert named <= names
