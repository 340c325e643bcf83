class Board:
    def __init__(self, feed):
        self.feed = feed
        self.cells = [0, 0, 0]
        self.text = ""

    async def add(self, column):
        self.cells[column] -= await self.feed.value(column)  # expect: D25

    async def append(self, name):
        self.text = self.text + "," + await self.feed.label(name)  # expect: D25
