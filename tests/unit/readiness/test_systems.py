"""The user's own readiness.yaml: what it names is used, and what is wrong in it is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.settings import SettingsRefused, read_settings
from readiness.systems import bot_of, read_systems, url_of

SHIPPED = Path(__file__).resolve().parents[3] / "config/readiness.yaml"
WHOLE = """
systems:
  old:
    code: old
    database_url: postgresql://u@h/old
    bot: python -m old --url {rest_url}
    position_mode: one-way
  new:
    code: new
    database_url: $NEW_DATABASE
    bot: ./start 'a b'
    folder: new
    markets: [bybit, okx]
    environment: {KEY: "{api_key}"}
  mapping: mapping.yaml
"""


def written(folder: Path, text: str) -> Path:
    """The file beside the two trees and the mapping."""
    for name in ("old", "new"):
        (folder / name).mkdir()
    (folder / "mapping.yaml").write_text("")
    file = folder / "readiness.yaml"
    file.write_text(text)
    return file


def test_what_the_file_names_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths beside the file, a database of the environment, and how each bot is started."""
    monkeypatch.setenv("NEW_DATABASE", "postgresql://u@h/new")
    systems, settings = read_systems(written(tmp_path, WHOLE), SHIPPED)
    assert settings == read_settings(SHIPPED)
    assert systems.new.code == str(tmp_path / "new")
    assert systems.mapping == str(tmp_path / "mapping.yaml")
    assert (url_of(systems.old), url_of(systems.new)) == (
        "postgresql://u@h/old",
        "postgresql://u@h/new",
    )
    bot = bot_of(systems.new)
    assert (bot.command, bot.folder) == (("./start", "a b"), tmp_path / "new")
    assert (bot.markets, bot.mode, dict(bot.environ)) == (
        ("bybit", "okx"),
        "hedge",
        {"KEY": "{api_key}"},
    )
    assert bot_of(systems.old).mode == "one-way"


def test_its_own_thresholds_replace_the_shipped_ones_by_section(tmp_path: Path) -> None:
    """A section that stands there is whole; the others stay as they were shipped."""
    section = "exchange_apis: {quick_session_s: 5, full_session_s: 6, places: 1}\n"
    file = written(tmp_path, f"{section}systems: {{new: {{code: new}}}}\n")
    _, settings = read_systems(file, SHIPPED)
    assert settings.exchange_apis.full_session_s == 6
    assert settings.verdict == read_settings(SHIPPED).verdict


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "correct that line"),
        ("verdict: {}", "systems is not there"),
        ("systems: {}", r"`new`.*systems"),
        ("systems: {new: {}}", "systems.new is empty"),
        ("systems: {new: {code: new, botte: x}}", r"botte.*systems\.new"),
        ("systems: {new: {code: new}}\nverdikt: {}", "verdikt"),
        ("systems: {new: {code: new}}\nverdict: {coverage_min_ratio: 0.9}", "verdict"),
        ("systems: {new: {code: gone}}", r"new\.code .*gone is not there"),
        ('systems: {new: {bot: "x \'y"}}', "the bot's command cannot be read"),
        ("systems: {new: {bot: x, markets: [kraken]}}", "kraken"),
        ("systems: {new: {bot: x, position_mode: both}}", "both"),
        ("systems: {new: {database_url: $NOT_SET_HERE}}", r"is \$NOT_SET_HERE, which is not set"),
        (
            "systems: {new: {database_url: a}, old: {database_url: b}}",
            "mapping is not there",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The file and the key or the path, and what to do."""
    file = written(tmp_path, text)
    with pytest.raises(SettingsRefused, match=said) as refused:
        read_systems(file, SHIPPED)
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No default takes its place."""
    with pytest.raises(SettingsRefused, match=r"cannot read .*none.yaml"):
        read_systems(tmp_path / "none.yaml", SHIPPED)
