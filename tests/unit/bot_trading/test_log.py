"""Logs are one JSON object a line, rotated, and hold no secrets."""

from __future__ import annotations

import json
import logging
import logging.handlers
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot_trading import log


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The root logger as it was, so that other tests log as before."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "core.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_name(tmp_path: Path) -> None:
    """Machines read it without guessing."""
    log.configure(tmp_path, "core")
    log.get_logger("bot").info("order sent", leg="BTCUSDT")
    [line] = _lines(tmp_path)
    assert (line["event"], line["level"], line["logger"], line["leg"]) == (
        "order sent",
        "info",
        "bot",
        "BTCUSDT",
    )
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "key",
    ["api_key", "apikey", "api_secret", "password", "X-Signature", "auth_token", "Authorization"],
)
def test_a_value_under_a_secret_name_is_blanked(tmp_path: Path, key: str) -> None:
    """Whatever the spelling."""
    log.configure(tmp_path, "core")
    log.get_logger("bot").info("hello", **{key: "s3cr3t"})
    assert "s3cr3t" not in (tmp_path / "core.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "url", ["postgresql://bot:s3cr3t@host/db", "redis://:s3cr3t@host", "x+y://a:s3cr3t@h and more"]
)
def test_a_password_in_an_address_is_blanked(tmp_path: Path, url: str) -> None:
    """In the message as in a value, also from libraries that log by themselves."""
    log.configure(tmp_path, "core")
    log.get_logger("bot").info(f"connecting to {url}", address=url)
    logging.getLogger("library").warning("cannot connect to %s", url)
    text = (tmp_path / "core.log").read_text(encoding="utf-8")
    assert "s3cr3t" not in text
    assert len(text.splitlines()) == 2


def test_an_exception_is_kept_with_its_trace(tmp_path: Path) -> None:
    """On one line, without the password that it may quote."""
    log.configure(tmp_path, "core")
    try:
        raise ValueError("postgresql://bot:s3cr3t@host")
    except ValueError:
        log.get_logger("bot").exception("failed")
    [line] = _lines(tmp_path)
    assert "ValueError" in line["exception"]
    assert "s3cr3t" not in line["exception"]


def test_what_is_below_the_level_is_not_written(tmp_path: Path) -> None:
    """The level of the configuration counts."""
    log.configure(tmp_path, "core", "WARNING")
    log.get_logger("bot").info("quiet")
    log.get_logger("bot").warning("loud")
    assert [line["event"] for line in _lines(tmp_path)] == ["loud"]


def test_configuring_again_moves_the_log(tmp_path: Path) -> None:
    """The old file is closed, nothing is written twice."""
    log.configure(tmp_path / "a", "core")
    log.configure(tmp_path / "b", "core")
    log.get_logger("bot").info("x")
    assert (tmp_path / "a" / "core.log").read_text(encoding="utf-8") == ""
    assert len(_lines(tmp_path / "b")) == 1


def test_files_are_rotated(tmp_path: Path) -> None:
    """A bot that runs for months does not fill the disk."""
    log.configure(tmp_path, "core")
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.handlers.RotatingFileHandler)
    assert handler.maxBytes > 0
    assert handler.backupCount > 0


def test_a_lazy_log_appears_with_its_first_line(tmp_path: Path) -> None:
    """A run that had nothing to tell leaves no empty file behind."""
    log.configure(tmp_path, "core", is_lazy=True)
    assert not list(tmp_path.iterdir())
    log.get_logger("bot").info("x")
    assert [line["event"] for line in _lines(tmp_path)] == ["x"]


def test_without_a_folder_warnings_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing below them."""
    log.configure(None, "core")
    log.get_logger("bot").info("quiet")
    log.get_logger("bot").warning("loud")
    assert "loud" in (heard := capsys.readouterr().err)
    assert "quiet" not in heard
