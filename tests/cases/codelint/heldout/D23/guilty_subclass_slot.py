class Slots:
    def __init__(self, size):
        self.free = size


class Runner(Slots):
    def __init__(self, size, journal):
        super().__init__(size)
        self.journal = journal
        self.active = None

    async def run(self, job):
        if not self.free:  # expect: D23@slot
            return None
        await self.journal.note(job.name)
        self.free -= 1  # expect: D23@slot
        result = job.compute()
        self.free += 1  # expect: D23@slot
        return result

    async def promote(self, leader):
        if self.active and self.active.rank >= leader.rank:  # expect: D23@leader
            return
        await self.journal.note(leader.name)
        self.active = leader  # expect: D23@leader
