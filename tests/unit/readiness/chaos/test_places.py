"""Where simulated exchanges are: names of their own, so that nothing real can be reached."""

from __future__ import annotations

from bot_trading.exchanges.okx.config import Credentials
from exchange_simulator.world import WorldOptions
from readiness.chaos.places import default_settings, make_keys
from readiness.chaos.scenario import PLACES


def test_every_address_is_a_simulated_one() -> None:
    """Whatever the bot may call lies at a host that has the exchange's bare name."""
    settings = default_settings(PLACES)
    assert settings.trading.exchanges == PLACES
    assert settings.trading.hedge_mode is True
    for name in PLACES:
        told = settings.exchanges.of(name).model_dump()
        addresses = [value for key, value in told.items() if key.endswith("_url") and value]
        assert len(addresses) >= 4
        assert {address.split("/")[2] for address in addresses} == {name}


def test_keys_are_those_of_the_world() -> None:
    """One for each exchange that is there, with a passphrase where one is asked for."""
    options = WorldOptions(markets=("okx", "binance"))
    keys = make_keys(options)
    assert set(keys) == {"okx", "binance"}
    assert isinstance(keys["okx"], Credentials)
    assert keys["binance"].api_key == options.api_key
