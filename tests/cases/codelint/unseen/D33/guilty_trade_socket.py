"""Orders over the trade socket: sent, then the answer is waited for."""

import json

import websockets


class SocketDesk:
    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def create(self, req_id: str, body: dict) -> dict:
        args = {"positionIdx": body["positionIdx"], "reduceOnly": body["reduceOnly"], **body}
        order = {"reqId": req_id, "op": "order.create", "args": [args]}
        await self._socket.send(json.dumps(order))  # expect: D33@rpc
        while True:
            answer = json.loads(await self._socket.recv())  # expect: D33@rpc
            if answer.get("reqId") == req_id:
                return answer
