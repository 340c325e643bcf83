"""An exchange's OrderCanceledError is not the loop's CancelledError."""


class CancelledOrderError(Exception):
    """The exchange says that the order was canceled."""


async def follow(order):
    try:
        return await order.wait_done()
    except CancelledOrderError:
        return order.filled_qty
