"""Supervisors that outlive everything, themselves included."""

import logging

log = logging.getLogger(__name__)


async def supervise(jobs, restart):
    for job in jobs:
        try:
            await job()
        except (BaseException,) as error:  # expect: D22
            log.critical("job died: %r", error)
            restart(job)


class Loop:
    def __init__(self, step) -> None:
        self.step = step
        self.alive = True

    async def run(self) -> None:
        while self.alive:
            try:
                await self.step()
            except BaseException as problem:  # expect: D22
                self.note(problem)

    def note(self, problem: BaseException) -> None:
        log.error("step", exc_info=problem)
