"""The documented page of each rule says what the rulebook says, and its examples are true."""

import re
from pathlib import Path

import pytest

from readiness.codelint import analyse
from readiness.codelint.rulebook import RULES

PAGE = Path(__file__).parents[4] / "docs" / "codelint.md"
SECTION = re.compile(
    r"^### (?P<id>[A-Z]\d{2}) (?P<title>.+?)\n\n\*\*(?P<severity>[A-Z]+)\.\*\* (?P<cost>.+?)\n\n"
    r"Mend: (?P<fix>.+?)\n\nGuilty:\n\n```(?P<lang>\w+)\n(?P<guilty>.*?)\n```\n\n"
    r"Innocent:\n\n```\w+\n(?P<innocent>.*?)\n```",
    re.MULTILINE | re.DOTALL,
)
DEFAULT_FILE = {"python": "case.py", "yaml": "config/bot.yaml", "sql": "schema.sql"}
SECTIONS = {match["id"]: match for match in SECTION.finditer(PAGE.read_text("utf-8"))}


def write_example(text: str, language: str, root: Path) -> None:
    """Write the files of an example; `# file: path` starts each where there are several."""
    parts = re.split(r"^(?:#|--) file: (.+)$", text, flags=re.MULTILINE)
    files = {DEFAULT_FILE[language]: parts[0]} if len(parts) == 1 else {}
    files.update(zip(parts[1::2], parts[2::2], strict=True))
    for name, content in files.items():
        path = root / name.strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.strip("\n") + "\n", "utf-8")


def rules_found(text: str, language: str, root: Path) -> set[str]:
    """The rule ids that the analysis reports on an example."""
    write_example(text, language, root)
    candidate = root / "candidate"
    if candidate.is_dir():
        return {finding.rule_id for finding in analyse(candidate, root / "baseline").findings}
    return {finding.rule_id for finding in analyse(root).findings}


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    """The rulebook and the documented page name the same rules, in the same order."""
    assert list(SECTIONS) == list(RULES)


@pytest.mark.parametrize("rule_id", RULES)
def test_page_says_what_the_rulebook_says(rule_id: str) -> None:
    """Title, severity, cost and fix stand on the page as in the rulebook."""
    rule, page = RULES[rule_id], SECTIONS[rule_id]
    assert (page["title"], page["severity"]) == (rule.title, rule.severity.value)
    assert (page["cost"], page["fix"]) == (rule.cost, rule.fix)


@pytest.mark.parametrize("rule_id", RULES)
def test_guilty_example_is_found(rule_id: str, tmp_path: Path) -> None:
    """The rule speaks on its guilty example."""
    page = SECTIONS[rule_id]
    assert rule_id in rules_found(page["guilty"], page["lang"], tmp_path / "tree")


@pytest.mark.parametrize("rule_id", RULES)
def test_innocent_example_is_clean(rule_id: str, tmp_path: Path) -> None:
    """No rule at all speaks on the innocent example."""
    page = SECTIONS[rule_id]
    assert rules_found(page["innocent"], page["lang"], tmp_path / "tree") == set()
