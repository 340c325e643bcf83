"""What the engine needs of the world is answered by the adapters that exist."""

from __future__ import annotations

import inspect

import pytest

from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.ports import ExchangeClient, Store
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from tests.builders.model_client import ModelClient


def _methods(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(value)
        for name, value in vars(kind).items()
        if inspect.iscoroutinefunction(value)
    }


@pytest.mark.parametrize(
    ("port", "adapter"),
    [
        (ExchangeClient, BybitClient),
        (ExchangeClient, ModelClient),
        (Store, Database),
        (Store, MemoryStore),
    ],
)
def test_an_adapter_answers_every_call_of_its_port(port: type, adapter: type) -> None:
    """As a coroutine, with the same parameters."""
    for name, wanted in _methods(port).items():
        given = _methods(adapter)[name]
        assert list(given.parameters) == list(wanted.parameters), name


def test_every_call_of_a_port_is_asynchronous() -> None:
    """No critical path blocks."""
    for port in (ExchangeClient, Store):
        functions = {n for n, v in vars(port).items() if inspect.isfunction(v) and n[0] != "_"}
        assert functions == set(_methods(port))
