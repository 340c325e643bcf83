"""Swallowed where it is harmless: the alert about an order, not the order."""

import structlog

log = structlog.get_logger()


class Alerts:
    def __init__(self, sender):
        self.sender = sender

    async def order_filled(self, order):
        try:
            await self.sender.send(f"filled {order.client_order_id}", timeout=5)
        except Exception as error:
            log.warning("alert lost", error=str(error))


def parse_tag(text):
    try:
        return int(text)
    except ValueError:
        return None
