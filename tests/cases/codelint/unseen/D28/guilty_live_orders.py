"""Everything is cancelled at the end of the day; updates keep coming meanwhile."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Desk:
    def __init__(self, venue) -> None:
        self.venue = venue
        self.orders: dict[str, dict] = {}

    def on_order(self, row: dict) -> None:
        if row["orderStatus"] in ("Filled", "Cancelled"):
            self.orders.pop(row["orderLinkId"], None)
        else:
            self.orders[row["orderLinkId"]] = row

    async def cancel_all(self) -> None:
        for link_id, row in self.orders.items():  # expect: D28
            async with asyncio.timeout(3):
                await self.venue.cancel(row["symbol"], link_id)
            log.info("cancel of %s sent", link_id)
