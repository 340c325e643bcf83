"""What every rule is given: the program, the resolver, the summaries, and where to report.

A rule file exposes `check(context)`. `context.report` builds the finding from the rule's entry in
the rulebook, so that severity, fix and wording live in one place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from readiness.check import Finding, Location, Severity
from readiness.codelint.program import CallSite, Function, Module, Program
from readiness.codelint.resolve import Resolver
from readiness.codelint.rulebook import RULES
from readiness.codelint.sources import SourceText

__all__ = ["Context", "Step"]

_NOT_TRADING = re.compile(r"(^|/)(tests?|examples?|samples?|docs?|benchmarks?|demos?)/")
Step = tuple[Module, ast.AST, str]


@dataclass(eq=False, slots=True)
class Context:
    """The state of one analysis; rules read it and append findings."""

    program: Program
    resolver: Resolver
    texts: tuple[SourceText, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    seen: set[tuple[str, str, int]] = field(default_factory=set)
    facts: dict[str, object] = field(default_factory=dict)

    def functions(self) -> Iterable[Function]:
        """Functions of code that runs in production, tests left out."""
        for module in self.program.modules.values():
            if not module.is_test:
                yield from module.functions

    def call_sites(self) -> Iterable[CallSite]:
        """Call sites of code that runs in production."""
        for function in self.functions():
            yield from function.calls

    def outside(self, node: ast.AST | None, function: Function) -> str:
        """The dotted outside name of an expression, "" where it is unknown or in the tree."""
        ref = self.resolver.expression(node, function)
        return ref.outside if ref is not None else ""

    def report(
        self,
        rule_id: str,
        module: Module,
        node: ast.AST,
        message: str,
        chain: Iterable[Step] = (),
        severity: Severity | None = None,
    ) -> None:
        """Add a finding at a node, once per rule and line."""
        line = getattr(node, "lineno", 1)
        end = getattr(node, "end_lineno", line) or line
        steps = tuple(
            Location(path=where.path, line=getattr(at, "lineno", 1), note=note)
            for where, at, note in chain
        )
        self.report_line(
            rule_id, module.path, line, message, end_line=end, chain=steps, severity=severity
        )

    def report_line(
        self,
        rule_id: str,
        path: str,
        line: int,
        message: str,
        *,
        end_line: int | None = None,
        chain: tuple[Location, ...] = (),
        severity: Severity | None = None,
    ) -> None:
        """Add a finding at a line of any file, once per rule and line."""
        key = (rule_id, path, line)
        if key in self.seen:
            return
        self.seen.add(key)
        rule = RULES[rule_id]
        weight = severity or rule.severity
        if _NOT_TRADING.search(path) and weight.rank < Severity.MEDIUM.rank:
            weight = Severity.MEDIUM  # Nothing there holds a position.
        self.findings.append(
            Finding(
                rule_id=rule_id,
                severity=weight,
                message=message,
                fix=rule.fix,
                location=Location(path=path, line=line, end_line=end_line or line),
                chain=chain,
            )
        )
