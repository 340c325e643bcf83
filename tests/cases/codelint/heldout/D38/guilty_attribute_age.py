import datetime
import time


class Connection:
    def __init__(self):
        self.opened_at = datetime.datetime.now(datetime.UTC)
        self.pong_s = time.time()

    def uptime(self):
        return datetime.datetime.now(datetime.UTC) - self.opened_at  # expect: D38

    def is_dead(self, limit_s):
        silence = time.time() - self.pong_s  # expect: D38
        return silence > limit_s
