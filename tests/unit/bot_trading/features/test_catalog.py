"""The catalogue is whole, and what it says of a feature cannot change unnoticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot_trading.features.catalog import FEATURES, SCHEMA_HASH, feature_names, markdown_table
from tests.builders.feature_tables import a_batch

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[4]
GOLDEN = Path(__file__).with_name("golden_features.json")


def test_there_are_enough_features_each_with_a_name_of_its_own() -> None:
    """At least 240, named once, looking back at most 200 rows."""
    assert len(FEATURES) >= 240
    assert len(set(feature_names())) == len(FEATURES)
    assert all(1 <= feature.lookback_rows <= 200 for feature in FEATURES)


def test_every_entry_says_what_it_is() -> None:
    """Formula, source, unit and reason are there, without a gap that was not filled in."""
    for feature in FEATURES:
        words = (feature.formula, feature.source, feature.unit, feature.why)
        assert all(word and "{" not in word for word in words), feature.name
        assert feature.why.endswith(".")
        assert feature.name == feature.name.lower().strip()


def test_kernels_compute_what_this_version_of_the_schema_computed() -> None:
    """A changed value needs a changed formula or a raised KERNEL_VERSION, and a new golden file.

    Models are bound to SCHEMA_HASH: were a number to change under the same hash, a model would be
    fed something else than it was trained on, and nobody would know.
    """
    golden = json.loads(GOLDEN.read_text("utf-8"))
    now = dict(zip(feature_names(), a_batch()[1][-1].tolist(), strict=True))
    assert golden["schema_hash"] == SCHEMA_HASH
    assert now == pytest.approx(golden["features"], rel=1e-9, abs=1e-12)


def test_the_page_shows_the_catalogue_as_it_is() -> None:
    """docs/features.md holds the table that `python -m bot_trading.features` prints."""
    page = (ROOT / "docs/features.md").read_text("utf-8")
    assert markdown_table() in page
    assert f"{len(FEATURES)} features" in page
    assert SCHEMA_HASH[:12] in page


def test_the_command_prints_the_table() -> None:
    """The command that the page names prints the table and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "bot_trading.features"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout == markdown_table()
