"""Web socket hub that sends while clients come and go."""

from fastapi import FastAPI, WebSocket

app = FastAPI()


class Hub:
    def __init__(self) -> None:
        self.clients: dict[str, WebSocket] = {}
        self.rooms: dict[str, set[WebSocket]] = {}

    async def join(self, name: str, socket: WebSocket) -> None:
        await socket.accept()
        self.clients[name] = socket
        self.rooms.setdefault("all", set()).add(socket)

    def leave(self, name: str) -> None:
        socket = self.clients.pop(name, None)
        self.rooms["all"].discard(socket)

    async def broadcast(self, text: str) -> None:
        for name, socket in self.clients.items():  # expect: D28
            await socket.send_text(f"{name}: {text}")

    async def room(self, name: str, text: str) -> None:
        for socket in self.rooms[name]:  # expect: D28
            await socket.send_text(text)
