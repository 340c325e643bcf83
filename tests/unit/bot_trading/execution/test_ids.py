"""Ids that say the same for the same decision, and never for another."""

from __future__ import annotations

import re

from bot_trading.domain.order import OrderPurpose
from bot_trading.execution.ids import (
    KILL_SWITCH,
    derive_client_order_id,
    exchange_made_id,
    former_client_order_ids,
    purpose_of_id,
)


def test_deciding_twice_gives_one_id() -> None:
    """The id is derived, so a crash between deciding and sending cannot double an order."""
    first = derive_client_order_id("acc", OrderPurpose.ENTRY, "s-1", "leg")
    assert first == derive_client_order_id("acc", OrderPurpose.ENTRY, "s-1", "leg")


def test_the_derivation_is_fixed_for_ever() -> None:
    """A later release must recognise the orders of an earlier one."""
    known = derive_client_order_id("acc", OrderPurpose.ENTRY, "s-1", "leg")
    assert known == "ent1c55b6baf19e2618c062ac346f"


def test_every_part_matters() -> None:
    """Account, purpose, each part and the border between parts."""
    ids = {
        derive_client_order_id("acc", OrderPurpose.ENTRY, "a", "b"),
        derive_client_order_id("acc2", OrderPurpose.ENTRY, "a", "b"),
        derive_client_order_id("acc", OrderPurpose.EXIT, "a", "b"),
        derive_client_order_id("acc", OrderPurpose.ENTRY, "ab"),
        derive_client_order_id("acc", OrderPurpose.ENTRY, "a", "b", ""),
    }
    assert len(ids) == 5


def test_ids_fit_every_exchange() -> None:
    """At most 32 characters of lower-case letters and digits."""
    for made in (
        derive_client_order_id("acc", OrderPurpose.EXIT, "x" * 500),
        exchange_made_id("bybit", "0f0f-1234"),
    ):
        assert re.fullmatch(r"[a-z0-9]{1,32}", made)


def test_orders_of_the_exchange_are_told_apart_per_exchange() -> None:
    """Two exchanges may use the same number."""
    assert exchange_made_id("bybit", "1") != exchange_made_id("okx", "1")
    assert exchange_made_id("bybit", "1").startswith("xch")


def test_the_purpose_is_read_back_from_a_derived_id_alone() -> None:
    """Any other text, an id that the exchange made or another core derived included, has none."""
    for purpose in OrderPurpose:
        assert purpose_of_id(derive_client_order_id("main", purpose, "x"), "main") is purpose
    derived = derive_client_order_id("main", OrderPurpose.EXIT, "x")
    for other in ("", "exi-1", derived[:-1], f"{derived}a", "xxx" + derived[3:]):
        assert purpose_of_id(other, "main") is None
    assert purpose_of_id(exchange_made_id("bybit", "1"), "main") is None
    assert purpose_of_id(derived, "other") is None
    assert purpose_of_id("exi" + "4ba62f2c8469ce8c404c7826b5", "acc") is None


def test_the_kill_switch_closes_for_every_core() -> None:
    """What it sends is no stranger's order."""
    closing = derive_client_order_id(KILL_SWITCH, OrderPurpose.EXIT, "k1-0")
    assert purpose_of_id(closing, "main") is OrderPurpose.EXIT


def test_former_derivations_are_remembered() -> None:
    """By which orders of earlier releases are found; no order is ever sent under them again."""
    former = former_client_order_ids("acc", OrderPurpose.TARGET, "leg", "1", "2", "3")
    assert former == ("tara16959533ae06f5945fba6929a", "tar-b6hacj2wpyjzlpacw6scaqvvqw")
    assert all(purpose_of_id(each, "acc") is None for each in former)
