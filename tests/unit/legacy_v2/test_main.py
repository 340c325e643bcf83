"""The command line of the v2 bot, before it meets an exchange or a database."""

from __future__ import annotations

import pytest

from legacy_v2.main import main


@pytest.mark.parametrize("missing", ["BYBIT_API_KEY", "BYBIT_API_SECRET", "DATABASE_URL"])
def test_a_missing_setting_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not in the environment is named in one sentence, with exit code 2."""
    for name in ("BYBIT_API_KEY", "BYBIT_API_SECRET", "DATABASE_URL"):
        monkeypatch.setenv(name, "" if name == missing else "given")
    assert main(["--rest-url", "http://127.0.0.1:9"]) == 2
    assert capsys.readouterr().err == f"legacy_v2: {missing} is not set\n"


def test_the_secret_is_no_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret on the command line would stand in every list of processes."""
    with pytest.raises(SystemExit):
        main(["--rest-url", "http://127.0.0.1:9", "--api-secret", "x"])
    assert "unrecognized arguments: --api-secret" in capsys.readouterr().err
