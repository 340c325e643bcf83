"""`loop` is a back-test loop whose create_task registers a job for good."""


class ReplayLoop:
    def __init__(self):
        self.jobs = []

    def create_task(self, job):
        self.jobs.append(job)

    def run(self):
        return [job() for job in self.jobs]


def replay(jobs):
    loop = ReplayLoop()
    for job in jobs:
        loop.create_task(job)
    return loop.run()
