"""Options that cannot be used end the command with 2 before anything listens."""

from decimal import Decimal

import pytest
from typer.testing import CliRunner

from exchange_simulator.cli import app, rules_of


def refused(*options: str) -> str:
    """Run the command and return what it says of options that it refuses."""
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "99999"),
        ("--port", "-1"),
        ("--seed", "x"),
        ("--duration", "-1"),
        ("--more-accounts", "-1"),
        ("--warmup-candles", "-5"),
        ("--socket-delay-ms", "-1"),
        ("--trade-delay-ms", "-1"),
    ],
)
def test_a_number_out_of_range_is_named_with_its_option(options: tuple[str, str]) -> None:
    """The last line is a sentence that names option and value, without frames around it."""
    *_, last = refused(*options).strip().splitlines()
    assert last.startswith(f"Error: Invalid value for '{options[0]}'")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--rule", "default_leverage=0"), "--rule 'default_leverage=0' is no value"),
        (("--rule", "maker_rate=NaN"), "--rule 'maker_rate=NaN' is no value"),
        (("--rule", "taker_rate=Infinity"), "--rule 'taker_rate=Infinity' is no value"),
        (("--rule", "frame_order=order"), "--rule 'frame_order=order' is no value"),
        (("--rule", "one_way_symbols=BTCUSDT,"), "--rule 'one_way_symbols=BTCUSDT,' is no value"),
        (("--basis-bps", "kraken=5"), "--basis-bps 'kraken=5'"),
        (("--basis-bps", "okx=NaN"), "--basis-bps 'okx=NaN'"),
        (("--basis-bps", "okx=90000"), "--basis-bps 'okx=90000'"),
        (("--basis-wander-bps", "kraken=5"), "--basis-wander-bps 'kraken=5'"),
        (("--market", ""), "--market names no exchange"),
        (("--market", "bybit,bybit"), "--market names bybit twice"),
        (("--symbols", "BTCUSDT,BTCUSDT"), "--symbols names BTCUSDT twice"),
        (("--start", "99999999999999999999"), "--start '99999999999999999999' is no time"),
        (("--start", "9999-12-31"), "--start '9999-12-31' is no time"),
        (("--balance", "1e30"), "--balance '1e30' is no amount"),
    ],
)
def test_what_no_exchange_can_do_is_refused(options: tuple[str, str], text: str) -> None:
    """Each is one sentence that names the option and what was given."""
    said = refused(*options)
    assert text in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("rule", "name", "value"),
    [
        ("key_addresses=10.0.0.1,10.0.0.2", "key_addresses", ("10.0.0.1", "10.0.0.2")),
        ("key_addresses=", "key_addresses", ()),
        ("halted_symbols=ETHUSDT", "halted_symbols", ("ETHUSDT",)),
        ("key_may_withdraw=true", "key_may_withdraw", True),
        ("maker_rate=0", "maker_rate", Decimal(0)),
    ],
)
def test_switches_reach_the_rules(rule: str, name: str, value: object) -> None:
    """Every kind of switch that the page names can be given on the command line."""
    assert getattr(rules_of([rule]), name) == value
