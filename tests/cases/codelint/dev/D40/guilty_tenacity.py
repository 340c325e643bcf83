import uuid

from tenacity import retry, stop_after_attempt, wait_exponential


class Submitter:
    def __init__(self, session):
        self.session = session

    @retry(stop=stop_after_attempt(3), wait=wait_exponential(max=10))  # expect: D40@create
    async def create(self, body: dict) -> dict:
        body["positionIdx"] = int(body["positionIdx"])
        body["reduceOnly"] = bool(body["reduceOnly"])
        body["orderLinkId"] = uuid.uuid4().hex  # expect: D40@create
        url = "/v5/order/create"
        async with self.session.post(url, json=body, timeout=5) as reply:  # expect: D40@create
            return await reply.json()
