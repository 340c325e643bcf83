"""The SARIF document keeps the rules of SARIF 2.1.0 that its schema states for what we write.

The properties, the required ones and the closed lists of words are those of the OASIS schema
`sarif-schema-2.1.0.json`, for the objects that the analysis uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from readiness.codelint import analyse
from readiness.codelint.sarif import to_sarif

# Of each object: required properties, then the others that may stand there.
SHAPES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "log": (frozenset({"version", "runs"}), frozenset({"$schema", "properties"})),
    "run": (
        frozenset({"tool"}),
        frozenset({"results", "invocations", "columnKind", "artifacts", "properties"}),
    ),
    "tool": (frozenset({"driver"}), frozenset({"extensions", "properties"})),
    "driver": (
        frozenset({"name"}),
        frozenset({"rules", "version", "semanticVersion", "informationUri", "properties"}),
    ),
    "rule": (
        frozenset({"id"}),
        frozenset(
            {"name", "shortDescription", "fullDescription", "help", "helpUri", "properties"}
            | {"defaultConfiguration", "messageStrings"}
        ),
    ),
    "configuration": (frozenset(), frozenset({"level", "rank", "enabled", "parameters"})),
    "result": (
        frozenset({"message"}),
        frozenset(
            {"ruleId", "ruleIndex", "kind", "level", "rank", "locations", "codeFlows"}
            | {"partialFingerprints", "fingerprints", "suppressions", "properties"}
        ),
    ),
    "invocation": (
        frozenset({"executionSuccessful"}),
        frozenset({"toolExecutionNotifications", "exitCode", "commandLine", "properties"}),
    ),
    "notification": (frozenset({"message"}), frozenset({"level", "locations", "descriptor"})),
    "location": (frozenset(), frozenset({"physicalLocation", "message", "id"})),
    "physical": (frozenset(), frozenset({"artifactLocation", "region", "contextRegion"})),
    "artifact": (frozenset(), frozenset({"uri", "uriBaseId", "index"})),
    "region": (frozenset(), frozenset({"startLine", "endLine", "startColumn", "endColumn"})),
    "code_flow": (frozenset({"threadFlows"}), frozenset({"message"})),
    "thread_flow": (frozenset({"locations"}), frozenset({"id", "message"})),
    "step": (frozenset(), frozenset({"location", "nestingLevel", "importance"})),
    "message": (frozenset(), frozenset({"text", "markdown", "id", "arguments"})),
}
# Under which property which object stands; a list holds several of it.
INSIDE = {
    ("log", "runs"): "run",
    ("run", "tool"): "tool",
    ("run", "results"): "result",
    ("run", "invocations"): "invocation",
    ("tool", "driver"): "driver",
    ("driver", "rules"): "rule",
    ("rule", "shortDescription"): "message",
    ("rule", "fullDescription"): "message",
    ("rule", "help"): "message",
    ("rule", "defaultConfiguration"): "configuration",
    ("result", "message"): "message",
    ("result", "locations"): "location",
    ("result", "codeFlows"): "code_flow",
    ("code_flow", "threadFlows"): "thread_flow",
    ("thread_flow", "locations"): "step",
    ("step", "location"): "location",
    ("invocation", "toolExecutionNotifications"): "notification",
    ("notification", "message"): "message",
    ("notification", "locations"): "location",
    ("location", "physicalLocation"): "physical",
    ("location", "message"): "message",
    ("physical", "artifactLocation"): "artifact",
    ("physical", "region"): "region",
}
LEVELS = {"none", "note", "warning", "error"}
KINDS = {"notApplicable", "pass", "fail", "review", "open", "informational"}
SOURCE = """\
import time


def pause():
    time.sleep(1)


async def run():
    pause()
    time.sleep(1)
"""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The document of a tree with chains, a lost table, strange names and an unread file."""
    old, new = tmp_path / "old", tmp_path / "new"
    for tree in (old, new):
        tree.mkdir()
    (old / "schema.sql").write_text("CREATE TABLE trades (id bigint);\n")
    (new / "a bot, 100% ö.py").write_text(SOURCE)
    (new / "broken.py").write_text("def f(:\n")
    analysis = analyse(new, old)
    assert {f.rule_id for f in analysis.findings} == {"D05", "D07", "V04"}
    written = json.dumps(to_sarif(analysis, analysis.findings))
    loaded: dict[str, Any] = json.loads(written)
    return loaded


def objects(kind: str, value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The object and each one inside it, with what it is."""
    yield kind, value
    for name, inner in value.items():
        inside = INSIDE.get((kind, name))
        if inside is not None:
            for each in inner if isinstance(inner, list) else [inner]:
                yield from objects(inside, each)


def test_each_object_has_what_it_must_and_nothing_strange(document: dict[str, Any]) -> None:
    """Required properties are there, and no property is unknown to its object."""
    seen = set()
    for kind, value in objects("log", document):
        required, others = SHAPES[kind]
        assert required <= value.keys(), (kind, value)
        assert value.keys() <= required | others, (kind, value.keys() - required - others)
        seen.add(kind)
    assert seen == SHAPES.keys()


def test_words_and_numbers_are_of_the_closed_lists(document: dict[str, Any]) -> None:
    """Levels, kinds, ranks and lines are those that the standard allows."""
    assert document["version"] == "2.1.0"
    for kind, value in objects("log", document):
        assert value.get("level", "none") in LEVELS
        assert 0 <= value.get("rank", 0) <= 100
        if kind == "result":
            assert value["kind"] in KINDS
            assert (value["level"] == "none") == (value["kind"] != "fail")
        if kind == "region":
            assert 1 <= value["startLine"] <= value["endLine"]
        if kind == "message":
            assert value["text"].strip()


def test_each_result_names_a_rule_of_the_driver_once(document: dict[str, Any]) -> None:
    """Rule ids are unique, and every result has one of them and a mark of its own."""
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert {result["ruleId"] for result in run["results"]} <= set(rules)
    marks = [str(result["partialFingerprints"]) for result in run["results"]]
    assert len(marks) == len(set(marks))


def test_places_are_relative_references(document: dict[str, Any]) -> None:
    """A path is a relative URI reference: escaped, without a scheme, the same when read back."""
    uris = {v["uri"] for kind, v in objects("log", document) if kind == "artifact"}
    assert all(not urlsplit(uri).scheme and uri.isascii() and " " not in uri for uri in uris)
    assert {unquote(uri) for uri in uris} == {
        "a bot, 100% ö.py",
        "broken.py",
        "baseline:schema.sql",
    }
