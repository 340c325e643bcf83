"""Tables: the rules that hold for all of them."""

from __future__ import annotations

import sqlalchemy as sa

from bot_trading.domain.order import OrderStatus
from bot_trading.storage.tables import metadata

PROMISED = (
    *("orders", "order_events", "fills", "positions", "signals", "partial_tp_history"),
    *("sltp_history", "raw_market_data", "processed_market_data", "risk_events", "balances"),
    *("model_runs", "funding_payments", "trading_states", "process_status"),
    *("account_beginnings", "risk_figures", "leg_groups"),
)


def test_every_promised_table_is_there() -> None:
    """The tables of the specification, and no other."""
    assert set(metadata.tables) == set(PROMISED)


def test_every_table_is_scoped_by_account_and_has_a_key() -> None:
    """One database serves several accounts, and every row can be named."""
    for table in metadata.tables.values():
        assert not table.columns["account"].nullable
        assert table.primary_key.columns


def test_no_column_is_a_float() -> None:
    """Money and quantities are NUMERIC everywhere."""
    for table in metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, sa.Float)


def test_every_instant_knows_its_zone() -> None:
    """No column holds a time without a zone."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.DateTime):
                assert column.type.timezone


def test_enums_hold_the_words_of_the_domain() -> None:
    """A status that the domain knows is one that the column takes."""
    status = metadata.tables["orders"].columns["status"].type
    assert isinstance(status, sa.Enum)
    assert status.enums == [word.value for word in OrderStatus]
