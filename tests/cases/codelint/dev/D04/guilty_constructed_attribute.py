class Journal:
    def __init__(self):
        self.rows = []

    async def commit(self):
        self.rows.clear()

    def add(self, row):
        self.rows.append(row)


class Recorder:
    def __init__(self):
        self.journal = Journal()

    async def record(self, row):
        self.journal.add(row)
        self.journal.commit()  # expect: D04
