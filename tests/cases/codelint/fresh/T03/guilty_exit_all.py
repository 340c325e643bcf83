"""Exits of a bot on pybit; nothing keeps them from opening the other way."""

from pybit.unified_trading import HTTP


class Exits:
    def __init__(self, session: HTTP) -> None:
        self.session = session

    def exit_position(self, leg, link_id: str) -> dict:
        return self.session.place_order(  # expect: T03
            category="linear",
            symbol=leg.symbol,
            side="Sell" if leg.is_long else "Buy",
            orderType="Market",
            qty=str(leg.quantity),
            positionIdx=leg.position_idx,
            orderLinkId=link_id,
        )

    def flatten(self, legs, link_ids) -> None:
        for leg, link_id in zip(legs, link_ids, strict=True):
            self.session.place_order(  # expect: T03
                category="linear",
                symbol=leg.symbol,
                side=leg.closing_side,
                orderType="Market",
                qty=str(leg.quantity),
                positionIdx=leg.position_idx,
                orderLinkId=link_id,
                reduceOnly=False,
            )
