"""Suppression comments: `# codelint: ok D27 because the queue has one reader`.

A comment speaks for its own line and, when it stands alone, for the statement below it. Without a
reason it suppresses nothing and is itself a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness.check import Finding, Location
from readiness.codelint.rulebook import RULES
from readiness.codelint.sources import Sources

__all__ = ["apply_suppressions"]

_COMMENT = re.compile(r"(?:#|--|//)\s*codelint:\s*ok\b(?P<rest>.*)$")
_WORDS = re.compile(r"^\s*(?P<ids>[A-Z]\d{2}(?:[,\s]+[A-Z]\d{2})*)?\s*(?P<reason>.*)$")


@dataclass(frozen=True, slots=True)
class _Comment:
    line: int
    rule_ids: frozenset[str]
    reason: str
    stands_alone: bool


def apply_suppressions(
    findings: Iterable[Finding], sources: Sources
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """Findings that remain (suppressions without a reason among them), and suppressed ones."""
    comments: dict[str, list[_Comment]] = {}
    kept: list[Finding] = []
    for path, text in _texts(sources):
        if "codelint:" in text:
            comments[path] = list(_comments(text))
            kept.extend(_unreasoned(path, comments[path]))
    suppressed: list[tuple[Finding, str]] = []
    for finding in findings:
        reason = _reason_for(finding, comments)
        if reason:
            suppressed.append((finding, reason))
        else:
            kept.append(finding)
    return kept, suppressed


def _texts(sources: Sources) -> Iterable[tuple[str, str]]:
    yield from ((module.path, module.text) for module in sources.modules)
    texts = (text for text in sources.texts if not text.path.endswith((".md", ".rst", ".txt")))
    yield from ((text.path, text.text) for text in texts)


def _comments(text: str) -> Iterable[_Comment]:
    for number, line in enumerate(text.splitlines(), start=1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        words = _WORDS.match(match["rest"])
        ids = re.findall(r"[A-Z]\d{2}", words["ids"] or "") if words else []
        reason = (words["reason"] if words else "").strip(" :;,-")
        reason = re.sub(r"^because\b", "", reason).strip()
        yield _Comment(
            line=number,
            rule_ids=frozenset(ids),
            reason=reason,
            stands_alone=not line[: match.start()].strip(),
        )


def _unreasoned(path: str, comments: list[_Comment]) -> Iterable[Finding]:
    rule = RULES["X01"]
    for comment in comments:
        if not comment.rule_ids or len(comment.reason) < 8:
            yield Finding(
                rule_id="X01",
                severity=rule.severity,
                message="this suppression names no rule or gives no reason, so it does nothing",
                fix=rule.fix,
                location=Location(path=path, line=comment.line, end_line=comment.line),
            )


def _reason_for(finding: Finding, comments: dict[str, list[_Comment]]) -> str:
    place = finding.location
    if place is None or place.line is None:
        return ""
    for comment in comments.get(place.path, []):
        if finding.rule_id not in comment.rule_ids or len(comment.reason) < 8:
            continue
        end = max(place.line, place.end_line or place.line)
        inside = place.line <= comment.line <= end
        if inside or (comment.stands_alone and place.line == comment.line + 1):
            return comment.reason
    return ""
