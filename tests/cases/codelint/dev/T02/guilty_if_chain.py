class BybitClient:
    def __init__(self, session):
        self.session = session

    async def create_order(self, request):
        params = request.to_params()
        if request.side.lower() == "buy":
            params["positionIdx"] = 1  # expect: T02@chain
        else:
            params["positionIdx"] = 2  # expect: T02@chain
        return await self.session.place_order(**params, timeout=3)
