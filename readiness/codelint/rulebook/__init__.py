"""Every rule of the code analysis: stable id, severity, what it costs, how to mend it."""

from __future__ import annotations

from readiness.codelint.rulebook.concurrency import CONCURRENCY
from readiness.codelint.rulebook.data import DATA
from readiness.codelint.rulebook.entry import Rule
from readiness.codelint.rulebook.learning import LEARNING
from readiness.codelint.rulebook.migration import MIGRATION
from readiness.codelint.rulebook.trading import TRADING

__all__ = ["RULES", "Rule"]

RULES: dict[str, Rule] = {
    rule.rule_id: rule for rule in (*CONCURRENCY, *TRADING, *DATA, *LEARNING, *MIGRATION)
}
