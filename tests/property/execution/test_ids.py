"""Ids for any text."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.order import OrderPurpose
from bot_trading.execution.ids import derive_client_order_id

_PARTS = st.lists(st.text(st.characters(exclude_characters="\x1f", codec="utf-8")), max_size=4)


@settings(deadline=None, print_blob=True, max_examples=200)
@given(first=_PARTS, second=_PARTS, purpose=st.sampled_from(OrderPurpose))
def test_an_id_is_the_same_exactly_for_the_same_decision(
    first: list[str], second: list[str], purpose: OrderPurpose
) -> None:
    """Any text gives an id that every exchange takes; different parts give different ids."""
    one = derive_client_order_id("acc", purpose, *first)
    two = derive_client_order_id("acc", purpose, *second)
    assert re.fullmatch(r"[a-z]{3}[0-9a-f]{26}", one)
    assert (one == two) is (first == second)
